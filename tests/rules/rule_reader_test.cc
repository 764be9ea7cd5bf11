#include "rules/rule_reader.h"

#include <catch2/catch.hpp>

namespace deskfall {

namespace {

/// A reader over the map written in `text`.
struct Reading {
  explicit Reading(const std::string& text)
      : documents(parse_yaml(file, text, diagnostics)),
        reader(documents.at(0), file, diagnostics) {}

  std::string file = "a.yaml";
  std::vector<Diagnostic> diagnostics;
  std::vector<YamlNode> documents;
  RuleReader reader;
};

}  // namespace

TEST_CASE("A duration has a number and a unit") {
  CHECK(parse_duration("300ms") == 3'000'000);
  CHECK(parse_duration("-1.5s") == -15'000'000);
  CHECK(parse_duration("+2m") == 1'200'000'000);
  CHECK(parse_duration("24h") == kTicksPerDay);
  CHECK(parse_duration("7d") == 7 * kTicksPerDay);
  CHECK(parse_duration("0s") == 0);
}

TEST_CASE("A fraction is rounded, not cut") {
  // 1.001 ms is 10,010 ticks; in binary it is a little less.
  CHECK(parse_duration("1.001ms") == 10'010);
  CHECK(parse_duration("-1.001ms") == -10'010);
}

TEST_CASE("What is no duration is refused") {
  for (const char* text : {"", "5", "s", "-", "5 s", "5x", "--5s", "1.2.3s",
                           "1e3s", "nans", "infd", "5ss"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("A duration beyond a year is refused, whatever its unit") {
  CHECK(parse_duration("400d") == 400 * kTicksPerDay);
  CHECK_FALSE(parse_duration("401d").has_value());
  CHECK_FALSE(parse_duration("34000000d").has_value());
  CHECK_FALSE(parse_duration("-99999999999999999999h").has_value());
}

TEST_CASE("A probability is a share or percents, and never certain") {
  Reading r("a: 12%\nb: 0.12\nc: 0.5%\n");
  CHECK(*r.reader.probability("a") == Approx(0.12));
  CHECK(*r.reader.probability("b") == Approx(0.12));
  CHECK(*r.reader.probability("c") == Approx(0.005));
  CHECK_FALSE(r.reader.probability("absent").has_value());
  CHECK(r.diagnostics.empty());
}

TEST_CASE("0, 1, nan and words are no probabilities") {
  for (const char* value : {"0", "1", "0%", "100%", "-5%", "120%", "nan",
                            "nan%", "inf", "likely", "'%'", "''"}) {
    INFO(value);
    Reading r(std::string("a: ") + value + "\n");
    CHECK_FALSE(r.reader.probability("a").has_value());
    REQUIRE(r.diagnostics.size() == 1);
    CHECK(r.diagnostics[0].line == 1);
    CHECK(r.diagnostics[0].column == 4);
  }
}

TEST_CASE("A span is two durations in order") {
  Reading good("a: [-10s, +2m]\n");
  const auto span = good.reader.span("a");
  REQUIRE(span.has_value());
  CHECK(span->first == -10 * kTicksPerSecond);
  CHECK(span->second == 2 * kTicksPerMinute);
  for (const char* value :
       {"[5s, 1s]", "[5s]", "[1s, 2s, 3s]", "5s", "[a, b]", "{a: 1}"}) {
    INFO(value);
    Reading bad(std::string("a: ") + value + "\n");
    CHECK_FALSE(bad.reader.span("a").has_value());
    CHECK(bad.diagnostics.size() == 1);
  }
}

TEST_CASE("A whole number has 32 bits, decimal or hexadecimal") {
  Reading r("a: 0x904\nb: 2308\nc: 4294967296\nd: few\n");
  CHECK(r.reader.number("a") == 2308U);
  CHECK(r.reader.number("b") == 2308U);
  CHECK_FALSE(r.reader.number("c").has_value());
  CHECK_FALSE(r.reader.number("d").has_value());
  REQUIRE(r.diagnostics.size() == 2);
  CHECK(r.diagnostics[0].line == 3);
}

TEST_CASE("A flag is yes or no and nothing else") {
  Reading r("a: yes\nb: no\nc: true\n");
  CHECK(r.reader.flag("a", false));
  CHECK_FALSE(r.reader.flag("b", true));
  CHECK(r.reader.flag("absent", true));
  CHECK(r.reader.flag("c", true));
  CHECK(r.diagnostics.size() == 1);
}

TEST_CASE("A list is a list, and a map in its place is a problem") {
  Reading r("a: [1, 2]\nb: {x: 1}\n");
  CHECK(r.reader.list("a").size() == 2);
  CHECK(r.reader.list("b").empty());
  CHECK(r.reader.list("absent").empty());
  REQUIRE(r.diagnostics.size() == 1);
  CHECK(r.diagnostics[0].line == 2);
}

TEST_CASE("An unknown key is named with the nearest that exists") {
  Reading r("title: x\ntilte: y\n");
  static_cast<void>(r.reader.text("title"));
  static_cast<void>(r.reader.text("collect"));
  r.reader.close();
  REQUIRE(r.diagnostics.size() == 1);
  CHECK(r.diagnostics[0].message == "unknown key 'tilte'");
  CHECK(r.diagnostics[0].hint.find("title") != std::string::npos);
  CHECK(r.diagnostics[0].line == 2);
}

TEST_CASE("A missing key is a problem only when it is required") {
  Reading r("a: x\n");
  CHECK(r.reader.text("b").empty());
  CHECK(r.diagnostics.empty());
  CHECK(r.reader.text("c", RuleReader::Need::kRequired).empty());
  REQUIRE(r.diagnostics.size() == 1);
  CHECK(r.diagnostics[0].message == "'c' is missing");
}

}  // namespace deskfall
