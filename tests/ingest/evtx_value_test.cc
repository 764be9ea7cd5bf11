#include "ingest/evtx_value.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>

#include "ingest/evtx_escape.h"
#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx;
using deskfall::evtx_test::kNoon;
using deskfall::evtx_test::number;
using deskfall::evtx_test::utf16;

namespace {

Value value_of(int type, const std::string& bytes) {
  return {reinterpret_cast<const std::byte*>(bytes.data()),
          static_cast<std::uint16_t>(bytes.size()),
          static_cast<std::uint8_t>(type)};
}

std::string text(int type, const std::string& bytes) {
  std::string out;
  append_text(out, value_of(type, bytes));
  return out;
}

std::string nuls(std::size_t count) {
  return std::string(count, '\0');
}

/// For any processor; this one's own way must give the same.
template <Escape kEscape>
std::string escaped(std::string_view wide) {
  const auto by = [wide](char* (*write)(char*, Bytes)) {
    std::string out(escaped_room(wide.size()), '\0');
    const char* end = write(out.data(), as_bytes(wide));
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
  };
  std::string narrow = by(write_utf16_narrow<kEscape>);
  REQUIRE(by(write_utf16<kEscape>) == narrow);
  return narrow;
}

template <Escape kEscape>
std::string escaped_ansi(std::string_view ansi) {
  std::string out(6 * ansi.size(), '\0');
  const char* end = write_ansi(out.data(), as_bytes(ansi), kEscape);
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

}  // namespace

TEST_CASE("integers print in decimal with their sign") {
  CHECK(text(0x03, number<std::int8_t>(-128)) == "-128");
  CHECK(text(0x04, number<std::uint8_t>(255)) == "255");
  CHECK(text(0x05, number<std::int16_t>(-2)) == "-2");
  CHECK(text(0x06, number<std::uint16_t>(65535)) == "65535");
  CHECK(text(0x07, number<std::int32_t>(-2147483647)) == "-2147483647");
  CHECK(text(0x08, number<std::uint32_t>(4294967295U)) == "4294967295");
  CHECK(text(0x09, number(std::numeric_limits<std::int64_t>::min())) ==
        "-9223372036854775808");
  CHECK(text(0x0a, number(std::numeric_limits<std::uint64_t>::max())) ==
        "18446744073709551615");
  CHECK(text(0x08, number<std::uint32_t>(0)) == "0");
  CHECK(text(0x08, number<std::uint32_t>(10)) == "10");
  CHECK(text(0x08, number<std::uint32_t>(99)) == "99");
  CHECK(text(0x08, number<std::uint32_t>(100)) == "100");
}

TEST_CASE("hexadecimal types print in lower case, SizeT in its own width") {
  CHECK(text(0x14, number<std::uint32_t>(0x904)) == "0x904");
  CHECK(text(0x15, number<std::uint64_t>(0x8020000000000000)) ==
        "0x8020000000000000");
  CHECK(text(0x14, number<std::uint32_t>(0)) == "0x0");
  CHECK(text(0x10, number<std::uint32_t>(0xabcdef)) == "0xabcdef");
  CHECK(text(0x10, number<std::uint64_t>(0x1abcdef00)) == "0x1abcdef00");
}

TEST_CASE("any Boolean but zero is true, in four bytes or one") {
  CHECK(text(0x0d, number<std::uint32_t>(1)) == "true");
  CHECK(text(0x0d, number<std::uint32_t>(0xff00)) == "true");
  CHECK(text(0x0d, number<std::uint32_t>(0)) == "false");
  CHECK(text(0x0d, number<std::uint8_t>(7)) == "true");
}

TEST_CASE("floats print the shortest digits that read back the same") {
  CHECK(text(0x0b, number(0.1F)) == "0.1");
  CHECK(text(0x0c, number(-2.5)) == "-2.5");
  CHECK(text(0x0c, number(std::numeric_limits<double>::infinity())) == "INF");
  CHECK(text(0x0c, number(-std::numeric_limits<double>::infinity())) == "-INF");
  CHECK(text(0x0b, number(std::numeric_limits<float>::quiet_NaN())) == "NaN");
}

TEST_CASE("a FILETIME keeps its 100 ns and never fails") {
  CHECK(text(0x11, number(kNoon)) == "2026-03-02T08:14:07.4123456Z");
  CHECK(text(0x11, number<std::uint64_t>(0)) == "1601-01-01T00:00:00.0000000Z");
  // 2000-02-29, a leap day of a century.
  CHECK(text(0x11, number<std::uint64_t>(125'962'560'000'000'000)) ==
        "2000-02-29T00:00:00.0000000Z");
  CHECK(text(0x11, number(std::numeric_limits<std::uint64_t>::max()))
            .substr(0, 5) == "30828");
  const std::string bytes = number(kNoon);
  CHECK(to_instant(value_of(0x11, bytes)) == from_filetime(kNoon));
}

TEST_CASE("every day of four centuries prints as the calendar has it") {
  for (std::uint64_t day = 0; day < 146'097; day += 13) {
    const std::uint64_t filetime = day * kTicksPerDay;
    REQUIRE(text(0x11, number(filetime)) ==
            format_utc(from_filetime(filetime)));
  }
}

TEST_CASE("a SYSTEMTIME shows its digits, even of a day that does not exist") {
  const auto parts = [](std::initializer_list<std::uint16_t> values) {
    std::string out;
    for (const std::uint16_t value : values) {
      out += number(value);
    }
    return out;
  };
  CHECK(text(0x12, parts({2026, 3, 1, 2, 8, 14, 7, 412})) ==
        "2026-03-02T08:14:07.412Z");
  CHECK(text(0x12, parts({2026, 2, 0, 30, 25, 61, 61, 1})) ==
        "2026-02-30T25:61:61.001Z");
}

TEST_CASE("a GUID prints in braces, and without them for activity ids") {
  std::string bytes;
  for (char c = 0; c < 16; ++c) {
    bytes += static_cast<char>(c * 0x11);
  }
  CHECK(text(0x0f, bytes) == "{33221100-5544-7766-8899-AABBCCDDEEFF}");
  std::string bare;
  append_guid(bare, as_bytes(bytes));
  CHECK(bare == "33221100-5544-7766-8899-AABBCCDDEEFF");
  CHECK(text(0x0f, "short") == "73686F7274");
}

TEST_CASE("a SID has up to 15 sub-authorities; other sizes print as hex") {
  const auto sid = [](std::uint8_t count) {
    std::string out = number<std::uint8_t>(1) + number(count) +
                      std::string("\0\0\0\0\0\5", 6);
    for (std::uint32_t i = 0; i < count; ++i) {
      out += number<std::uint32_t>(i + 18);
    }
    return out;
  };
  CHECK(text(0x13, sid(1)) == "S-1-5-18");
  CHECK(text(0x13, sid(0)) == "S-1-5");
  CHECK(text(0x13, sid(15)) ==
        "S-1-5-18-19-20-21-22-23-24-25-26-27-28-29-30-31-32");
  CHECK(text(0x13, sid(16)).substr(0, 4) == "0110");
  CHECK(text(0x13, sid(2).substr(0, 12)) == "010200000000000512000000");
  CHECK(text(0x13, std::string("\1\1\1\0\0\0\0\0\1\0\0\0", 12)) ==
        "S-1-0x10000000000-1");
}

TEST_CASE("Binary prints as upper-case hex, NULL as nothing") {
  CHECK(text(0x0e, std::string("\x00\xab\x1f", 3)) == "00AB1F");
  CHECK(text(0x00, "") == "");
  CHECK(text(0x00, "ignored") == "");
}

TEST_CASE("strings lose NULs at their end only, and keep their spaces") {
  CHECK(text(0x01, utf16(" a ") + nuls(6)) == " a ");
  CHECK(text(0x01, utf16("a") + nuls(2) + utf16("b") + nuls(2)) ==
        std::string("a\0b", 3));
  CHECK(text(0x01, "") == "");
  CHECK(text(0x01, nuls(4)) == "");
  CHECK(text(0x02, "pad  " + nuls(3)) == "pad  ");
}

TEST_CASE("lone surrogates become the replacement character") {
  CHECK(text(0x01, number<std::uint16_t>(0xd83d) +
                       number<std::uint16_t>(0xde00)) == "\xf0\x9f\x98\x80");
  CHECK(text(0x01, number<std::uint16_t>(0xd83d) + utf16("x")) ==
        "\xef\xbf\xbdx");
  CHECK(text(0x01, number<std::uint16_t>(0xde00)) == "\xef\xbf\xbd");
}

TEST_CASE("AnsiString bytes are read as Windows-1252") {
  CHECK(text(0x02, "caf\xe9 \x80") == "caf\xc3\xa9 \xe2\x82\xac");
  CHECK(text(0x02, "\x81") == "\xef\xbf\xbd");
}

TEST_CASE("numeric arrays are comma lists that ignore bytes left over") {
  CHECK(text(0x86, number<std::uint16_t>(1) + number<std::uint16_t>(2) + "x") ==
        "1,2");
  CHECK(text(0x88, number<std::uint32_t>(7)) == "7");
  CHECK(text(0x8a, number<std::uint64_t>(1) + number<std::uint64_t>(2)) ==
        "1,2");
  CHECK(text(0x84, "\x01\x02") == "1,2");
  CHECK(text(0x95, number<std::uint64_t>(16) + number<std::uint64_t>(17)) ==
        "0x10,0x11");
  CHECK(text(0x91, number(kNoon) + number(kNoon)) ==
        "2026-03-02T08:14:07.4123456Z,2026-03-02T08:14:07.4123456Z");
  CHECK(text(0x8f, std::string(32, 'A')) ==
        "{41414141-4141-4141-4141-414141414141},"
        "{41414141-4141-4141-4141-414141414141}");
  const std::string system = std::string("\1\1\0\0\0\0\0\5\22\0\0\0", 12);
  CHECK(text(0x93, system + system) == "S-1-5-18,S-1-5-18");
  CHECK(text(0x88, "") == "");
}

TEST_CASE("a SizeT array has items of 4 bytes only when 8 leave 4 over") {
  const std::string wide = number<std::uint64_t>(16);
  CHECK(text(0x90, wide + wide + "xy") == "0x10,0x10");
  CHECK(text(0x90, wide + "x") == "0x10");
  CHECK(text(0x90, wide + number<std::uint32_t>(255)) == "0x10,0x0,0xff");
}

TEST_CASE("arrays of every type print their items as that type does") {
  const struct {
    int type;
    std::string bytes;
    std::string text;
  } arrays[] = {
      {0x83, "\x01\xff", "1,-1"},
      {0x85, number<std::int16_t>(-2) + number<std::int16_t>(300), "-2,300"},
      {0x87, number<std::int32_t>(-70'000) + number<std::int32_t>(1),
       "-70000,1"},
      {0x89, number<std::int64_t>(-1) + number<std::int64_t>(5'000'000'000),
       "-1,5000000000"},
      {0x8b, number(1.5F) + number(-0.25F), "1.5,-0.25"},
      {0x8c, number(2.5) + number(-8.0), "2.5,-8"},
      {0x8d, number<std::uint32_t>(1) + number<std::uint32_t>(0), "true,false"},
      {0x90, number<std::uint64_t>(16) + number<std::uint64_t>(255),
       "0x10,0xff"},
      // Of a 32-bit system.
      {0x90, number<std::uint32_t>(16), "0x10"},
      {0x90,
       number<std::uint32_t>(1) + number<std::uint32_t>(2) +
           number<std::uint32_t>(255),
       "0x1,0x2,0xff"},
      {0x92,
       number<std::uint64_t>(0x0001'0000'0007'07ea) +
           number<std::uint64_t>(0x0001'0002'0003'0004),
       "2026-07-01T04:03:02.001Z"},
      {0x94, number<std::uint32_t>(0x10) + number<std::uint32_t>(0xc0000005),
       "0x10,0xc0000005"},
  };
  for (const auto& array : arrays) {
    CAPTURE(array.type);
    CHECK(text(array.type, array.bytes) == array.text);
  }
}

TEST_CASE("a handle is a number, EvtXml a text, and a type unknown its bytes") {
  CHECK(text(0x20, number<std::uint64_t>(0x1f4)) == "0x1f4");
  CHECK(text(0x23, utf16("<a/>")) == "<a/>");
  CHECK(text(0x2f, "\x01\xab") == "01AB");
}

TEST_CASE("a string array gives its items one by one, empty ones too") {
  const std::string bytes = utf16("a") + nuls(2) + nuls(2) + utf16("b");
  Value rest = value_of(0x81, bytes);
  REQUIRE(rest.is_string_array());
  std::vector<std::string> items;
  while (rest.size > 0) {
    items.emplace_back();
    append_text(items.back(), take_item(rest));
  }
  CHECK(items == std::vector<std::string>{"a", "", "b"});
}

TEST_CASE("numbers are read from integers of any width and from text") {
  CHECK(to_number(value_of(0x06, "\x09\x04")) == 0x409U);
  const std::string wide = utf16(" 1149 ");
  CHECK(to_number(value_of(0x01, wide)) == 1149U);
  CHECK_FALSE(to_number(value_of(0x01, "")).has_value());
  CHECK_FALSE(to_number(value_of(0x08, "odd")).has_value());
}

TEST_CASE("escapes keep what was stored, for any parser") {
  const std::string wide = utf16("a<b>&'\"\\\r\n\t\x01z");
  CHECK(escaped<Escape::kXmlText>(wide) ==
        "a&lt;b&gt;&amp;'\"\\&#13;\n\t\xef\xbf\xbdz");
  CHECK(escaped<Escape::kXmlAttribute>(wide) ==
        "a&lt;b&gt;&amp;&apos;\"\\&#13;&#10;&#9;\xef\xbf\xbdz");
  CHECK(escaped<Escape::kJson>(wide) == "a<b>&'\\\"\\\\\\r\\n\\t\\u0001z");
  CHECK(escaped<Escape::kXmlText>(number<std::uint16_t>(0xffff)) ==
        "\xef\xbf\xbd");
}

TEST_CASE("fast and slow escaping agree wherever a special character stands") {
  for (const char special : {'&', '<', '"', '\\', '\'', '\x02', '\n'}) {
    for (std::size_t size = 0; size < 70; ++size) {
      for (std::size_t at = 0; at < size; at += 3) {
        std::string plain(size, 'x');
        plain[at] = special;
        const auto slow = [&plain](Escape escape) {
          std::string out;
          append_escaped(out, plain, escape);
          return out;
        };
        const std::string wide = utf16(plain);
        REQUIRE(escaped<Escape::kXmlText>(wide) == slow(Escape::kXmlText));
        REQUIRE(escaped<Escape::kXmlAttribute>(wide) ==
                slow(Escape::kXmlAttribute));
        REQUIRE(escaped<Escape::kJson>(wide) == slow(Escape::kJson));
        REQUIRE(escaped_ansi<Escape::kXmlText>(plain) ==
                slow(Escape::kXmlText));
        REQUIRE(escaped_ansi<Escape::kXmlAttribute>(plain) ==
                slow(Escape::kXmlAttribute));
        REQUIRE(escaped_ansi<Escape::kJson>(plain) == slow(Escape::kJson));
      }
    }
  }
}

TEST_CASE("escaping by wide registers gives the same text, whatever it is") {
  if (!kHasWideEscape) {
    WARN("skipped: this processor has no AVX-512BW");
    return;
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string wide;
    const std::size_t units = random() % 100;
    const std::size_t plain = random() % 4;  // of four, so many are ASCII
    for (std::size_t i = 0; i < units; ++i) {
      const auto any = static_cast<std::uint16_t>(random() & 0xffff);
      wide += number(
          random() % 4 < plain ? static_cast<std::uint16_t>(any & 0x7f) : any);
    }
    escaped<Escape::kXmlText>(wide);
    escaped<Escape::kXmlAttribute>(wide);
    escaped<Escape::kJson>(wide);
    escaped<Escape::kNone>(wide);
  }
}

TEST_CASE("the checksum is the CRC-32 of zlib at every length") {
  CHECK(crc32(0, as_bytes("123456789")) == 0xcbf43926U);
  // Folding starts at 64 bytes, that of wide registers at 256; below, and for
  // the rest, tables are used.
  std::string bytes;
  std::uint32_t by_one = 0;
  for (int i = 0; i < 1400; ++i) {
    bytes += static_cast<char>(i * 37 + i / 7);
    by_one = crc32(by_one,
                   as_bytes(std::string_view(bytes).substr(bytes.size() - 1)));
    REQUIRE(crc32(0, as_bytes(bytes)) == by_one);
  }
}
