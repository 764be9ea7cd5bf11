// A hostile pack is refused, quickly and with its place; it never costs more
// than its size.
#include <catch2/catch.hpp>
#include <chrono>

#include "rules/rule_set.h"

namespace deskfall {

namespace {

struct Outcome {
  std::string problem;  ///< "accepted" when there was none
  double seconds = 0;
};

Outcome load(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<RuleFile> files = {{"hostile.yaml", text}};
  const auto rules = RuleSet::from_files(files);
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  return {rules ? "accepted" : rules.error().text(), took.count()};
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

/// Refused with these words, in far less than anybody would wait.
void refuses(const std::string& text, const std::string& why) {
  const Outcome outcome = load(text);
  INFO(outcome.problem.substr(0, 400));
  CHECK(outcome.problem.find("hostile.yaml:") != std::string::npos);
  CHECK(outcome.problem.find(why) != std::string::npos);
  CHECK(outcome.seconds < 5);
}

const std::string kLog =
    "{kind: log, id: l, title: L, channels: C, collect: c}\n---\n";

std::string signal(const std::string& test) {
  return kLog + "{kind: signal, id: s, title: S, log: l, detection: {p: {" +
         test + "}, condition: p}}\n";
}

}  // namespace

TEST_CASE("Hostile packs are refused at their place") {
  refuses(repeated("[", 5'000), "64 levels");
  refuses(repeated("a: {", 5'000), "64 levels");
  refuses(repeated("x", (1 << 20) + 1), "larger than 1 MiB");
  refuses("a: &x [1]\nb: *x\n", "anchors are not allowed");
  refuses("kind: !!python/object:os.system x\n", "is not allowed");
  refuses("kind: log\nkind: log\n", "duplicate key 'kind'");
  refuses("? [a]\n: b\n", "a key must be plain text");
  refuses(kLog +
              "{kind: signal, id: s, title: S, log: l, detection: {p: {a: "
              "1}, condition: '" +
              repeated("(p) and ", 2'000) + "p'}}\n",
          "empty or too long");
}

TEST_CASE("Catastrophic patterns are refused or harmless") {
  // RE2 bounds the size of a pattern and the time of a match.
  refuses(signal("'F|re': '((((a{100}){100}){100}){100})'"),
          "does not compile");
  refuses(signal("'F|re': '(?<=a)b'"), "does not compile");
  refuses(signal("'F|windash': '-a -b -c -d -e -f -g -h'"), "at most four");
  const std::vector<RuleFile> files = {
      {"a", signal("'F|re': '(a+)+$', 'G': '" + repeated("*a", 300) + "'")}};
  const auto rules = RuleSet::from_files(files);
  REQUIRE(rules);
  Event event;
  event.channel = "C";
  event.fields.add("F", repeated("a", 50'000) + "!");
  event.fields.add("G", repeated("a", 5'000) + "!");
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::size_t> signals;
  rules->match(event, signals);
  CHECK(signals.empty());
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  CHECK(took.count() < 5);
}

TEST_CASE("References that turn in a circle have no place to stand") {
  // A test begins like an earlier one only, so two cannot begin like each
  // other; a state is made of signals, and signals of records.
  refuses(signal("a: 1") +
              "---\n{kind: cause, id: c, title: C, explain: x, origin: o, "
              "fails_at: any, evidence: [{id: i, says: x, role: supporting, "
              "event: s, within: [0s, 1s], if_cause: 9%, otherwise: 1%}], "
              "tests: [{name: a, like: b, expect: {top: c}}, {name: b, like: "
              "a, expect: {top: c}}]}\n",
          "no earlier test is called 'b'");
  refuses(kLog +
              "{kind: state, id: a, fields: {x: text}, from: [{change: a, set: "
              "{x: y}}]}\n",
          "no signal is called 'a'");
  refuses(signal("a: 1") +
              "---\n{kind: anchor, id: a, polarity: control, from: [{signal: "
              "a}]}\n",
          "no signal is called 'a'");
}

TEST_CASE("A large pack that is well-formed loads in a moment") {
  std::string text = kLog;
  for (int i = 0; i < 5'000; ++i) {
    text += "{kind: signal, id: s" + std::to_string(i) +
            ", title: S, log: l, detection: {p: {'F|contains': 'word" +
            std::to_string(i) + "'}, condition: p}}\n---\n";
  }
  const Outcome outcome = load(text);
  CHECK(outcome.problem == "accepted");
  CHECK(outcome.seconds < 10);
}

}  // namespace deskfall
