// Common advice is answered where the records of the connection answer it, and
// left alone where they do not.
#include "engine/advice.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "rules/rule_set.h"
#include "tests/support/story_run.h"

namespace deskfall {
namespace {

std::vector<std::string> advice_of(const std::string& story) {
  const Report report = testing::run_story(testing::story_of(story));
  return report.failures.empty() ? std::vector<std::string>()
                                 : report.failures.front().advice;
}

bool says(const std::vector<std::string>& advice, std::string_view words) {
  return std::any_of(advice.begin(), advice.end(), [&](const auto& line) {
    return line.find(words) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("Where the server accepted, opening the port is answered by record") {
  const auto advice =
      advice_of("firewall-blocks-new-connections-refuted-by-131");
  // The story accepts at 08:14:07.0 and a few milliseconds.
  CHECK(says(advice,
             "port 3389 is open: SRV01.corp.example accepted the connection "
             "at 08:14:07."));
  CHECK(says(advice, "no licensing code"));
  CHECK(says(advice, "never rename or empty the MachineKeys folder"));
}

TEST_CASE("Extended 7 is answered only when the dialog shows it") {
  CHECK(says(advice_of("connection-limit-or-disabled-not-by-extended-7"),
             "reads like a denial"));
  CHECK_FALSE(
      says(advice_of("nat-idle-timeout-at-once"), "reads like a denial"));
}

TEST_CASE("An idle timer is ruled out for set-up, not for a session") {
  CHECK(says(advice_of("nat-idle-timeout-at-once"), "no idle timer"));
  CHECK_FALSE(says(advice_of("nat-idle-timeout"), "no idle timer"));
}

TEST_CASE("Without a record of the server nothing is said about its port") {
  CHECK_FALSE(says(advice_of("bastion-or-lb-closes"), "port 3389 is open"));
  CHECK_FALSE(says(advice_of("dialog-only"), "port 3389 is open"));
  // Another code, another advice.
  CHECK(advice_of("dns-failure").empty());
}

TEST_CASE("A reached license exchange is not denied") {
  CHECK_FALSE(says(advice_of("licensing-failed-with-0x904"),
                   "never came as far as the license exchange"));
}

TEST_CASE("Advice names signals and causes that exist") {
  const Result<RuleSet> rules = RuleSet::load({});
  REQUIRE(rules);
  const CodeEntry* code = rules->code("disconnect", 0x904);
  REQUIRE(code != nullptr);
  CHECK(code->advice.size() >= 6);
  for (const CodeAdvice& advice : code->advice) {
    CAPTURE(advice.claim);
    CHECK((advice.seen.empty() || rules->find_signal(advice.seen)));
    CHECK((advice.unseen.empty() || rules->find_signal(advice.unseen)));
    for (const std::string& cause : advice.causes) {
      CAPTURE(cause);
      CHECK(std::any_of(rules->causes().begin(), rules->causes().end(),
                        [&](const CauseRule& r) { return r.id == cause; }));
    }
  }
}

}  // namespace deskfall
