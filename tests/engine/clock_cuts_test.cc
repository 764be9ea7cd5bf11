// Where clocks were set, and what an offset is worth on the other side.
#include "engine/clock_cuts.h"

#include <catch2/catch.hpp>

#include "engine/clocks.h"
#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;

namespace {

CaseEvent record(double seconds, const std::string& provider,
                 std::uint32_t id) {
  CaseEvent event;
  event.host_id = 0;
  event.provider = provider;
  event.event_id = id;
  event.time = at(seconds);
  event.clock = ClockNote::kExact;
  return event;
}

CaseEvent change(double before, double after) {
  CaseEvent event = record(after, "Microsoft-Windows-Kernel-General", 1);
  event.fields.add("NewTime", format_utc(at(after)));
  event.fields.add("OldTime", format_utc(at(before)));
  return event;
}

CaseEvent audited(double before, double after) {
  CaseEvent event = record(after, "Microsoft-Windows-Security-Auditing", 4616);
  event.fields.add("PreviousTime", format_utc(at(before)));
  event.fields.add("NewTime", format_utc(at(after)));
  return event;
}

std::vector<ClockCut> cuts_of(std::vector<CaseEvent> events) {
  CaseData data;
  data.hosts = {"SRV01"};
  data.events = std::move(events);
  return find_clock_cuts(data)[0];
}

constexpr Ticks kMs = kTicksPerMillisecond;

/// Host 1 is measured against host 0 at second 0: both clocks agree.
Clocks tied(ClockCuts cuts) {
  Clocks clocks;
  clocks.cut(std::move(cuts));
  clocks.measure(0, 1, {{at(0), at(0), {-10 * kMs, 10 * kMs}}});
  return clocks;
}

bool holds(const Offset& offset, double truth_s, double within_s) {
  const double low = static_cast<double>(offset.low) / 1e7;
  const double high = static_cast<double>(offset.high) / 1e7;
  return low <= truth_s && truth_s <= high && high - low <= 2 * within_s;
}

}  // namespace

TEST_CASE("A change told by two logs is one cut with its step") {
  const auto cuts = cuts_of({change(100, 145), audited(100, 145.001)});
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].known);
  CHECK(cuts[0].after - cuts[0].before == 45 * kTicksPerSecond);
}

TEST_CASE("Slewing of less than a tenth of a second is no cut") {
  CHECK(cuts_of({change(100, 100.09)}).empty());
  CHECK(cuts_of({change(100, 99.95)}).empty());
  CHECK(cuts_of({change(100, 100.11)}).size() == 1);
}

TEST_CASE("A start and a wake-up are cuts of unknown size") {
  const auto cuts =
      cuts_of({record(10, "Microsoft-Windows-Kernel-General", 12),
               record(500, "Microsoft-Windows-Kernel-Power", 107)});
  REQUIRE(cuts.size() == 2);
  CHECK_FALSE(cuts[0].known);
  CHECK_FALSE(cuts[1].known);
}

TEST_CASE("A clock that was set back leaves both stretches open meanwhile") {
  const auto cuts = cuts_of({change(100, 70)});
  CHECK(stretch_of(cuts, at(69)).last == 0);
  CHECK(stretch_of(cuts, at(80)).first == 0);
  CHECK(stretch_of(cuts, at(80)).last == 1);
  CHECK(stretch_of(cuts, at(101)).first == 1);
}

TEST_CASE("A clock that was put forward has no doubtful time") {
  const auto cuts = cuts_of({change(100, 145)});
  CHECK(stretch_of(cuts, at(100)).last == 0);
  CHECK(stretch_of(cuts, at(145)).first == 1);
}

TEST_CASE("An offset is carried over a recorded step, on either host") {
  // The second host is put 45 s ahead at its second 100.
  const Clocks server = tied({{1, {{at(100), at(145), true}}}});
  CHECK(holds(server.between(0, 1, at(50)), 0, 0.05));
  CHECK(holds(server.between(0, 1, at(200)), 45, 0.2));
  CHECK(holds(server.between(1, 0, at(300)), -45, 0.2));
  // The first host is set back by 30 s.
  const Clocks client = tied({{0, {{at(100), at(70), true}}}});
  CHECK(holds(client.between(0, 1, at(200)), 30, 0.2));
  // In the half minute that it told twice, either may hold.
  const Offset either = client.between(0, 1, at(80));
  CHECK(either.low <= 0);
  CHECK(either.high >= 30 * kTicksPerSecond);
}

TEST_CASE("Behind a start an offset is worth whole seconds") {
  const Clocks clocks = tied({{1, {{at(100), at(100), false}}}});
  CHECK(holds(clocks.between(0, 1, at(200)), 0, 2.1));
  CHECK_FALSE(holds(clocks.between(0, 1, at(200)), 0, 1));
}

TEST_CASE("Away from its pair an offset widens by 100 ppm") {
  const Clocks clocks = tied({});
  const Offset day = clocks.between(0, 1, at(86400));
  CHECK(day.high == 10 * kMs + 8'640 * kMs);
  CHECK(day.low == -day.high);
}

TEST_CASE("Pairs on both sides of a start do not contradict each other") {
  Clocks clocks;
  clocks.cut({{1, {{at(100), at(100), false}}}});
  clocks.measure(0, 1,
                 {{at(0), at(0), {-10 * kMs, 10 * kMs}},
                  {at(200), at(210), {9'990 * kMs, 10'010 * kMs}}});
  CHECK(holds(clocks.between(0, 1, at(10)), 0, 0.1));
  CHECK(holds(clocks.between(0, 1, at(210)), 10, 0.1));
  CHECK(clocks.rows().size() == 2);
}

TEST_CASE("Hosts that never met are compared through one that met both") {
  Clocks clocks;
  clocks.measure(0, 1, {{at(0), at(5), {4'990 * kMs, 5'010 * kMs}}});
  clocks.measure(2, 1, {{at(0), at(2), {1'990 * kMs, 2'010 * kMs}}});
  CHECK(holds(clocks.between(0, 2, at(0)), 3, 0.05));
  CHECK(clocks.between(0, 3, at(0)).assumed);
}

TEST_CASE("A bound on one side alone ties nothing") {
  Clocks clocks;
  clocks.measure(0, 1, {{at(0), at(0), {-kFarBound, 5}}});
  CHECK(clocks.between(0, 1, at(0)).assumed);
}

}  // namespace deskfall
