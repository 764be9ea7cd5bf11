// Causes that carry tests: the three worked examples, the pack that ships, and
// that a test which should fail does.
#include "engine/rule_check.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "rules/lint.h"
#include "tests/support/judged.h"

namespace deskfall {

using testing::rules_of;

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string example(const std::string& name) {
  return read(fs::path(DESKFALL_SOURCE_DIR) / "tests/rules/examples" /
              (name + ".yaml"));
}

/// Outcomes that failed, one a line.
std::string failures(const std::vector<TestOutcome>& outcomes) {
  std::string out;
  for (const TestOutcome& outcome : outcomes) {
    if (!outcome.passed()) {
      out += outcome.cause + ": " + outcome.test + ", " +
             std::string(mutation_name(outcome.mutation)) + " " + outcome.log +
             ": " + outcome.what + "\n";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("The worked examples pass their tests, each cause by itself") {
  for (const char* name : {"listener-key", "firewall", "service-crash"}) {
    const RuleSet rules = rules_of({example("shared"), example(name)});
    const auto outcomes = check_rules(rules, {});
    CHECK(outcomes.size() >= 3 * 10);
    CHECK(failures(outcomes) == "");
  }
}

TEST_CASE("The worked examples pass as rivals") {
  const RuleSet rules =
      rules_of({example("shared"), example("listener-key"), example("firewall"),
                example("service-crash")});
  CHECK(failures(check_rules(rules, {})) == "");
  // Asked by name, only that cause is tested.
  for (const TestOutcome& outcome : check_rules(rules, {"net.firewall.cut"})) {
    CHECK(outcome.cause == "net.firewall.cut");
  }
}

TEST_CASE("The tests of the pack that ships pass") {
  const auto rules = RuleSet::load({});
  REQUIRE(rules);
  CHECK(failures(check_rules(*rules, {})) == "");
}

TEST_CASE("A test that expects the wrong thing fails, and says what came") {
  std::string text = example("service-crash");
  const auto swap = [&text](const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  };
  swap("verdict: explained, top: host.termservice.crash",
       "verdict: unexplained, top: something, collect: [log.win.system]");
  swap("ruled_out_by: [died_then_ran]", "refuted_by: [alive], grade: likely");
  const auto outcomes = check_rules(rules_of({example("shared"), text}), {});
  const std::string wrong = failures(outcomes);
  CHECK(wrong.find("the verdict is explained, not unexplained") !=
        std::string::npos);
  CHECK(wrong.find("first is host.termservice.crash, not something") !=
        std::string::npos);
  CHECK(wrong.find("log.win.system is not among") != std::string::npos);
  CHECK(wrong.find("it is not refuted by alive") != std::string::npos);
  CHECK(wrong.find("the grade is ruled out, not likely") != std::string::npos);
}

TEST_CASE("A mutation catches a rule that leans on the language of a host") {
  std::string text = example("service-crash");
  const std::string free = "ServiceKey: TermService        # free";
  REQUIRE(text.find(free) != std::string::npos);
  text.replace(text.find(free), free.size(),
               "param1: Remote Desktop Services  # not free");
  const auto outcomes = check_rules(rules_of({example("shared"), text}), {});
  CHECK(failures(outcomes).find("display texts in another language") !=
        std::string::npos);
}

TEST_CASE("Lint names what a careful author would change") {
  const auto names = [](const std::vector<std::string>& texts) {
    std::string out;
    for (const Warning& warning : lint(rules_of(texts))) {
      out += warning.rule + " ";
    }
    return out;
  };
  const auto has = [](const std::string& all, const std::string& one) {
    return all.find(one + " ") != std::string::npos;
  };
  CHECK(names({example("shared"), example("listener-key"),
               example("firewall")}) == "");
  const std::string twin =
      "{kind: cause, id: b, title: B, prior: 90%, explain: '<nobody.time>', "
      "origin: o, fails_at: any, nearest: [zzz], evidence: [{id: i1, says: x, "
      "role: supporting, if_cause: 90%, otherwise: 20%, "
      "event: died, within: [-5s, 5s]}]}\n";
  const std::string one =
      testing::cause_of({"event: died, within: [-5s, 5s]"}, "");
  const std::string all = names({testing::small_pack(), one, twin});
  INFO(all);
  for (const char* rule :
       {"no-refutation", "no-tests", "no-verify", "prior-sum", "rates-differ",
        "unbound-placeholder", "unknown-neighbour"}) {
    CHECK(has(all, rule));
  }
  std::string other = one;
  other.replace(other.find("id: c"), 5, "id: d");
  CHECK(has(names({testing::small_pack(), one, other}), "inseparable"));
  CHECK(has(names({testing::small_pack() +
                   "{kind: signal, id: m, title: M, log: system, detection: "
                   "{p: {Message|contains: stopped}, condition: p}}\n"}),
            "display-text"));
}

}  // namespace deskfall
