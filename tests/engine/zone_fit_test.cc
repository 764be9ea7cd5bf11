// Zones of logs that keep local time, found by what else saw the connections.
#include "engine/zone_fit.h"

#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;

namespace {

constexpr double kHour = 3600;

CaseEvent accept(double seconds, const std::string& peer) {
  CaseEvent event;
  event.host_id = 0;
  event.provider = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
  event.event_id = 131;
  event.time = at(seconds);
  event.clock = ClockNote::kExact;
  event.fields.add("ConnType", "TCP");
  event.fields.add("ClientIP", peer);
  return event;
}

CaseEvent row(double wall, const std::string& address,
              const std::string& port) {
  CaseEvent event;
  event.host_id = 0;
  event.source = 7;
  event.provider = "pfirewall";
  event.time = at(wall);
  event.clock = ClockNote::kZoneUnknown;
  event.precision = kTicksPerSecond;
  event.fields.add("action", "ALLOW");
  event.fields.add("protocol", "TCP");
  event.fields.add("src-ip", address);
  event.fields.add("src-port", port);
  event.fields.add("dst-port", "3389");
  return event;
}

/// Rows after fitting, by port.
std::map<std::string, CaseEvent> fitted(std::vector<CaseEvent> events) {
  CaseData data;
  data.hosts = {"SRV01"};
  data.events = std::move(events);
  sort_events(data);
  fit_zones(data);
  std::map<std::string, CaseEvent> out;
  for (const CaseEvent& event : data.events) {
    if (event.provider == "pfirewall") {
      out[std::string(event.fields.text("src-port"))] = event;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("A zone is a whole number of quarters of an hour") {
  // UTC+05:45, and the two clocks are 40 s apart.
  const auto rows = fitted({accept(0, "192.0.2.7:50001"),
                            row(5.75 * kHour + 40, "192.0.2.7", "50001"),
                            row(6 * kHour, "192.0.2.9", "50009")});
  CHECK(rows.at("50001").time == at(40));
  CHECK(rows.at("50001").clock == ClockNote::kZoneAssumed);
  // A row without a pair of its own has the zone of its log.
  CHECK(rows.at("50009").time == at(0.25 * kHour));
}

TEST_CASE("Without any pair rows stay undated") {
  const auto rows = fitted(
      {accept(0, "192.0.2.7:50001"), row(2 * kHour, "192.0.2.7", "50002")});
  CHECK(rows.at("50002").clock == ClockNote::kZoneUnknown);
  CHECK(rows.at("50002").time == at(2 * kHour));
}

TEST_CASE("A port that was used twice proves no zone") {
  const auto rows =
      fitted({accept(0, "192.0.2.7:50001"), accept(kHour, "192.0.2.7:50001"),
              row(2 * kHour, "192.0.2.7", "50001")});
  CHECK(rows.at("50001").clock == ClockNote::kZoneUnknown);
}

TEST_CASE("Summer time changes the offset in the middle of a log") {
  // UTC+1 until second 1000, UTC+2 from then on.
  const auto rows = fitted({
      accept(100, "192.0.2.7:1"),
      row(100 + kHour, "192.0.2.7", "1"),
      accept(200, "192.0.2.7:2"),
      row(200 + kHour, "192.0.2.7", "2"),
      accept(2000, "192.0.2.7:3"),
      row(2000 + 2 * kHour, "192.0.2.7", "3"),
      accept(3000, "192.0.2.7:4"),
      row(3000 + 2 * kHour, "192.0.2.7", "4"),
      row(150 + kHour, "192.0.2.9", "5"),
      row(2500 + 2 * kHour, "192.0.2.9", "6"),
      row(1000 + kHour, "192.0.2.9", "7"),
  });
  CHECK(rows.at("5").time == at(150));
  CHECK(rows.at("6").time == at(2500));
  // Between pairs that disagree nobody knows.
  CHECK(rows.at("7").clock == ClockNote::kZoneUnknown);
}

TEST_CASE("A row that is minutes off any quarter of an hour is no pair") {
  const auto rows = fitted(
      {accept(0, "192.0.2.7:50001"), row(kHour + 400, "192.0.2.7", "50001")});
  CHECK(rows.at("50001").clock == ClockNote::kZoneUnknown);
}

}  // namespace deskfall
