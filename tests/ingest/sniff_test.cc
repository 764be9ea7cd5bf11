#include "ingest/sniff.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/byte_source.h"
#include "ingest/sha256.h"
#include "support/collect.h"

namespace deskfall {
namespace {

using namespace std::string_literals;

Format format_of(const std::string& bytes) {
  return sniff(as_bytes(bytes));
}

const std::string kXml =
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"
    "<System><Provider Name='x'/><EventID>1</EventID></System></Event>";

TEST_CASE("Nothing is empty, and arbitrary text is unknown") {
  CHECK(format_of("") == Format::kEmpty);
  CHECK(format_of("hello, world\n") == Format::kUnknown);
  CHECK(format_of(std::string(5000, '\0')) == Format::kUnknown);
  CHECK(format_of("<Events><Eventual/></Events>") == Format::kUnknown);
  CHECK(format_of("the code 0x904 with 0x7 means much") == Format::kUnknown);
}

TEST_CASE("A log is EVTX with its header or with a chunk in its place") {
  CHECK(format_of("ElfFile\0"s) == Format::kEvtx);
  std::string damaged(65536, '\0');
  CHECK(format_of(damaged) == Format::kUnknown);
  damaged.replace(4096, 8, "ElfChnk\0"s);
  CHECK(format_of(damaged) == Format::kEvtx);
  CHECK(format_of("ElfChnk\0"s) == Format::kEvtx);
}

TEST_CASE("A chunk anywhere makes a log, and so does the name at last") {
  std::string piece(20'000, 'm');
  piece.replace(777, 8, "ElfChnk\0"s);
  CHECK(format_of(piece) == Format::kUnknown);  // words alone are no chunk
  piece.replace(777 + 40, 4, "\x80\0\0\0"s);
  CHECK(format_of(piece) == Format::kEvtx);
  CHECK(format_of("PK\x03\x04" + piece) == Format::kArchive);
  const std::string far(60'000, 'm');
  CHECK(sniff(as_bytes(far), "C/System.EVTX") == Format::kEvtx);
  CHECK(sniff(as_bytes(far), "C/System.evtx.txt") == Format::kUnknown);
  CHECK(sniff(as_bytes(kXml), "x.evtx") == Format::kEventXml);
  CHECK(sniff({}, "x.evtx") == Format::kEmpty);
}

TEST_CASE("Event XML is known in every encoding and inside pasted text") {
  CHECK(format_of(kXml) == Format::kEventXml);
  CHECK(format_of("\xff\xfe" + test::utf16le(kXml)) == Format::kEventXml);
  CHECK(format_of(test::utf16le(kXml)) == Format::kEventXml);
  CHECK(format_of(test::utf16be(kXml)) == Format::kEventXml);
  CHECK(format_of("Log Name: x\r\nEvent Xml:\r\n" + kXml) == Format::kEventXml);
  CHECK(format_of("- <Event xmlns=\"http://schemas.microsoft.com/win/2004/08/"
                  "events/event\">\n- <System>") == Format::kEventXml);
}

TEST_CASE("A firewall log is known by its software or its columns") {
  const std::string head =
      "#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n";
  CHECK(format_of(head) == Format::kFirewallLog);
  CHECK(format_of("\xff\xfe" + test::utf16le(head)) == Format::kFirewallLog);
  CHECK(format_of(std::string(3000, '\0') + head) == Format::kFirewallLog);
  CHECK(format_of("#Software: Microsoft Internet Information Services 10.0\r\n"
                  "#Fields: date time s-ip\r\n") == Format::kUnknown);
}

TEST_CASE("A dialog is known by its shape") {
  CHECK(format_of("Error code: 0x904\nExtended error code: 0x7\n") ==
        Format::kDialog);
}

TEST_CASE("Containers are known by their first bytes") {
  CHECK(format_of("PK\x03\x04rest") == Format::kArchive);
  CHECK(format_of("7z\xbc\xaf\x27\x1c") == Format::kArchive);
  CHECK(format_of("\x1f\x8b\x08\0"s) == Format::kArchive);
  CHECK(format_of("MSCF\0\0\0\0"s) == Format::kArchive);
  CHECK(format_of(std::string(257, 'x') + "ustar") == Format::kArchive);
  CHECK(format_of("PKzip is a program") == Format::kUnknown);
}

TEST_CASE("The digest is that of the standard, in one piece or many") {
  // FIPS 180-2, appendix B.1.
  Sha256 hash;
  hash.update(as_bytes("a"));
  hash.update(as_bytes("bc"));
  const std::string expected =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(hash.hex() == expected);
  CHECK(hash.hex() == expected);
  const auto source = open_buffer(as_bytes("abc"));
  HashingSource hashed(*source);
  std::vector<std::byte> one(1);
  REQUIRE(hashed.read(one).value() == 1);
  REQUIRE(hashed.drain());
  CHECK(hashed.count() == 3);
  CHECK(hashed.hex() == expected);
}

TEST_CASE("Public samples have the format of their folder") {
  namespace fs = std::filesystem;
  const fs::path corpus =
      fs::path(DESKFALL_SOURCE_DIR) / "../shared/corpus/formats";
  if (!fs::exists(corpus)) {
    WARN("the sample folder is not here; skipped");
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    const std::string folder = entry.path().parent_path().filename();
    Format wanted = Format::kUnknown;
    if (folder == "mstsc_dialog") {
      wanted = Format::kDialog;
    } else if (folder == "winfirewall") {
      wanted = Format::kFirewallLog;
    } else if (folder == "event_xml" || folder == "eventviewer_text" ||
               folder == "windows_misc" || folder == "tracerpt_xml") {
      wanted = Format::kEventXml;
    }
    if (entry.path().extension() == ".zip") {
      wanted = Format::kArchive;
    }
    const auto source = open_file(entry.path().string());
    REQUIRE(source);
    std::vector<std::byte> head(kSniffBytes);
    head.resize((*source)->read(head).value());
    INFO(entry.path());
    const Format format = sniff(head);
    if (folder == "evtx_dump") {
      const bool json = entry.path().string().find("json") != std::string::npos;
      wanted = json ? Format::kUnknown : Format::kEventXml;
    }
    CHECK(format_name(format) == format_name(wanted));
  }
}

}  // namespace
}  // namespace deskfall
