// Sigma, as its specification reads to us: one case for each rule of matching.
// Values that were computed elsewhere say so.
#include <catch2/catch.hpp>

#include "rules/encode.h"
#include "rules/rule_set.h"

namespace deskfall {

namespace {

struct Compiled {
  Selector selector;
  std::vector<Diagnostic> diagnostics;
};

Compiled compile(const std::string& detection) {
  std::vector<Diagnostic> diagnostics;
  const auto documents = parse_yaml("a", detection, diagnostics);
  REQUIRE(documents.size() == 1);
  Selector selector(documents[0], "a", diagnostics);
  return {std::move(selector), std::move(diagnostics)};
}

Event with(const std::string& name, const std::string& value) {
  Event event;
  event.fields.add(name, value);
  return event;
}

/// Does `test` ("F|contains: x") match a field F of this value?
bool hits(const std::string& test, const std::string& value) {
  const Compiled compiled = compile("p: {" + test + "}\ncondition: p\n");
  INFO(test << " on " << value);
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    FAIL(diagnostic.text());
  }
  return compiled.selector.matches(with("F", value));
}

std::string problem(const std::string& test) {
  const Compiled compiled = compile("p: {" + test + "}\ncondition: p\n");
  return compiled.diagnostics.empty() ? "accepted"
                                      : compiled.diagnostics[0].text();
}

}  // namespace

TEST_CASE("Sigma: text compares whole and without case, unless cased") {
  CHECK(hits("F: cmd.exe", "CMD.EXE"));
  CHECK_FALSE(hits("F: cmd.exe", "cmd.exe /c"));
  CHECK(hits("F|cased: cmd", "cmd"));
  CHECK_FALSE(hits("F|cased: cmd", "Cmd"));
  CHECK(hits("F|contains|cased: Cm", "xCmx"));
  CHECK_FALSE(hits("F|contains|cased: Cm", "xcmx"));
}

TEST_CASE("Sigma: wildcards, and their escapes") {
  CHECK(hits("F: 'a*c'", "abbc"));
  CHECK(hits("F: 'a?c'", "abc"));
  CHECK_FALSE(hits("F: 'a?c'", "ac"));
  CHECK(hits("F: 'a\\*c'", "a*c"));
  CHECK_FALSE(hits("F: 'a\\*c'", "abc"));
  // A backslash is itself, two before a wildcard are one and the wildcard.
  CHECK(hits("F: 'C:\\Windows'", "c:\\windows"));
  CHECK(hits("F: 'C:\\\\*'", "c:\\x"));
}

TEST_CASE("Sigma: a list means any, all means every one") {
  CHECK(hits("F: [a, b]", "b"));
  CHECK_FALSE(hits("F: [a, b]", "c"));
  CHECK(hits("F|contains|all: [a, b]", "bca"));
  CHECK_FALSE(hits("F|contains|all: [a, b]", "a"));
}

TEST_CASE("Sigma: startswith, endswith, contains") {
  CHECK(hits("F|startswith: ab", "ABc"));
  CHECK_FALSE(hits("F|startswith: b", "abc"));
  CHECK(hits("F|endswith: '\\svchost.exe'", "C:\\x\\SVCHOST.EXE"));
  CHECK(hits("F|contains: 'b*d'", "abcde"));
}

TEST_CASE("Sigma: patterns and their flags") {
  CHECK(hits("F|re: 'b.d'", "abcd"));
  CHECK_FALSE(hits("F|re: 'B.D'", "abcd"));
  CHECK(hits("F|re|i: 'B.D'", "abcd"));
  CHECK_FALSE(hits("F|re: 'b.d'", "b\nd"));
  CHECK(hits("F|re|s: 'b.d'", "b\nd"));
  CHECK(hits("F|re|m: '^d'", "b\nd"));
  CHECK_FALSE(hits("F|re: '^d'", "b\nd"));
  CHECK(problem("'F|i': x").find("flag of a pattern") != std::string::npos);
}

TEST_CASE("Sigma: numbers, networks, existence, null") {
  CHECK(hits("F|gte: 5", "5"));
  CHECK_FALSE(hits("F|gt: 5", "5"));
  CHECK(hits("F|lt: 0x10", "15"));
  CHECK_FALSE(hits("F|lte: 5", "text"));
  CHECK(hits("F|cidr: 192.0.2.0/24", "192.0.2.77"));
  CHECK_FALSE(hits("F|cidr: [192.0.2.0/24, '2001:db8::/32']", "2001:db9::1"));
  CHECK(hits("F|cidr: '2001:db8::/32'", "2001:db8::1"));
  CHECK(hits("F|exists: true", ""));
  CHECK(hits("G|exists: false", "x"));
  CHECK(hits("F: null", ""));
  CHECK(hits("G: null", "x"));
  CHECK_FALSE(hits("F: null", "x"));
  CHECK(hits("F: ''", ""));
}

TEST_CASE("Sigma: neq is the whole test denied") {
  CHECK(hits("F|neq: a", "b"));
  CHECK_FALSE(hits("F|neq: a", "A"));
  CHECK_FALSE(hits("F|neq: [a, b]", "b"));
}

TEST_CASE("Sigma: fieldref compares two fields, whatever stands in them") {
  const auto both = [](const std::string& test, const std::string& f,
                       const std::string& g) {
    const Compiled compiled = compile("p: {" + test + "}\ncondition: p\n");
    REQUIRE(compiled.diagnostics.empty());
    Event event = with("F", f);
    event.fields.add("G", g);
    return compiled.selector.matches(event);
  };
  CHECK(both("F|fieldref: G", "ab", "AB"));
  CHECK_FALSE(both("F|fieldref: G", "ab", "abc"));
  CHECK(both("F|fieldref|startswith: G", "abc", "ab"));
  CHECK(both("F|fieldref|endswith: G", "abc", "bc"));
  CHECK(both("F|fieldref|contains: G", "abc", "b"));
  // A star in a log is a star.
  CHECK_FALSE(both("F|fieldref: G", "ab", "a*"));
  CHECK(both("F|fieldref: G", "a*\\?", "a*\\?"));
  CHECK_FALSE(both("F|fieldref: H", "a", "a"));
}

TEST_CASE("Sigma: windash finds every dash before a word") {
  for (const char* dash :
       {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"}) {
    CHECK(
        hits("F|windash|contains: ' -f'", std::string("del ") + dash + "F x"));
  }
  CHECK_FALSE(hits("F|windash|contains: ' -f'", "del f"));
  // Inside a word it stays what it is.
  CHECK_FALSE(hits("F|windash|contains: 'a-b'", "a/b"));
  CHECK(hits("F|contains|windash|all: [' -f', ' /s']", "x /f y -s"));
  CHECK(
      problem("'F|windash|contains': '-a -b -c -d -e'").find("at most four") !=
      std::string::npos);
}

TEST_CASE("Sigma: base64 forms are those the specification's readers know") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  // As in pySigma's own tests.
  CHECK(base64_offsets("foobar") ==
        std::vector<std::string>{"Zm9vYmFy", "Zvb2Jhc", "mb29iYX"});
  CHECK(hits("F|base64|contains: foobar", "-enc Zm9vYmFy"));
  CHECK(hits("F|base64offset|contains: foobar", "xZvb2Jhcx"));
  CHECK_FALSE(hits("F|base64|contains: foobar", "xZvb2Jhcx"));
  // python: base64.b64encode('ping'.encode('utf-16le')), and -be, and with BOM.
  CHECK(hits("F|wide|base64: ping", "cABpAG4AZwA="));
  CHECK(hits("F|utf16le|base64: ping", "cABpAG4AZwA="));
  CHECK(hits("F|utf16be|base64: ping", "AHAAaQBuAGc="));
  CHECK(hits("F|utf16|base64: ping", "//5wAGkAbgBnAA=="));
  CHECK(hits("F|wide|base64offset|contains: ping", "AAAAcABpAG4AZwAAAA"));
  CHECK(encode_text("\xF0\x9F\x98\x80", TextEncoding::kUtf16be) ==
        std::string("\xD8\x3D\xDE\x00", 4));
}

TEST_CASE("Sigma: what cannot be honoured is refused with a hint") {
  const auto refuses = [](const std::string& test, const std::string& why) {
    INFO(problem(test));
    CHECK(problem(test).find(why) != std::string::npos);
  };
  refuses("'F|expand': '%x%'", "write the values out");
  refuses("'F|hour': 8", "parts of a time");
  refuses("'F|contians': x", "did you mean 'contains'?");
  refuses("'F|contains|startswith': x", "a field has one test");
  refuses("'F|wide|contains': x", "wide|base64offset|contains");
  refuses("'F|base64|wide': x", "comes before base64");
  refuses("'F|base64offset|re': x", "texts only");
  refuses("'F|windash|cidr': 192.0.2.0/24", "texts only");
  refuses("'F|base64': 'a*'", "cannot be encoded");
  refuses("F: []", "asks for nothing");
  refuses("F: {x: y}", "must be plain text");
  refuses("'F|re': '('", "does not compile");
  refuses("'F|re': '(?=x)'", "does not compile");
  refuses("'F|gt': x", "needs a whole number");
  refuses("'F|cidr': 300.0.0.0/8", "is not an address");
  refuses("'F|exists': maybe", "true or false");
  refuses("'': x", "needs the name of a field");
}

TEST_CASE("Sigma: keywords, any and all of them, in any field") {
  const Compiled any =
      compile("keywords: [alpha, 'b*a']\ncondition: keywords\n");
  CHECK(any.selector.matches(with("X", "an ALPHA")));
  CHECK(any.selector.matches(with("X", "xbetax")));
  CHECK_FALSE(any.selector.matches(with("X", "gamma")));
  const Compiled all =
      compile("keywords: {'|all': [alpha, beta]}\ncondition: keywords\n");
  REQUIRE(all.diagnostics.empty());
  Event event = with("X", "alpha");
  CHECK_FALSE(all.selector.matches(event));
  event.fields.add("Y", "beta");
  CHECK(all.selector.matches(event));
}

TEST_CASE("Sigma: them leaves helpers out, a list of conditions means any") {
  const std::string fields = "a: {F: 1}\nb: {G: 1}\n_c: {H: 1}\n";
  const Compiled them = compile(fields + "condition: 1 of them\n");
  CHECK(them.selector.matches(with("F", "1")));
  CHECK_FALSE(them.selector.matches(with("H", "1")));
  const Compiled list = compile(fields + "condition: [a and b, _c]\n");
  REQUIRE(list.diagnostics.empty());
  CHECK(list.selector.matches(with("H", "1")));
  CHECK_FALSE(list.selector.matches(with("F", "1")));
}

TEST_CASE("Sigma: a plain rule file is a signal") {
  const std::vector<RuleFile> files = {
      {"logs.yaml",
       "{kind: log, id: sys, title: S, service: system, channels: System, "
       "collect: c}\n"},
      {"sigma.yml",
       "title: Service ended\n"
       "id: 3c8b1f5e-0000-4000-8000-000000000001\n"
       "status: test\n"
       "description: >\n  Many words.\n"
       "references:\n  - https://example.com/x\n"
       "author: Somebody\n"
       "date: 2024-01-02\n"
       "modified: 2024-02-03\n"
       "tags:\n  - attack.impact\n"
       "logsource:\n  product: windows\n  service: system\n"
       "detection:\n"
       "  selection:\n"
       "    Provider_Name: Service Control Manager\n"
       "    EventID:\n      - 7031\n      - 7034\n"
       "  filter_main:\n    param1|startswith: Foo\n"
       "  condition: selection and not 1 of filter_*\n"
       "falsepositives:\n  - Unknown\n"
       "level: medium\n"}};
  const auto rules = RuleSet::from_files(files);
  if (!rules) {
    FAIL(rules.error().text());
  }
  Event event;
  event.channel = "System";
  event.provider = "service control manager";
  event.event_id = 7034;
  event.fields.add("param1", "Term");
  std::vector<std::size_t> signals;
  rules->match(event, signals);
  CHECK(signals == std::vector<std::size_t>{0});
  event.fields.clear();
  event.fields.add("param1", "foobar");
  rules->match(event, signals);
  CHECK(signals.empty());
  event.fields.clear();
  event.event_id = 7035;
  rules->match(event, signals);
  CHECK(signals.empty());
}

}  // namespace deskfall
