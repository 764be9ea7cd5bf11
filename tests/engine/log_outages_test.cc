// Times in which a log was not kept, as the logs themselves tell.
#include "engine/log_outages.h"

#include <catch2/catch.hpp>

#include "engine/coverage.h"
#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

namespace {

const RuleSet& pack() {
  static const Result<RuleSet> kRules = RuleSet::load({});
  REQUIRE(kRules.has_value());
  return *kRules;
}

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

CaseEvent cleared(double seconds, const std::string& channel) {
  CaseEvent event = record(seconds, "Microsoft-Windows-Eventlog", 104);
  event.fields.add("SubjectUserName", "mallory");
  event.fields.add("SubjectDomainName", "EXAMPLE");
  event.fields.add("Channel", channel);
  return event;
}

Coverage::Answer asked(CaseData data, const std::vector<CaseEvent>& events,
                       double from, double to) {
  data.events.insert(data.events.end(), events.begin(), events.end());
  sort_events(data);
  return Coverage::measure(data, pack())
      .covers(*pack().find_log("system"), 0, at(from), at(to));
}

CaseData system_log() {
  return CaseBuilder().run("SRV01", "System", 1, 9, 0, 100).data();
}

const std::string kKernel = "Microsoft-Windows-Kernel-General";

}  // namespace

TEST_CASE("A stopped event log service keeps nothing until it starts") {
  const std::vector<CaseEvent> events = {record(20, "EventLog", 6006),
                                         record(40, "EventLog", 6005)};
  CHECK_FALSE(asked(system_log(), events, 25, 30).covered);
  CHECK(asked(system_log(), events, 25, 30).why_not ==
        "the event log service was stopped");
  CHECK(asked(system_log(), events, 5, 15).covered);
  CHECK(asked(system_log(), events, 41, 60).covered);
}

TEST_CASE("While the machine is off its logs miss nothing") {
  const std::vector<CaseEvent> events = {
      record(20, "EventLog", 6006), record(22, kKernel, 13),
      record(80, kKernel, 12), record(84, "EventLog", 6005)};
  CHECK_FALSE(asked(system_log(), events, 20.5, 21).covered);
  CHECK(asked(system_log(), events, 30, 70).covered);
  CHECK(asked(system_log(), events, 85, 90).covered);
}

TEST_CASE("A machine that went down without a shutdown may have lost records") {
  const std::vector<CaseEvent> events = {
      record(20, "Service Control Manager", 7036), record(80, kKernel, 12)};
  CHECK(asked(system_log(), events, 5, 19).covered);
  CHECK_FALSE(asked(system_log(), events, 30, 40).covered);
}

TEST_CASE("The first start of a log is no crash") {
  CHECK(asked(system_log(), {record(0, kKernel, 12)}, 5, 50).covered);
}

TEST_CASE("A cleared log says by whom, and older copies keep their part") {
  CaseData fresh = CaseBuilder().run("SRV01", "System", 7, 9, 50, 100).data();
  const auto early = asked(fresh, {cleared(50, "System")}, 10, 60);
  CHECK_FALSE(early.covered);
  CHECK(early.why_not.find("cleared by EXAMPLE\\mallory") != std::string::npos);
  CaseData both = CaseBuilder()
                      .run("SRV01", "System", 1, 6, 0, 20, 1)
                      .run("SRV01", "System", 7, 9, 50, 100, 2)
                      .data();
  CHECK(asked(both, {cleared(50, "System")}, 5, 15).covered);
  CHECK_FALSE(asked(both, {cleared(50, "System")}, 30, 40).covered);
  CHECK(asked(both, {cleared(50, "System")}, 60, 70).covered);
  // Another log was cleared: this one is whole.
  CHECK(asked(both, {cleared(50, "Application")}, 30, 40).covered);
}

TEST_CASE("1102 is the audit log's own clearing") {
  const CaseEvent event = record(50, "Microsoft-Windows-Eventlog", 1102);
  CaseData data = system_log();
  data.events.push_back(event);
  const LogOutages outages = find_outages(data);
  CHECK(outages.cleared.count({0, "security"}) == 1);
}

TEST_CASE("An export that was picked by event id covers nothing") {
  CaseBuilder b;
  for (std::uint64_t i = 0; i < 30; ++i) {
    const double second = static_cast<double>(i);
    b.run("SRV01", "System", 1 + i * 10, 2 + i * 10, second, second + 0.1);
  }
  const auto answer = asked(b.data(), {}, 1.01, 1.05);
  CHECK_FALSE(answer.covered);
  CHECK(answer.why_not.find("only some event ids") != std::string::npos);
}

TEST_CASE("A log says why it begins where it does") {
  const auto begin = [](std::uint64_t first) {
    CaseData data =
        CaseBuilder().run("SRV01", "System", first, first + 9, 0, 9).data();
    return Coverage::measure(data, pack()).logs().front().begins_because;
  };
  CHECK(begin(1) == "the log was new");
  CHECK(begin(500) == "older records were overwritten");
}

}  // namespace deskfall
