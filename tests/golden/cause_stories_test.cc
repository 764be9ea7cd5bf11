// Every cause of the pack has a story in which it wins and one in which it is
// not named although another cause is.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "rules/rule_set.h"
#include "tests/support/story_run.h"

namespace deskfall {
namespace {

struct Told {
  std::set<std::string> wins;    ///< expected to lead
  std::set<std::string> stands;  ///< expected not to be ruled out
  std::set<std::string> loses;   ///< expected not to be named
  std::size_t stories = 0;
};

Told read_stories() {
  Told told;
  for (const std::string& name : testing::story_names()) {
    ++told.stories;
    const fixtures::Story story = testing::story_of(name);
    for (const auto& failure : story.expected.failures) {
      told.wins.insert(failure.cause);
      told.stands.insert(failure.among.begin(), failure.among.end());
      told.loses.insert(failure.not_causes.begin(), failure.not_causes.end());
      told.loses.insert(failure.ruled_out.begin(), failure.ruled_out.end());
    }
    if (story.expected.scan.value_or(0) > 0) {
      told.wins.insert("scanner-or-brute-force-load");
    }
  }
  return told;
}

}  // namespace

TEST_CASE("each cause wins in one story and loses in another") {
  // What cannot win, and why: a relay leaves the same silence on the server as
  // any other machine that answers; a remote tool is only ever beside a session
  // that failed for a reason of its own; a probe is folded, not reported.
  const std::set<std::string> never_alone = {"bastion-or-lb-closes",
                                             "third-party-remote-tool"};
  const Result<RuleSet> rules = RuleSet::load({});
  REQUIRE(rules);
  const Told told = read_stories();
  CHECK(told.stories >= 120);
  CHECK(rules->causes().size() >= 53);
  for (const CauseRule& cause : rules->causes()) {
    CAPTURE(cause.id);
    if (cause.id == "benign-probe") {
      continue;
    }
    if (never_alone.count(cause.id) > 0) {
      CHECK(told.stands.count(cause.id) == 1);
    } else {
      CHECK(told.wins.count(cause.id) == 1);
    }
    CHECK(told.loses.count(cause.id) == 1);
  }
}

TEST_CASE(
    "each cause names rivals that exist, a remedy, its risk and a check") {
  const Result<RuleSet> rules = RuleSet::load({});
  REQUIRE(rules);
  std::set<std::string> ids;
  for (const CauseRule& cause : rules->causes()) {
    ids.insert(cause.id);
  }
  for (const CauseRule& cause : rules->causes()) {
    CAPTURE(cause.id);
    CHECK_FALSE(cause.confidence.empty());
    CHECK_FALSE(cause.remedy.steps.empty());
    CHECK_FALSE(cause.remedy.risk.empty());
    CHECK_FALSE(cause.remedy.verify.empty());
    CHECK((!cause.nearest.empty() || cause.id == "session-replaced"));
    for (const std::string& rival : cause.nearest) {
      CAPTURE(rival);
      CHECK(ids.count(rival) == 1);
      CHECK(rival != cause.id);
    }
  }
}

TEST_CASE("no cause is established by absence or without a statement") {
  // A component's own words, or its code, are what `established` rests on.
  const Result<RuleSet> rules = RuleSet::load({});
  REQUIRE(rules);
  for (const CauseRule& cause : rules->causes()) {
    for (const Item& item : cause.items) {
      CAPTURE(cause.id, item.id);
      CHECK_FALSE((item.statement && item.form == Form::kNone));
      CHECK_FALSE((item.statement && item.role == Role::kRefuting));
    }
  }
}

}  // namespace deskfall
