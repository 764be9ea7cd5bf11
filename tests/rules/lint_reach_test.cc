// Windows that no log can fill, gaps that no records can keep, fields that no
// record has.
#include <catch2/catch.hpp>

#include "rules/lint.h"
#include "tests/support/judged.h"

namespace deskfall {

using testing::cause_of;
using testing::rules_of;

namespace {

/// The small pack with a System log that reaches back ten days.
std::string pack(const std::string& more = "retains: 10d") {
  std::string text = testing::small_pack();
  const std::string id = "id: system,";
  return text.replace(text.find(id), id.size(), id + " " + more + ",");
}

bool warns(const std::string& rule, const std::string& item,
           const std::string& cause = "") {
  for (const Warning& warning :
       lint(rules_of({pack(), cause_of({item}, cause)}))) {
    if (warning.rule == rule) {
      return true;
    }
  }
  return false;
}

std::string problems(const std::string& fields, const std::string& signal) {
  const std::vector<RuleFile> files = {{"a", pack(fields)}, {"b", signal}};
  const auto rules = RuleSet::from_files(files);
  return rules ? "" : rules.error().text();
}

}  // namespace

TEST_CASE("A window further back than its log usually reaches is named") {
  CHECK(warns("beyond-retention", "event: died, within: [-11d, 0s]"));
  CHECK_FALSE(warns("beyond-retention", "event: died, within: [-10d, 0s]"));
  CHECK(warns("beyond-retention", "event: died, within: [-1s, 0s]",
              "needs: [{log: system, span: [-20d, 0s], else: weaker}], "));
  // Of a log that says nothing, nothing is known.
  CHECK_FALSE(
      warns("beyond-retention", "event: attempt.failure, within: [-99d, 0s]"));
}

TEST_CASE("Gaps that lead out of the window are named") {
  const std::string steps =
      "within: [-5s, 5s], sequence: [{event: died}, {event: back, gap: [";
  CHECK(warns("impossible-gaps", steps + "11s, 20s]}, {event: warned}]"));
  CHECK_FALSE(warns("impossible-gaps", steps + "9s, 20s]}, {event: warned}]"));
  CHECK_FALSE(warns("impossible-gaps", steps + "11s, 20s]}]"));
}

TEST_CASE("Silence of connections needs the log that would show them") {
  CHECK(warns("unproven-silence", "none: attempt.success, within: [-5s, 5s]"));
  CHECK_FALSE(warns("unproven-silence",
                    "none: attempt.success, within: [-5s, 5s], needs: "
                    "rdpcorets-operational"));
  CHECK_FALSE(warns("unproven-silence", "none: died, within: [-5s, 5s]"));
}

TEST_CASE("A field that the records of a log do not have is refused") {
  const std::string signal =
      "{kind: signal, id: s, title: S, log: system, detection: {p: {actoin: "
      "DROP, EventID: 1}, condition: p}}\n";
  CHECK(problems("fields: [action, From]", signal)
            .find("records of 'system' have no field 'actoin'") !=
        std::string::npos);
  CHECK(problems("fields: [action, From]", signal)
            .find("did you mean 'action'?") != std::string::npos);
  CHECK(problems("fields: [actoin, From]", signal).empty());
  CHECK(problems("side: any", signal).empty());
  const std::string bound =
      "{kind: signal, id: s, title: S, log: system, detection: {p: {EventID: "
      "1}, condition: p}, bind: {user: Account}}\n";
  CHECK(problems("fields: [action, From]", bound)
            .find("have no field 'Account'") != std::string::npos);
}

TEST_CASE("Without any log to prove it nothing is absent") {
  // Rules that know no log of the server's connections.
  std::string text = testing::small_pack();
  const std::string channel = testing::kCoreChannel;
  text.replace(text.find(channel), channel.size(), "Other");
  const testing::Judged judged(
      testing::failing_connection(),
      rules_of(
          {text, cause_of({"event: attempt.success, within: [-5s, 5s]"})}));
  CHECK(judged.finding("i1").value == Value::kUnknown);
}

TEST_CASE("A cause accepts a warning with a reason, and no other") {
  const std::string item = "event: died, within: [-11d, 0s]";
  const std::string accepts =
      "accepts: {beyond-retention: the log is archived}, ";
  CHECK_FALSE(warns("beyond-retention", item, accepts));
  CHECK_FALSE(warns("idle-exception", item, accepts));
  CHECK(warns("idle-exception", "event: died, within: [-1s, 0s]", accepts));
  CHECK(warns("beyond-retention", item, "accepts: {no-verify: none}, "));
}

}  // namespace deskfall
