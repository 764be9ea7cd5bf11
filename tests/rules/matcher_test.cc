// Routes: which signals are asked about a record at all.
#include "rules/matcher.h"

#include <catch2/catch.hpp>

#include "tests/support/judged.h"

namespace deskfall {

namespace {

constexpr const char* kRules = R"(
{kind: log, id: system, title: S, channels: System, collect: c}
---
{kind: log, id: app, title: A, channels: [Application, Other], collect: c}
---
{kind: signal, id: power, title: t, log: system, detection: {p: {
  Provider_Name: Power, EventID: 1}, condition: p}}
---
{kind: signal, id: time, title: t, log: system, detection: {p: {
  Provider_Name|endswith: '-Time', EventID: [1, 2]}, condition: p}}
---
{kind: signal, id: any-provider, title: t, log: system, detection: {p: {
  EventID: 1, State: 4}, condition: p}}
---
{kind: signal, id: not-power, title: t, log: system, detection: {p: {
  EventID: 1}, q: {Provider_Name: Power}, condition: p and not q}}
---
{kind: signal, id: either, title: t, log: system, detection: {
  p: [{Provider_Name: Power, EventID: 3}, {Provider_Name: Disk, EventID: 3}],
  condition: p}}
---
{kind: signal, id: every-id, title: t, log: system, detection: {p: {
  Provider_Name: Power}, condition: p}}
---
{kind: signal, id: elsewhere, title: t, log: app, detection: {p: {
  Provider_Name: Power, EventID: 1}, condition: p}}
)";

Event record(const std::string& channel, const std::string& provider,
             std::uint32_t id) {
  Event event;
  event.channel = channel;
  event.provider = provider;
  event.event_id = id;
  event.fields.add("State", "4");
  return event;
}

/// Names of the signals that a record is, in the order of the rules.
std::string is(const RuleSet& rules, const Event& event) {
  std::vector<std::size_t> matching;
  rules.match(event, matching);
  std::string out;
  for (const std::size_t index : matching) {
    out += (out.empty() ? "" : " ") + rules.signals()[index].id;
  }
  return out;
}

}  // namespace

TEST_CASE("Of two providers with one id in one channel, one is asked") {
  const RuleSet rules = testing::rules_of({kRules});
  // power, any-provider, not-power, every-id.
  CHECK(rules.routed(record("System", "Power", 1)) == 4);
  CHECK(is(rules, record("System", "Power", 1)) ==
        "power any-provider every-id");
  // time, any-provider, not-power.
  CHECK(rules.routed(record("System", "Windows-Time", 1)) == 3);
  CHECK(is(rules, record("System", "Windows-Time", 1)) ==
        "time any-provider not-power");
  CHECK(rules.routed(record("System", "Windows-Time", 2)) == 1);
  CHECK(rules.routed(record("System", "Nobody", 2)) == 0);
  // either names both providers, so both lead to it.
  CHECK(is(rules, record("System", "Disk", 3)) == "either");
  CHECK(is(rules, record("System", "Power", 3)) == "either every-id");
}

TEST_CASE("A channel leads to the signals of its log, whatever its case") {
  const RuleSet rules = testing::rules_of({kRules});
  CHECK(rules.routed(record("Application", "Power", 1)) == 1);
  CHECK(is(rules, record("aPPLICATION", "power", 1)) == "elsewhere");
  CHECK(is(rules, record("Other", "Power", 1)) == "elsewhere");
  CHECK(rules.routed(record("Security", "Power", 1)) == 0);
}

TEST_CASE("A record that lost its channel may be any log's") {
  const RuleSet rules = testing::rules_of({kRules});
  CHECK(is(rules, record("", "Power", 1)) ==
        "power any-provider every-id elsewhere");
  // One that lost its provider is asked about with those that name none.
  CHECK(is(rules, record("System", "", 1)) == "any-provider not-power");
}

}  // namespace deskfall
