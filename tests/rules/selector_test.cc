#include "rules/selector.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace deskfall {

namespace {

struct Compiled {
  Selector selector;
  std::vector<Diagnostic> diagnostics;
};

Compiled compile(const std::string& text) {
  std::vector<Diagnostic> diagnostics;
  const auto documents = parse_yaml("a", text, diagnostics);
  REQUIRE(documents.size() == 1);
  Selector selector(documents[0], "a", diagnostics);
  return {std::move(selector), std::move(diagnostics)};
}

/// An event in which the selections named by `true_ones` hold.
Event event_of(const std::string& true_ones) {
  Event event;
  for (const char c : true_ones) {
    event.fields.add(std::string(1, c), "1");
  }
  return event;
}

bool holds(const std::string& condition, const std::string& true_ones) {
  const Compiled compiled = compile(
      "a: {a: 1}\nb: {b: 1}\nc: {c: 1}\ncondition: " + condition + "\n");
  INFO(condition << " with " << true_ones);
  CHECK(compiled.diagnostics.empty());
  return compiled.selector.matches(event_of(true_ones));
}

}  // namespace

TEST_CASE("Not binds closer than and, and closer than or") {
  CHECK(holds("a or b and c", "a"));
  CHECK_FALSE(holds("a or b and c", "b"));
  CHECK(holds("not a and b", "b"));
  CHECK_FALSE(holds("not a and b", "ab"));
  CHECK(holds("not a or b", "ab"));
  CHECK(holds("a and not b or c", "c"));
  CHECK(holds("not not a", "a"));
}

TEST_CASE("Parentheses decide") {
  CHECK_FALSE(holds("(a or b) and c", "a"));
  CHECK(holds("(a or b) and c", "bc"));
  CHECK_FALSE(holds("not (a or b)", "b"));
  CHECK(holds("not (a and b)", "b"));
  CHECK(holds("((a))", "a"));
}

TEST_CASE("Quantifiers count selections by name") {
  CHECK(holds("1 of them", "b"));
  CHECK_FALSE(holds("1 of them", ""));
  CHECK(holds("all of them", "abc"));
  CHECK_FALSE(holds("all of them", "ab"));
  CHECK_FALSE(holds("not 1 of them", "c"));
  CHECK(holds("not all of them and a", "a"));
  const auto some = compile(
      "pick_x: {a: 1}\npick_y: {b: 1}\nnoise: {c: 1}\n"
      "condition: all of pick_* and not 1 of noise*\n");
  CHECK(some.diagnostics.empty());
  CHECK(some.selector.matches(event_of("ab")));
  CHECK_FALSE(some.selector.matches(event_of("a")));
  CHECK_FALSE(some.selector.matches(event_of("abc")));
}

TEST_CASE("A list of maps means any, a map means all of its fields") {
  const auto any = compile("p: [{a: 1}, {b: 1, c: 1}]\ncondition: p\n");
  CHECK(any.selector.matches(event_of("a")));
  CHECK_FALSE(any.selector.matches(event_of("b")));
  CHECK(any.selector.matches(event_of("bc")));
}

TEST_CASE("A keyword may stand in any field") {
  const auto words = compile("p: ['term\\', lsass]\ncondition: p\n");
  CHECK(words.diagnostics.empty());
  Event event;
  event.fields.add("x", "nothing");
  CHECK_FALSE(words.selector.matches(event));
  event.fields.add("y", "C:\\Term\\x");
  CHECK(words.selector.matches(event));
}

TEST_CASE("Malformed conditions are refused and match nothing") {
  for (const char* condition :
       {"''", "a b", "a and", "and a", "not", "(a", "a)", "()", "a or or b",
        "a not b", "d", "1 of d*", "all of", "1 of", "a | count() > 3"}) {
    INFO(condition);
    const Compiled compiled = compile(
        std::string("a: {a: 1}\nb: {b: 1}\ncondition: ") + condition + "\n");
    CHECK(compiled.diagnostics.size() >= 1);
    CHECK_FALSE(compiled.selector.matches(event_of("ab")));
    CHECK_FALSE(compiled.selector.matches(event_of("")));
  }
  CHECK_FALSE(compile("a: {a: 1}\n").diagnostics.empty());
  CHECK_FALSE(compile("a: text\ncondition: a\n").diagnostics.empty());
  CHECK_FALSE(compile("a: [[x]]\ncondition: a\n").diagnostics.empty());
  CHECK_FALSE(compile("a: ['']\ncondition: a\n").diagnostics.empty());
}

TEST_CASE("An unknown selection is named with the nearest that exists") {
  const auto bad = compile("noise: {a: 1}\ncondition: nosie\n");
  REQUIRE(bad.diagnostics.size() == 1);
  CHECK(bad.diagnostics[0].line == 2);
  CHECK(bad.diagnostics[0].hint.find("noise") != std::string::npos);
}

TEST_CASE("The ids of a selector are those outside of which nothing matches") {
  const auto ids = [](const std::string& condition) {
    return compile(
               "a: {EventID: [5, 3]}\nb: {EventID: 7}\nc: {x: 1}\n"
               "condition: " +
               condition + "\n")
        .selector.event_ids();
  };
  using Ids = std::vector<std::uint32_t>;
  CHECK(ids("a") == Ids{3, 5});
  CHECK(ids("a or b") == Ids{3, 5, 7});
  CHECK(ids("a and c") == Ids{3, 5});
  CHECK(ids("c and a") == Ids{3, 5});
  CHECK(ids("a or c").empty());
  CHECK(ids("not a").empty());
  CHECK(ids("b and not a") == Ids{7});
}

TEST_CASE("Routing by event id never loses a match") {
  // Random selectors over few ids and one field, random conditions; whatever
  // an event matches, its id must be among the ids of the selector.
  std::mt19937 random(20260302);
  const auto pick = [&random](std::size_t n) {
    return static_cast<std::size_t>(random() % n);
  };
  const std::vector<std::string> tests = {"{EventID: 1}",
                                          "{EventID: [2, 3]}",
                                          "{x: 1}",
                                          "{EventID: '3'}",
                                          "{EventID|gt: 2}",
                                          "{EventID|neq: 1}",
                                          "{EventID: 2, x: 1}",
                                          "[{EventID: 1}, {x: 1}]",
                                          "[{EventID: 1}, {EventID: 4}]",
                                          "{EventID: 0x2}",
                                          "{EventID: '*'}",
                                          "{EventID|all: [1, 2]}",
                                          "{EventID: null}"};
  const std::vector<std::string> joins = {" and ", " or ", " and not ",
                                          " or not "};
  int matched = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string text =
        "a: " + tests[pick(tests.size())] +
        "\nb: " + tests[pick(tests.size())] +
        "\nc: " + tests[pick(tests.size())] +
        "\ncondition: " + (pick(3) == 0 ? "not (a" : "(a") + joins[pick(4)] +
        "b)" + joins[pick(4)] + "c\n";
    const Compiled compiled = compile(text);
    INFO(text);
    REQUIRE(compiled.diagnostics.empty());
    const auto& ids = compiled.selector.event_ids();
    for (std::uint32_t id = 0; id < 6; ++id) {
      for (const char* x : {"", "1"}) {
        Event event;
        event.event_id = id;
        event.fields.add("x", x);
        if (compiled.selector.matches(event)) {
          ++matched;
          REQUIRE(
              (ids.empty() || std::binary_search(ids.begin(), ids.end(), id)));
        }
      }
    }
  }
  CHECK(matched > 400);
}

}  // namespace deskfall
