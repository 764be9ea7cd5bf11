// Sigma's specification, rule by rule, where sigma_test.cc has one case: the
// escapes, values, modifiers in a row and search identifiers that other readers
// were found to differ on.
#include <catch2/catch.hpp>

#include "rules/selector.h"

namespace deskfall {

namespace {

Selector compiled(const std::string& detection) {
  std::vector<Diagnostic> diagnostics;
  const auto documents = parse_yaml("a", detection, diagnostics);
  REQUIRE(documents.size() == 1);
  Selector selector(documents[0], "a", diagnostics);
  INFO(detection);
  for (const Diagnostic& diagnostic : diagnostics) {
    FAIL(diagnostic.text());
  }
  return selector;
}

std::string refused(const std::string& detection) {
  std::vector<Diagnostic> diagnostics;
  const auto documents = parse_yaml("a", detection, diagnostics);
  REQUIRE(documents.size() == 1);
  const Selector selector(documents[0], "a", diagnostics);
  return diagnostics.empty() ? "" : diagnostics[0].text();
}

using Fields = std::vector<std::pair<std::string, std::string>>;

bool finds(const std::string& detection, const Fields& fields) {
  Event event;
  for (const auto& [name, value] : fields) {
    event.fields.add(name, value);
  }
  return compiled(detection).matches(event);
}

/// One test on field F.
bool hits(const std::string& test, const std::string& value) {
  return finds("p: {" + test + "}\ncondition: p\n", {{"F", value}});
}

}  // namespace

TEST_CASE("Sigma's backslashes: alone, doubled, before wildcards") {
  struct Row {
    const char* pattern;
    const char* text;
    bool found;
  };
  const Row rows[] = {
      // One is itself; two are one, as nothing else needs the second.
      {R"(a\b)", R"(a\b)", true},
      {R"(a\\b)", R"(a\b)", true},
      {R"(a\\b)", R"(a\\b)", false},
      // Four are the two of a network path.
      {R"(\\\\srv\share)", R"(\\srv\share)", true},
      {R"(\\\\srv\share)", R"(\srv\share)", false},
      // Before a wildcard one takes it literally, two are one and the wildcard,
      // three are one and the literal.
      {R"(a\*)", R"(a*)", true},
      {R"(a\*)", R"(abc)", false},
      {R"(a\\*)", R"(a\bc)", true},
      {R"(a\\*)", R"(a*)", false},
      {R"(a\\\*)", R"(a\*)", true},
      {R"(a\\\*)", R"(a\bc)", false},
      {R"(a\?c)", R"(a?c)", true},
      {R"(a\?c)", R"(abc)", false},
      // At the end it is itself.
      {R"(a\)", R"(a\)", true},
  };
  for (const Row& row : rows) {
    INFO(row.pattern << " on " << row.text);
    CHECK(hits(std::string("F: '") + row.pattern + "'", row.text) == row.found);
  }
  // A modifier's own wildcard is not escaped by what stands before it.
  CHECK(hits(R"(F|startswith: 'C:\')", R"(C:\Windows)"));
  CHECK(hits(R"(F|contains: '\')", R"(a\b)"));
  CHECK(hits(R"(F|endswith: '\cmd.exe')", R"(C:\CMD.EXE)"));
}

TEST_CASE("Sigma's values: numbers, numbers in quotes, nothing, empty") {
  CHECK(hits("F: 16", "16"));
  CHECK(hits("F: 16", "0x10"));
  CHECK_FALSE(hits("F: 16", "160"));
  // In quotes it is a text: whole, and with wildcards.
  CHECK_FALSE(hits("F: '16'", "0x10"));
  CHECK(hits("F: '1*'", "160"));
  CHECK(hits("F: [null, a]", ""));
  CHECK(hits("F: [null, a]", "A"));
  CHECK_FALSE(hits("F: [null, a]", "b"));
  CHECK(finds("p: {G: null}\ncondition: p\n", {{"F", "x"}}));
  CHECK_FALSE(finds("p: {G: ''}\ncondition: p\n", {{"F", "x"}}));
  CHECK(hits("F: '*'", "x"));
  CHECK(hits("F: '?*'", "x"));
  CHECK_FALSE(hits("F: '?*'", ""));
}

TEST_CASE("Sigma's modifiers in a row work from left to right") {
  CHECK(hits("F|contains|all: ['-a', '-b']", "x -b -A"));
  CHECK_FALSE(hits("F|contains|all: ['-a', '-b']", "x -b"));
  CHECK(hits("F|startswith|cased: Ab", "Abc"));
  CHECK_FALSE(hits("F|startswith|cased: Ab", "abc"));
  CHECK(hits("F|re|i|s: 'A.b'", "a\nB"));
  CHECK(hits("F|neq|contains: x", "abc"));
  CHECK_FALSE(hits("F|contains|neq: b", "abc"));
  CHECK(hits("F|utf16le|base64offset|contains: ab", "xGEAYgAx"));
  CHECK(hits("F|cidr: ['10.0.0.0/8', '172.16.0.0/12']", "172.31.255.255"));
  CHECK_FALSE(hits("F|cidr: ['10.0.0.0/8', '172.16.0.0/12']", "172.32.0.0"));
  CHECK(hits("F|cidr: 10.0.0.1", "10.0.0.1"));
  CHECK_FALSE(hits("F|cidr: 10.0.0.0/8", "10.0.0.1:3389"));
  CHECK(hits("F|exists: 'true'", ""));
  // Comparisons are about numbers; a text is neither more nor less.
  for (const char* test : {"lt", "lte", "gt", "gte"}) {
    CHECK_FALSE(hits(std::string("F|") + test + ": 5", "many"));
  }
  CHECK(hits("F|gt: [100, 5]", "7"));
}

TEST_CASE("Sigma's identifiers: one of, all of, them, hidden ones") {
  const std::string three =
      "sel_a: {A: 1}\nsel_b: {B: 1}\nother: {C: 1}\n_hidden: {D: 1}\n";
  const Fields a = {{"A", "1"}};
  const Fields ab = {{"A", "1"}, {"B", "1"}};
  const Fields abc = {{"A", "1"}, {"B", "1"}, {"C", "1"}};
  const Fields hidden = {{"D", "1"}};
  CHECK(finds(three + "condition: 1 of sel_*\n", a));
  CHECK_FALSE(finds(three + "condition: all of sel_*\n", a));
  CHECK(finds(three + "condition: all of sel_*\n", ab));
  CHECK_FALSE(finds(three + "condition: all of them\n", ab));
  // What begins with an underscore is none of them, but may be named.
  CHECK(finds(three + "condition: all of them\n", abc));
  CHECK_FALSE(finds(three + "condition: 1 of them\n", hidden));
  CHECK(finds(three + "condition: _hidden\n", hidden));
  CHECK(finds(three + "condition: 1 of sel_* and not other\n", a));
  CHECK_FALSE(finds(three + "condition: 1 of sel_* and not other\n", abc));
  CHECK(finds(three + "condition: not (sel_a and sel_b)\n", a));
  CHECK(finds(three + "condition: sel_b or sel_a and not other\n", a));
  CHECK(finds(three + "condition: [sel_b, sel_a]\n", a));
}

TEST_CASE("Sigma's lists and maps: or inside a list, and inside a map") {
  const std::string both = "p: {A: [1, 2], B: 3}\ncondition: p\n";
  CHECK(finds(both, {{"A", "2"}, {"B", "3"}}));
  CHECK_FALSE(finds(both, {{"A", "2"}, {"B", "4"}}));
  const std::string either = "p: [{A: 1, B: 2}, {C: 3}]\ncondition: p\n";
  CHECK(finds(either, {{"C", "3"}}));
  CHECK_FALSE(finds(either, {{"A", "1"}, {"C", "4"}}));
  // The same field twice, by its modifiers.
  const std::string twice =
      "p: {'A|startswith': ab, 'A|endswith': yz}\ncondition: p\n";
  CHECK(finds(twice, {{"A", "abxyz"}}));
  CHECK_FALSE(finds(twice, {{"A", "abx"}}));
}

TEST_CASE("Sigma's counting conditions of old are refused, not ignored") {
  for (const char* condition :
       {"p | count() > 5", "p | count(A) by B > 5", "p | near q", "p and",
        "1 of nothing_*", "2 of them", "p p"}) {
    INFO(condition);
    CHECK_FALSE(refused(std::string("p: {A: 1}\nq: {B: 1}\ncondition: ") +
                        condition + "\n")
                    .empty());
  }
}

}  // namespace deskfall
