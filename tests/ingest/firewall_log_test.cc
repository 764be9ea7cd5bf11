#include "ingest/firewall_log.h"

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

Read read_log(const std::string& bytes,
              const FirewallLogOptions& options = {}) {
  Read read;
  test::EventList list;
  const auto source = open_buffer(as_bytes(bytes));
  REQUIRE(read_firewall_log(*source, options, list, read.damage));
  REQUIRE(test::counted(read.damage) ==
          static_cast<std::int64_t>(bytes.size()));
  read.events = std::move(list.events);
  return read;
}

const std::string kHead =
    "#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n"
    "#Time Format: Local\r\n#Fields: date time action protocol src-ip dst-ip "
    "src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode "
    "info path\r\n\r\n";
const std::string kRow =
    "2026-03-02 08:14:07 DROP TCP 192.0.2.7 198.51.100.9 50712 3389 52 S 60 0 "
    "8192 - - - RECEIVE\r\n";

TEST_CASE("A row is named by the header and leaves out empty columns") {
  const Read read = read_log(kHead + kRow, {"srv01", std::nullopt});
  REQUIRE(read.events.size() == 1);
  const Event& event = read.events[0];
  CHECK(event.provider == "pfirewall");
  CHECK(event.channel == "pfirewall.log");
  CHECK(event.host == "srv01");
  CHECK(event.line == 6);
  CHECK(event.offset == static_cast<std::int64_t>(kHead.size()));
  CHECK(event.fields.to_json() ==
        R"({"action":"DROP","protocol":"TCP","src-ip":"192.0.2.7",)"
        R"("dst-ip":"198.51.100.9","src-port":"50712","dst-port":"3389",)"
        R"("size":"52","tcpflags":"S","tcpsyn":"60","tcpack":"0",)"
        R"("tcpwin":"8192","path":"RECEIVE"})");
  CHECK(event.clock == ClockNote::kZoneUnknown);
  CHECK(format_utc(event.time) == "2026-03-02T08:14:07.0000000Z");
  CHECK(event.precision == kTicksPerSecond);
}

TEST_CASE("Local time takes the zone that was told, with its pitfalls") {
  const FirewallLogOptions berlin{"", Zone::find("Europe/Berlin").value()};
  const auto at = [&berlin](const std::string& time) {
    std::string row = kRow;
    row.replace(0, 19, time);
    const Read read = read_log(kHead + row, berlin);
    REQUIRE(read.events.size() == 1);
    return read.events[0];
  };
  CHECK(format_utc(at("2026-03-02 08:14:07").time) ==
        "2026-03-02T07:14:07.0000000Z");
  CHECK(at("2026-03-02 08:14:07").clock == ClockNote::kZoneAssumed);
  CHECK(at("2026-10-25 02:30:00").clock == ClockNote::kAmbiguous);
  CHECK(at("2026-03-29 02:30:00").clock == ClockNote::kNonexistent);
}

TEST_CASE("A header that says UTC is believed, and may repeat") {
  std::string utc = kHead;
  utc.replace(utc.find("Local"), 5, "UTC");
  const Read read = read_log(kHead + kRow + utc + kRow);
  REQUIRE(read.events.size() == 2);
  CHECK(read.events[0].clock == ClockNote::kZoneUnknown);
  CHECK(read.events[1].clock == ClockNote::kExact);
}

TEST_CASE("The pid column may be there with or without its header") {
  std::string row = kRow;
  row.insert(row.size() - 2, " 1512");
  std::string head = kHead;
  head.insert(head.size() - 4, " pid");
  CHECK(read_log(kHead + row).events.at(0).fields.text("pid") == "1512");
  CHECK(read_log(head + row).events.at(0).fields.text("pid") == "1512");
  CHECK(read_log(head + kRow).events.at(0).fields.text("path") == "RECEIVE");
}

TEST_CASE("Lost records are told with their count, short row or not") {
  for (const char* const row :
       {"2026-03-02 08:14:07 INFO-EVENTS-LOST - - - - - - - - - - - - 11 -\r\n",
        "2026-03-02 08:14:07 INFO-EVENTS-LOST - - - - - - - - - - - 11 "
        "-\r\n"}) {
    const Read read = read_log(kHead + row);
    REQUIRE(read.events.size() == 1);
    CHECK(read.events[0].fields.to_json() ==
          R"({"action":"INFO-EVENTS-LOST","info":"11"})");
  }
}

TEST_CASE("Damaged rows are dropped with their line, the rest is read") {
  const Read read =
      read_log(kRow + kHead + "2026-03-02 08:14\r\n" +
               "2026-13-02 08:14:07 DROP TCP 192.0.2.7 198.51.100.9 1 2 3 - - "
               "- - - - - SEND\r\n" +
               kRow);
  CHECK(read.events.size() == 1);
  REQUIRE(read.damage.ranges().size() == 3);
  CHECK(read.damage.ranges()[0].reason ==
        "line 1: a row before any #Fields line");
  CHECK(read.damage.ranges()[1].reason ==
        "line 7: 2 columns where the header names 17");
  CHECK(read.damage.ranges()[2].reason ==
        "line 8: no date and time at its start");
}

TEST_CASE("NUL padding costs no row") {
  const std::string pad(4096, '\0');
  const Read read = read_log(kHead + kRow + pad + kRow + kRow.substr(0, 30) +
                             pad + kHead + kRow + pad);
  CHECK(read.events.size() == 3);
  CHECK(read.damage.slack_bytes() == 3 * 4096);
  CHECK(read.damage.dropped_bytes() == 30);
}

TEST_CASE("UTF-16 copies read the same") {
  const Read read = read_log("\xff\xfe" + test::utf16le(kHead + kRow));
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].fields.text("dst-port") == "3389");
}

TEST_CASE("A line that never ends is dropped in bounded pieces") {
  const Read read = read_log(kHead + std::string(1 << 20, 'x') + "\r\n" + kRow);
  CHECK(read.events.size() == 1);
  CHECK(read.damage.dropped_bytes() == (1 << 20) + 2);
}

TEST_CASE("Cutting a log at any byte loses no row before the cut") {
  const std::string text = kHead + kRow + kRow + kHead + kRow;
  const std::size_t first = kHead.size() + kRow.size();
  const std::size_t second = first + kRow.size();
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::size_t whole = (first <= cut ? 1U : 0U) +
                              (second <= cut ? 1U : 0U) +
                              (text.size() <= cut ? 1U : 0U);
    REQUIRE(read_log(text.substr(0, cut)).events.size() >= whole);
  }
}

TEST_CASE("Public logs read whole") {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(DESKFALL_SOURCE_DIR) / "../shared/corpus/formats/winfirewall";
  if (!fs::exists(folder)) {
    WARN("the sample folder is not here; skipped");
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto source = open_file(entry.path().string());
    REQUIRE(source);
    test::EventList list;
    DamageLog damage;
    REQUIRE(read_firewall_log(**source, {}, list, damage));
    INFO(entry.path());
    CHECK(damage.dropped_bytes() == 0);
    CHECK(damage.accepted_bytes() ==
          static_cast<std::int64_t>(fs::file_size(entry.path())));
    CHECK(list.events.size() >= 4);
  }
}

}  // namespace
}  // namespace deskfall
