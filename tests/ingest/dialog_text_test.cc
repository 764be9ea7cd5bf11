#include "ingest/dialog_text.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/byte_source.h"
#include "support/collect.h"

namespace deskfall {
namespace {

struct Read {
  std::vector<Event> events;
  DamageLog damage;
};

Read read_dialog(const std::string& bytes) {
  Read read;
  test::EventList list;
  const auto source = open_buffer(as_bytes(bytes));
  REQUIRE(read_dialog_text(*source, list, read.damage));
  REQUIRE(test::counted(read.damage) ==
          static_cast<std::int64_t>(bytes.size()));
  read.events = std::move(list.events);
  return read;
}

const char* const kDialog =
    "[Window Title]\r\nRemote Desktop Connection\r\n\r\n[Content]\r\n"
    "An authentication error has occurred (Code: 0x80080005).\r\n\r\n"
    "Remote computer: SRV01\r\n\r\n[^] Hide details  [OK]\r\n\r\n"
    "[Expanded Information]\r\nError code: 0x904\r\n"
    "Extended error code: 0x7\r\n"
    "Timestamp (UTC): 03/02/26 08:14:07 PM\r\n"
    "Activity ID: e1c08c6b-b08c-4c30-8d66-c7c1a2c90000\r\n";

TEST_CASE("A whole dialog gives codes, time, activity and texts") {
  const Read read = read_dialog(kDialog);
  REQUIRE(read.events.size() == 1);
  const Event& event = read.events[0];
  CHECK(event.provider == "mstsc");
  CHECK(event.channel == "dialog");
  CHECK(event.fields.to_json() ==
        R"({"Error":"2308","Extended":"7","Title":"Remote Desktop Connection",)"
        R"("Content":"An authentication error has occurred (Code: 0x80080005).)"
        R"(\nRemote computer: SRV01","RemoteComputer":"SRV01"})");
  CHECK(format_utc(event.time) == "2026-03-02T20:14:07.0000000Z");
  CHECK(event.clock == ClockNote::kExact);
  CHECK(event.precision == kTicksPerSecond);
  CHECK(event.activity_id == "E1C08C6B-B08C-4C30-8D66-C7C1A2C90000");
  CHECK(event.line == 1);
  CHECK(event.host.empty());
}

TEST_CASE("Several dialogs of one text are several events") {
  const std::string more =
      "and again:\nError code: 0x516\nExtended error code: 0x0\n"
      "Timestamp (UTC): 3/2/2026, 12:00:01 AM\n";
  const Read read = read_dialog(std::string(kDialog) + "\r\n" + kDialog + more);
  REQUIRE(read.events.size() == 3);
  CHECK(read.events[1].line == 17);
  CHECK(read.events[2].fields.text("Error") == "1302");
  CHECK(format_utc(read.events[2].time) == "2026-03-02T00:00:01.0000000Z");
  CHECK(read.events[2].activity_id.empty());
}

TEST_CASE("Localised labels, full-width colons and direction marks are read") {
  const Read chinese = read_dialog(
      "\xe9\x94\x99\xe8\xaf\xaf\xe4\xbb\xa3\xe7\xa0\x81\xef\xbc\x9a 0x708\n"
      "\xe6\x89\xa9\xe5\xb1\x95\xe9\x94\x99\xe8\xaf\xaf\xe4\xbb\xa3\xe7\xa0\x81"
      "\xef\xbc\x9a 0x0\n\xe6\x97\xb6\xe9\x97\xb4\xe6\x88\xb3 "
      "(UTC)\xef\xbc\x9a "
      "\xe2\x80\x8e"
      "11/08/21 \xe2\x80\x8f"
      "11:24:10 AM\n");
  REQUIRE(chinese.events.size() == 1);
  CHECK(chinese.events[0].fields.text("Error") == "1800");
  CHECK(format_utc(chinese.events[0].time) == "2021-11-08T11:24:10.0000000Z");
  CHECK(looks_like_dialog("Fehlercode: 0x904\nErweiterter Fehlercode: 0x7"));
  CHECK(
      looks_like_dialog("Code d'erreur : 0x904\n"
                        "Code d'erreur \xc3\xa9tendu : 0x7\n"));
  CHECK(
      looks_like_dialog("Virhe: 0x904\nLaajennettu: 0x7\n"
                        "Aika (UTC): 03/02/26 08:14:07 AM"));
}

TEST_CASE("A partial paste is taken, and without a time says so") {
  const Read read = read_dialog("Error code: 0x904 Extended error code: 0x7");
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].fields.text("Error") == "2308");
  CHECK(read.events[0].fields.text("Extended") == "7");
  CHECK(read.events[0].clock == ClockNote::kNone);
  const Read loose = read_dialog("it says 0x904 and then 0x7, help");
  REQUIRE(loose.events.size() == 1);
  CHECK(loose.events[0].fields.text("Extended") == "7");
}

TEST_CASE("UTF-16 text from the clipboard is read") {
  CHECK(read_dialog("\xff\xfe" + test::utf16le(kDialog)).events.size() == 1);
}

TEST_CASE("Text without two codes is dropped with a reason") {
  const Read read = read_dialog("it does not work: 0x904\n");
  CHECK(read.events.empty());
  CHECK(read.damage.ranges().at(0).reason ==
        "no pair of hexadecimal error codes");
  CHECK(read_dialog("").damage.dropped_count() == 0);
}

TEST_CASE("Texts that only mention codes are no dialogs") {
  CHECK_FALSE(looks_like_dialog(
      "Users see Error code: 0x904, Extended error code: 0x7 when it fails."));
  CHECK_FALSE(looks_like_dialog("0x904 0x7"));
  CHECK_FALSE(looks_like_dialog("| 0x904 | 0x7 | server denied |"));
  CHECK_FALSE(
      looks_like_dialog("Status: 0xC000006D\nSub Status: 0xC0000064\n"));
  CHECK_FALSE(looks_like_dialog("eax: 0x1\nebx: 0x2\necx: 0x3\n"));
  CHECK_FALSE(looks_like_dialog("base: 0x1000\nsize: 0x20\n"));
  CHECK_FALSE(looks_like_dialog("Error code: 0x5\nError code: 0x5\n"));
  CHECK_FALSE(
      looks_like_dialog("code: 0x1\nerror code: 0x2\nother code: 0x3\n"));
}

TEST_CASE("Blanks beside hexadecimal letters are no activity id") {
  const Read read =
      read_dialog("Error code: 0x904\nExtended error code: 0x7\n" +
                  std::string("a") + std::string(60, ' ') + "0123abcd-\n");
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].activity_id.empty());
}

TEST_CASE("Public dialogs are read as dialogs") {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(DESKFALL_SOURCE_DIR) / "../shared/corpus/formats/mstsc_dialog";
  if (!fs::exists(folder)) {
    WARN("the sample folder is not here; skipped");
    return;
  }
  const auto read = [&folder](const std::string& name) {
    const auto source = open_file((folder / name).string());
    REQUIRE(source);
    test::EventList list;
    DamageLog damage;
    REQUIRE(read_dialog_text(**source, list, damage));
    REQUIRE(list.events.size() == 1);
    return list.events[0];
  };
  CHECK(read("en_0x204.txt").fields.text("Error") == "516");
  CHECK(read("zh_0x708.txt").fields.text("Error") == "1800");
  const Event named = read("en_activityid.txt");
  CHECK(named.fields.text("RemoteComputer") == "POC01");
  CHECK(named.activity_id == "E1C08C6B-B08C-4C30-8D66-C7C1A2C90000");
}

}  // namespace
}  // namespace deskfall
