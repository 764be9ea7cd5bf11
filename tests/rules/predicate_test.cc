#include "rules/predicate.h"

#include <catch2/catch.hpp>

namespace deskfall {

namespace {

Event event_with(std::string_view name, std::string_view value) {
  Event event;
  event.event_id = 142;
  event.provider = "Schannel";
  event.fields.add(name, value);
  return event;
}

struct Compiled {
  Predicate predicate;
  std::vector<Diagnostic> diagnostics;
};

/// Compiles "Field|modifier: value" written as YAML.
Compiled compile(const std::string& line) {
  std::vector<Diagnostic> diagnostics;
  const auto documents = parse_yaml("a", line, diagnostics);
  REQUIRE(documents.size() == 1);
  REQUIRE(documents[0].map.size() == 1);
  const auto& [key, value] = documents[0].map[0];
  Predicate predicate(key, value, "a", diagnostics);
  return {std::move(predicate), std::move(diagnostics)};
}

bool matches(const std::string& line, std::string_view value) {
  Compiled compiled = compile(line);
  INFO(line << " on " << value);
  CHECK(compiled.diagnostics.empty());
  return compiled.predicate.matches(event_with("F", value));
}

}  // namespace

TEST_CASE("Text compares whole and without case, unless cased") {
  CHECK(matches("F: TermService", "termservice"));
  CHECK_FALSE(matches("F: Term", "TermService"));
  CHECK_FALSE(matches("F|cased: TermService", "termservice"));
  CHECK(matches("F|cased: TermService", "TermService"));
}

TEST_CASE("Contains, startswith and endswith look where they say") {
  CHECK(matches("F|contains: mser", "TermService"));
  CHECK_FALSE(matches("F|contains: xser", "TermService"));
  CHECK(matches("F|startswith: term", "TermService"));
  CHECK_FALSE(matches("F|startswith: ervice", "TermService"));
  CHECK(matches("F|endswith: SERVICE", "TermService"));
  CHECK_FALSE(matches("F|endswith: Term", "TermService"));
  CHECK(matches("F|contains: ''", ""));
}

TEST_CASE("Stars and question marks are wildcards unless escaped") {
  CHECK(matches("F: 'a*c'", "abbbc"));
  CHECK(matches("F: 'a*c'", "ac"));
  CHECK(matches("F: 'a?c'", "abc"));
  CHECK_FALSE(matches("F: 'a?c'", "ac"));
  CHECK(matches("F: 'a\\*c'", "a*c"));
  CHECK_FALSE(matches("F: 'a\\*c'", "abc"));
  CHECK(matches("F: 'a\\?c'", "a?c"));
  CHECK_FALSE(matches("F: 'a\\?c'", "abc"));
  CHECK(matches("F: 'a\\\\*'", "a\\bc"));  // a, one backslash, anything
}

TEST_CASE("A lone backslash is itself, also at the end of a pattern") {
  CHECK(matches("F: 'C:\\Windows\\x.exe'", "C:\\Windows\\x.exe"));
  CHECK(matches("F|startswith: 'C:\\Windows\\'", "C:\\Windows\\x.exe"));
  CHECK(matches("F|contains: '\\Temp\\'", "C:\\Temp\\x.exe"));
  CHECK_FALSE(matches("F|contains: '\\Temp\\'", "C:\\Temporary"));
  CHECK(wildcard_contains("\\", "a\\b"));
  CHECK_FALSE(wildcard_contains("\\", "ab"));
}

TEST_CASE("Numbers are equal in decimal and in hexadecimal") {
  CHECK(matches("F: 121", "0x79"));
  CHECK(matches("F: 0x79", "121"));
  CHECK(matches("F: 121", "121"));
  CHECK_FALSE(matches("F: 121", "1210"));
  CHECK_FALSE(matches("F: '121'", "0x79"));  // quoted: a text
  CHECK(matches("F: '121'", "121"));
}

TEST_CASE("Comparisons include their border only when they say so") {
  CHECK_FALSE(matches("F|gt: 10", "10"));
  CHECK(matches("F|gt: 10", "11"));
  CHECK(matches("F|gte: 10", "0xA"));
  CHECK_FALSE(matches("F|lt: 10", "10"));
  CHECK(matches("F|lt: 10", "9"));
  CHECK(matches("F|lte: 10", "10"));
  CHECK_FALSE(matches("F|lt: 10", "few"));
}

TEST_CASE("Null means missing or empty, exists asks for the field alone") {
  CHECK(matches("F: null", ""));
  CHECK(matches("F: ~", ""));
  CHECK_FALSE(matches("F: null", "x"));
  CHECK(matches("Other: null", "x"));
  CHECK(matches("F|exists: true", ""));
  CHECK_FALSE(matches("F|exists: false", ""));
  CHECK(matches("Other|exists: false", "x"));
  CHECK_FALSE(matches("Other: ''", "x"));
  CHECK_FALSE(compile("F|exists: no").diagnostics.empty());
}

TEST_CASE("A list means any of it, with all every one of it") {
  CHECK(matches("F: [a, b]", "b"));
  CHECK_FALSE(matches("F: [a, b]", "c"));
  CHECK(matches("F|contains|all: [ab, cd]", "cdab"));
  CHECK_FALSE(matches("F|contains|all: [ab, cd]", "ab"));
  CHECK(matches("F: [null, x]", ""));
}

TEST_CASE("Neq is the opposite of the test, also for lists") {
  CHECK(matches("F|neq: a", "b"));
  CHECK_FALSE(matches("F|neq: a", "A"));
  CHECK_FALSE(matches("F|neq: [a, b]", "b"));
  CHECK(matches("F|neq: [a, b]", "c"));
}

TEST_CASE("Networks hold addresses of either kind") {
  CHECK(matches("F|cidr: 192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(matches("F|cidr: 192.0.2.0/24", "192.0.3.0"));
  CHECK(matches("F|cidr: 192.0.2.128/25", "192.0.2.128"));
  CHECK_FALSE(matches("F|cidr: 192.0.2.128/25", "192.0.2.127"));
  CHECK(matches("F|cidr: '2001:db8::/32'", "2001:db8:1::7"));
  CHECK_FALSE(matches("F|cidr: '2001:db8::/32'", "2001:db9::7"));
  CHECK(matches("F|cidr: 192.0.2.7", "192.0.2.7"));
  CHECK(matches("F|cidr: 0.0.0.0/0", "198.51.100.1"));
  CHECK_FALSE(matches("F|cidr: 0.0.0.0/0", "2001:db8::1"));
  CHECK_FALSE(matches("F|cidr: 0.0.0.0/0", "LOCAL"));
}

TEST_CASE("Patterns are RE2 and search anywhere") {
  CHECK(matches("F|re: 'x[0-9]+'", "ax12b"));
  CHECK_FALSE(matches("F|re: '^x'", "ax"));
  CHECK_FALSE(matches("F|re: 'ABC'", "abc"));
  CHECK(matches("F|re|i: 'ABC'", "abc"));
}

TEST_CASE("Fieldref compares with another field of the record") {
  Event event = event_with("A", "Bob");
  event.fields.add("B", "bob");
  event.fields.add("C", "eve");
  CHECK(compile("A|fieldref: B").predicate.matches(event));
  CHECK_FALSE(compile("A|fieldref: C").predicate.matches(event));
  CHECK_FALSE(compile("A|fieldref: D").predicate.matches(event));
}

TEST_CASE("Names of the record's head are fields too") {
  Event event = event_with("Data", "zero");
  event.fields.add("Data", "one");
  event.host = "SRV01";
  CHECK(compile("Provider_Name: schannel").predicate.matches(event));
  CHECK(compile("Computer: srv01").predicate.matches(event));
  CHECK(compile("EventID: 0x8E").predicate.matches(event));
  CHECK(compile("'Data[1]': one").predicate.matches(event));
  CHECK(compile("ActivityID: null").predicate.matches(event));
}

TEST_CASE("What cannot be meant is refused") {
  for (const char* line :
       {"F|contian: x", "F|re: '('", "F|cidr: 300.0.0.1", "F|cidr: 10.0.0.0/33",
        "F|gt: few", "F: {a: 1}", "F: [[a]]", "F: []", "'|contains': x"}) {
    INFO(line);
    CHECK(compile(line).diagnostics.size() == 1);
  }
  CHECK(compile("F|contian: x").diagnostics[0].hint.find("contains") !=
        std::string::npos);
}

TEST_CASE("Many stars do not make matching slow") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) {
    pattern += "*a";
  }
  CHECK_FALSE(
      wildcard_match(pattern + "b", std::string(20'000, 'a'), Case::kKeep));
}

}  // namespace deskfall
