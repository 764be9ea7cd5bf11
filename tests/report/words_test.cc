#include "report/words.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_report.h"

namespace deskfall {

TEST_CASE("a finding speaks for, against or cannot tell") {
  const auto side = [](const char* role, const char* value,
                       std::int64_t weight) {
    return side_of({"item", role, value, weight, "", {}});
  };
  CHECK(side("supporting", "present", 300) == Side::kFor);
  CHECK(side("supporting", "absent", -80) == Side::kAgainst);
  CHECK(side("refuting", "present", -900) == Side::kAgainst);
  CHECK(side("refuting", "absent", 40) == Side::kFor);
  CHECK(side("required", "unknown", 0) == Side::kCannotTell);
  CHECK(side("stage", "present", 0) == Side::kAgainst);
  CHECK(side("supporting", "present", 0) == Side::kFor);
}

TEST_CASE("numbers are written for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(481'902) == "481,902");
  CHECK(grouped(-1'000'000) == "-1,000,000");
  CHECK(counted(1, "attempt") == "1 attempt");
  CHECK(counted(0, "failure") == "0 failures");
  CHECK(bytes_text(812) == "812 bytes");
  CHECK(bytes_text(1'500) == "1.5 kB");
  CHECK(bytes_text(212'400'128) == "212 MB");
  CHECK(bytes_text(9'999'999'999'999'999) == "9,999 TB");
}

TEST_CASE("codes are shown as far as they are known") {
  Report::Failure failure;
  CHECK(code_text(failure) == "no code");
  failure.error = 0x904;
  CHECK(code_text(failure) == "0x904");
  failure.extended = 7;
  CHECK(code_text(failure) == "0x904 / 0x7");
}

TEST_CASE("an address stands in for a host that has no name") {
  CHECK(server_name({"", "2001:db8::1", "", 3389}) == "[2001:db8::1]:3389");
  CHECK(server_name({"SRV01", "", "", 0}) == "SRV01");
  CHECK(client_name({}) == "unknown client");
}

TEST_CASE("times are shown in the asked zone and name other days") {
  const Instant late = parse_iso8601("2026-03-02T23:30:00.4129Z").value();
  const Timescale utc{Zone{}};
  CHECK(utc.full(late) == "2026-03-02 23:30:00.412");
  CHECK(utc.near(late, late) == "23:30:00.412");
  CHECK(utc.near(late, late + kTicksPerDay) == "2026-03-02 23:30:00.412");
  CHECK(utc.span(late - kTicksPerHour, late) ==
        "2026-03-02 22:30 to 23:30 UTC");
  const Timescale east{Zone::find("+02:00").value()};
  CHECK(east.full(late) == "2026-03-03 01:30:00.412");
  CHECK(east.zone_name() == "+02:00");
  CHECK(utc.full(std::nullopt) == "no time");
}

TEST_CASE("digits without a zone are never moved into the asked zone") {
  Report::Evidence row;
  row.time = parse_iso8601("2026-03-02T09:14:05Z");
  row.clock_note = "zone-unknown";
  const Timescale east{Zone::find("+02:00").value()};
  CHECK(east.of(row, std::nullopt) == "2026-03-02 09:14:05.000?");
  row.clock_note = "exact";
  CHECK(east.of(row, std::nullopt) == "2026-03-02 11:14:05.000");
}

TEST_CASE("the ladder shows what was passed and where it fell") {
  const auto rungs = ladder("x224", "tls");
  REQUIRE(rungs.size() == 8);
  CHECK(rungs[0].state == RungState::kPassed);  // dns
  CHECK(rungs[2].state == RungState::kPassed);  // x224
  CHECK(rungs[3].state == RungState::kFell);
  CHECK(rungs[4].state == RungState::kNotReached);

  const auto span = ladder("none", "tcp..tls");
  CHECK(span[0].state == RungState::kNotReached);
  CHECK(span[1].state == RungState::kFell);
  CHECK(span[3].state == RungState::kFell);
  CHECK(span[4].state == RungState::kNotReached);

  for (const Rung& rung : ladder("", "nowhere..tls")) {
    CHECK(rung.state == RungState::kNotReached);
  }
}

TEST_CASE("the index finds by id and says nothing about unknown ids") {
  const Report report = sample_report();
  const ReportIndex index(report);
  REQUIRE(index.evidence("e4") != nullptr);
  CHECK(record_name(*index.evidence("e4")) == "Schannel 36870");
  CHECK(record_name(*index.evidence("e3")) == "RdpCoreTS 131");
  CHECK(position_text(*index.evidence("e6")) == "line 812");
  CHECK(index.evidence("e99") == nullptr);
  CHECK(index.source(3)->host == "SRV01");
  CHECK(index.attempt("7") == nullptr);
}

}  // namespace deskfall
