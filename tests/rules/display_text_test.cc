// What the language of a host changes in a record, and what it does not.
#include "rules/display_text.h"

#include <catch2/catch.hpp>

#include "engine/rule_check.h"
#include "tests/support/judged.h"

namespace deskfall {

using testing::rules_of;

namespace {

bool is_display(const std::string& provider, std::uint32_t id,
                const std::string& field) {
  Event event;
  event.provider = provider;
  event.event_id = id;
  return is_display_text(event, field);
}

/// Whether a test of this signal fails when display texts are translated.
bool leans(const std::string& detection, const std::string& given) {
  const std::string signal =
      "{kind: signal, id: s, title: S, log: system, detection: {p: " +
      detection + ", condition: p}}\n";
  const std::string cause =
      "{kind: cause, id: c, title: C, prior: 5%, explain: x, origin: o, "
      "fails_at: any, evidence: [{id: i, says: x, role: required, event: s, "
      "within: [-60s, 5s], if_cause: 90%, otherwise: 0.1%}], tests: [{name: t, "
      "connection: {stage: tls}, given: [" +
      given + "], expect: {top: c}}]}\n";
  for (const TestOutcome& outcome :
       check_rules(rules_of({testing::small_pack(), signal, cause}), {})) {
    INFO(mutation_name(outcome.mutation) << ": " << outcome.what);
    if (outcome.mutation == Mutation::kTranslate) {
      return !outcome.passed();
    }
    if (outcome.mutation == Mutation::kNone) {
      CHECK(outcome.passed());
    }
  }
  FAIL("no translated run");
  return false;
}

}  // namespace

TEST_CASE("Words are translated, numbers and references stay") {
  const std::string word = "\xE8\xBF\x9C\xE7\xA8\x8B";
  CHECK(translate("Remote Desktop Services") == word + " " + word + " " + word);
  CHECK(translate("%%1053") == "%%1053");
  CHECK(translate("Update (KB5034123), 60000 ms") ==
        word + " (KB5034123), 60000 " + word);
  CHECK(translate("Kryptografiedienste f\xC3\xBCr") == word + " " + word);
  CHECK(translate("").empty());
}

TEST_CASE("Rendered fields are told from keys and codes") {
  CHECK(is_display("Service Control Manager", 7036, "param1"));
  CHECK(is_display("Service Control Manager", 7036, "param2"));
  CHECK(is_display("service control manager", 7031, "param5"));
  // 7040's fourth is the service's key, 7036's Binary has name and state.
  CHECK_FALSE(is_display("Service Control Manager", 7040, "param4"));
  CHECK_FALSE(is_display("Service Control Manager", 7036, "Binary"));
  CHECK(is_display("User32", 1074, "param5"));
  CHECK_FALSE(is_display("User32", 1074, "param4"));
  CHECK_FALSE(is_display("User32", 1076, "param5"));
  CHECK_FALSE(is_display("Schannel", 36870, "param1"));
  CHECK(is_display("Anybody", 1, "Message"));
  CHECK(is_display("Microsoft-Windows-GroupPolicy", 1058, "ErrorDescription"));
  CHECK_FALSE(is_display("Anybody", 1, "ErrorCode"));
}

TEST_CASE("The translated run finds every field that people read") {
  const std::string scm = "Provider_Name: Service Control Manager, EventID: ";
  CHECK(leans("{" + scm + "7036, param1: Remote Desktop Services}",
              "{t: -5s, signal: s}"));
  CHECK(leans("{" + scm + "7036, param2: stopped}", "{t: -5s, signal: s}"));
  CHECK(leans("{" + scm + "7031, param5|contains: Restart}",
              "{t: -5s, signal: s}"));
  CHECK(leans("{EventID: 5, Message|contains: denied}", "{t: -5s, signal: s}"));
  CHECK(leans("{Provider_Name: User32, EventID: 1074, param5: restart}",
              "{t: -5s, signal: s}"));
  CHECK_FALSE(
      leans("{" + scm + "7040, param4: TermService}", "{t: -5s, signal: s}"));
  CHECK_FALSE(
      leans("{" + scm + "7023, param2: '%%1053'}", "{t: -5s, signal: s}"));
  CHECK_FALSE(leans("{EventID: 5, ErrorCode: 5}", "{t: -5s, signal: s}"));
}

}  // namespace deskfall
