#include "ingest/text_reader.h"

#include <unicode/ucnv.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "ingest/evtx_escape.h"
#include "ingest/text.h"
#include "support/collect.h"

namespace deskfall {
namespace {

using namespace std::string_literals;

struct Kept {
  std::string text;
  std::int64_t offset;
  std::int64_t size;
  std::int64_t nuls;
  std::int64_t number;
  Encoding encoding;
  LineEnd end;
};

std::vector<Kept> lines_of(const std::string& bytes, TextOptions options = {}) {
  const auto source = open_buffer(as_bytes(bytes));
  TextReader reader(*source, std::move(options));
  std::vector<Kept> kept;
  TextLine line;
  std::int64_t expected = 0;
  while (reader.next(line).value()) {
    REQUIRE(line.offset == expected);
    REQUIRE(line.size > 0);
    expected += line.size;
    kept.push_back({std::string(line.text), line.offset, line.size, line.nuls,
                    line.number, line.encoding, line.end});
  }
  REQUIRE(expected == static_cast<std::int64_t>(bytes.size()));
  return kept;
}

TEST_CASE("Lines know their number and offset") {
  const auto lines = lines_of("one\r\ntwo\n\nfour");
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].text == "one");
  CHECK(lines[1].text == "two");
  CHECK(lines[1].offset == 5);
  CHECK(lines[2].text.empty());
  CHECK(lines[3].text == "four");
  CHECK(lines[3].number == 4);
  CHECK(lines[3].end == LineEnd::kFile);
}

TEST_CASE("UTF-16 is known by its mark and by its zero bytes") {
  const std::string text = "first line\r\nsecond line\r\n";
  for (const std::string& bytes :
       {"\xff\xfe" + test::utf16le(text), "\xfe\xff" + test::utf16be(text),
        test::utf16le(text), test::utf16be(text)}) {
    const auto lines = lines_of(bytes);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].text == "first line");
    CHECK(lines[1].text == "second line");
    CHECK(lines[1].number == 2);
  }
  CHECK(lines_of("\xff\xfe" + test::utf16le(text))[1].offset == 26);
}

TEST_CASE("A line that is no UTF-8 goes through the code page") {
  const auto lines = lines_of("Z\xc3\xbcrich\nZ\xfcrich\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text == "Z\xc3\xbcrich");
  CHECK(lines[1].text == "Z\xc3\xbcrich");
  CHECK(lines[0].encoding == Encoding::kUtf8);
  CHECK(lines[1].encoding == Encoding::kCodePage);
  const auto dos = lines_of("Z\x81rich", {"ibm-850", 4096});
  CHECK(dos[0].text == "Z\xc3\xbcrich");
}

TEST_CASE("8-bit text appended to UTF-16 is read, and the other way round") {
  const std::string narrow =
      "2026-03-02 08:14:07 DROP TCP 192.0.2.7 198.51.100.9\r\n";
  const std::string wide = test::utf16le("a line of the shell\r\n");
  const auto after = lines_of("\xff\xfe" + wide + narrow + narrow);
  REQUIRE(after.size() == 3);
  CHECK(after[0].text == "a line of the shell");
  CHECK(after[1].text == narrow.substr(0, narrow.size() - 2));
  CHECK(after[2].text == after[1].text);

  const auto before = lines_of(narrow + wide + narrow + wide);
  REQUIRE(before.size() == 4);
  CHECK(before[1].text == "a line of the shell");
  CHECK(before[2].text == after[1].text);
  CHECK(before[3].text == "a line of the shell");
}

TEST_CASE("NUL runs are padding, counted and not text") {
  const std::string pad(1000, '\0');
  const auto lines = lines_of("one\n" + pad + "two\nth" + pad + "ree\n");
  std::string all;
  std::int64_t nuls = 0;
  for (const Kept& line : lines) {
    nuls += line.nuls;
    all += line.text + "|";
  }
  CHECK(nuls == 2000);
  CHECK(all == "one||two|th||ree|");
}

TEST_CASE("A long line comes in pieces that keep tags and letters whole") {
  std::string text(5000, 'x');
  text += "<Event tag>";
  text += std::string(3000, 'y');
  for (int i = 0; i < 3000; ++i) {
    text += "\xe6\x97\xa5";
  }
  std::string joined;
  for (const Kept& line : lines_of(text, {"windows-1252", 1024})) {
    CHECK(line.size <= 1024);
    CHECK(line.encoding == Encoding::kUtf8);
    CHECK(line.number == 1);
    joined += line.text;
  }
  CHECK(joined == text);
}

TEST_CASE("Offsets inside a line lead back to the source bytes") {
  const std::string text = "a\xe2\x82\xac<b>\xf0\x9f\x98\x80<c>";
  std::string wide = "\xff\xfe"s;
  wide += "a\0\xac\x20<\0b\0>\0\x3d\xd8\x00\xde<\0c\0>\0"s;
  const auto source = open_buffer(as_bytes(wide));
  TextReader reader(*source);
  TextLine line;
  REQUIRE(reader.next(line).value());
  REQUIRE(line.text == text);
  CHECK(reader.offset_of(text.find("<b>")) == 2 + 4);
  CHECK(reader.offset_of(text.find("<c>")) == 2 + 14);
  CHECK(reader.offset_of(text.find("<b>")) == 2 + 4);
}

TEST_CASE("The UTF-16 decoder agrees with ICU on random input") {
  std::mt19937 random(7);
  UErrorCode status = U_ZERO_ERROR;
  UConverter* icu = ucnv_open("UTF-16LE", &status);
  REQUIRE(U_SUCCESS(status));
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (unsigned i = 0; i < 2 * (random() % 40); ++i) {
      bytes += static_cast<char>(random() & 0xff);
      if (i % 2 == 1 && random() % 3 == 0) {
        bytes.back() = static_cast<char>(0xd8 + random() % 8);
      }
    }
    bytes.resize(bytes.size() & ~1ULL);
    std::vector<UChar> units(bytes.size() + 1);
    status = U_ZERO_ERROR;
    const int count =
        ucnv_toUChars(icu, units.data(), static_cast<int>(units.size()),
                      bytes.data(), static_cast<int>(bytes.size()), &status);
    std::string expected;
    for (int i = 0; i < count; ++i) {
      const std::uint32_t unit = units[static_cast<std::size_t>(i)];
      if ((unit & 0xfc00) == 0xd800 && i + 1 < count &&
          (units[static_cast<std::size_t>(i + 1)] & 0xfc00) == 0xdc00) {
        append_utf8(expected,
                    0x10000 + ((unit & 0x3ff) << 10) +
                        (units[static_cast<std::size_t>(++i)] & 0x3ff));
      } else {
        append_utf8(expected, unit);
      }
    }
    std::string text;
    evtx::append_utf16(text, as_bytes(bytes));
    REQUIRE(text == expected);

    // The line reader gives the same text, but for line ends, NULs and marks.
    std::string wide = "\xff\xfe" + bytes;
    std::string joined;
    bool comparable = true;
    for (const Kept& line : lines_of(wide)) {
      joined += line.text;
      comparable &= line.encoding == Encoding::kUtf16Le;
    }
    std::string plain;
    for (std::size_t at = 0; at < expected.size();) {
      const std::uint32_t code = next_code_point(expected, at);
      if (code != 0 && code != 0xfeff && code != '\n' && code != '\r') {
        append_utf8(plain, code);
      }
    }
    joined.erase(std::remove(joined.begin(), joined.end(), '\r'), joined.end());
    if (comparable) {
      REQUIRE(joined == plain);
    }
  }
  ucnv_close(icu);
}

}  // namespace
}  // namespace deskfall
