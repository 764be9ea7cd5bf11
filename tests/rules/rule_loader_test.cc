// Every error names its place and, where a name is wrong, the nearest right
// one.
#include <catch2/catch.hpp>

#include "rules/rule_set.h"

namespace deskfall {

namespace {

const std::string kLog =
    "kind: log\n"
    "id: system\n"
    "title: System log\n"
    "channels: System\n"
    "service: system\n"
    "collect: Export it.\n"
    "---\n";
const std::string kSignal =
    "kind: signal\n"
    "id: died\n"
    "title: The service died\n"
    "log: system\n"
    "detection: {pick: {EventID: 7031}, condition: pick}\n"
    "---\n";
const std::string kItem =
    "  - {id: d, role: supporting, event: died, within: [-1s, 1s], "
    "if_cause: 90%, otherwise: 1%, says: it died}\n";

std::string cause_with(const std::string& items, const std::string& more = "") {
  return "kind: cause\nid: c\ntitle: C\nprior: 5%\nfails_at: tls\n"
         "explain: x\norigin: here\n" +
         more + "evidence:\n" + items;
}

Result<RuleSet> load(const std::string& text, const std::string& more = "") {
  std::vector<RuleFile> files = {{"a.yaml", text}};
  if (!more.empty()) {
    files.push_back({"b.yaml", more});
  }
  return RuleSet::from_files(files);
}

/// What loading says; must fail.
std::string errors(const std::string& text, const std::string& more = "") {
  const auto rules = load(text, more);
  REQUIRE_FALSE(rules.has_value());
  return rules.error().text();
}

void check_error(const std::string& text, const std::string& place,
                 const std::string& message) {
  const std::string said = errors(text);
  INFO(said);
  CHECK(said.find("a.yaml:" + place + ": " + message) != std::string::npos);
  CHECK(said.find("1 problems") != std::string::npos);
}

Event of_id(std::uint32_t id) {
  Event event;
  event.event_id = id;
  return event;
}

}  // namespace

TEST_CASE("A small pack loads with its words typed") {
  const auto rules = load(kLog + kSignal + cause_with(kItem));
  if (!rules) {
    FAIL(rules.error().text());
  }
  REQUIRE(rules->causes().size() == 1);
  const CauseRule& cause = rules->causes()[0];
  CHECK(cause.fails_at == StageRange{Stage::kTls, Stage::kTls});
  REQUIRE(cause.items.size() == 1);
  CHECK(cause.items[0].within.from == -kTicksPerSecond);
  CHECK(cause.items[0].if_cause == Approx(0.9));
  CHECK(cause.items[0].controls);
  CHECK(rules->routed(of_id(7031)) == 1);
  CHECK(rules->routed(of_id(7034)) == 0);
}

TEST_CASE("A wrong log name points at the name and offers the nearest") {
  std::string signal = kSignal;
  signal.replace(signal.find("log: system"), 11, "log: sistem");
  check_error(kLog + signal, "11:6", "no log is called 'sistem' (");
  CHECK(errors(kLog + signal).find("system") != std::string::npos);
}

TEST_CASE("A wrong signal name points at the item's signal") {
  std::string item = kItem;
  item.replace(item.find("event: died"), 11, "event: dyed");
  const std::string text = kLog + kSignal + cause_with(item);
  const std::string said = errors(text);
  CHECK(said.find("a.yaml:22:38: no signal is called 'dyed' (") !=
        std::string::npos);
  CHECK(said.find("died") != std::string::npos);
}

TEST_CASE("Each kind of error names line and column") {
  check_error("kind: signl\nid: x\n", "1:7", "unknown kind 'signl'");
  check_error(kLog +
                  "kind: log\nid: b\ntitle: t\nchannels: X\n"
                  "collect: c\nside: left\n",
              "13:7", "'side' must be client, server or any");
  check_error(kLog +
                  "kind: log\nid: b\ntitle: t\nchannels: X\n"
                  "collect: c\nholds_back: long\n",
              "13:13", "'holds_back' must be a length of time");
  check_error(kLog +
                  "kind: log\nid: b\ntitle: t\nchannels: X\n"
                  "colect: c\ncollect: d\n",
              "12:1", "unknown key 'colect'");
  check_error(
      "kind: codes\ntable: t\norigin: o\nentries:\n"
      "  - {code: 1, says: x, fails_at: tlss}\n",
      "5:34", "'tlss' is no stage");
  check_error("kind: codes\ntable: t\nentries:\n  - {code: 1, says: x}\n",
              "4:5", "a code needs an origin");
  check_error("kind: events\nprovider: p\nentries:\n  - {id: 1, says: x}\n",
              "4:5", "an event needs an origin");
  check_error("kind: codes\ntable: t\norigin: o\nentries: {code: 1}\n", "4:10",
              "'entries' must be a list");
  check_error("just text\n", "1:1", "a map of keys is expected here");
}

TEST_CASE("Roles must agree with their probabilities") {
  const std::string head = kLog + kSignal;
  std::string item = kItem;
  item.replace(item.find("90%"), 3, "01%");
  CHECK(errors(head + cause_with(item)).find("likelier with the cause") !=
        std::string::npos);
  std::string refuting = kItem;
  refuting.replace(refuting.find("supporting"), 10, "refuting");
  CHECK(errors(head + cause_with(refuting)).find("likelier without") !=
        std::string::npos);
}

TEST_CASE("An item is asked for one thing in one window") {
  const std::string head = kLog + kSignal;
  std::string none = kItem;
  none.replace(none.find("event: died, "), 13, "");
  CHECK(errors(head + cause_with(none)).find("exactly one of event") !=
        std::string::npos);
  std::string both = kItem;
  both.replace(both.find("event: died, "), 13, "event: died, none: died, ");
  CHECK(errors(head + cause_with(both)).find("exactly one of event") !=
        std::string::npos);
  std::string windows = kItem;
  windows.replace(windows.find("within: [-1s, 1s], "), 19, "");
  CHECK(errors(head + cause_with(windows)).find("exactly one of within") !=
        std::string::npos);
}

TEST_CASE(
    "A count of nothing, controls of no word and a list that is a map "
    "are refused") {
  const std::string head = kLog + kSignal;
  std::string count = kItem;
  count.replace(count.find("event: died"), 11, "count: died, at_least: 0");
  CHECK(errors(head + cause_with(count)).find("'at_least' must be 1") !=
        std::string::npos);
  std::string controls = kItem;
  controls.replace(controls.find("event: died"), 11,
                   "event: died, controls: no");
  CHECK(errors(head + cause_with(controls)).find("on or off") !=
        std::string::npos);
  CHECK(errors(head + cause_with(kItem, "needs: {log: system}\n"))
            .find("'needs' must be a list") != std::string::npos);
  CHECK(errors(head + cause_with("  []\n")).find("needs 'evidence'") !=
        std::string::npos);
}

TEST_CASE("An id may be given once in a file, a later file replaces it") {
  CHECK(errors(kLog + kSignal + kSignal)
            .find("a.yaml:15:5: duplicate id 'died' (first on line 8)") !=
        std::string::npos);
  CHECK(errors(kLog + kSignal + cause_with(kItem + kItem))
            .find("duplicate item 'd'") != std::string::npos);
  std::string other = kSignal;
  other.replace(other.find("7031"), 4, "7034");
  const auto rules = load(kLog + kSignal, other);
  REQUIRE(rules.has_value());
  REQUIRE(rules->signals().size() == 1);
  CHECK(rules->signals()[0].origin.file == "b.yaml");
  CHECK(rules->routed(of_id(7031)) == 0);
  CHECK(rules->routed(of_id(7034)) == 1);
}

TEST_CASE("All problems of all files are told in one run") {
  const std::string said =
      errors("kind: log\nid: a\n", "kind: cause\nid: b\nid: c\n");
  CHECK(said.find("'title' is missing") != std::string::npos);
  CHECK(said.find("'channels' is missing") != std::string::npos);
  CHECK(said.find("'collect' is missing") != std::string::npos);
  CHECK(said.find("b.yaml:3:1: duplicate key 'id'") != std::string::npos);
}

TEST_CASE("A plain Sigma rule is a legal signal") {
  const auto rules = load(kLog,
                          "title: Service crashed\n"
                          "id: 5f63da62-0000-4000-8000-000000000001\n"
                          "status: test\n"
                          "description: A service ended\n"
                          "references: [https://example.org]\n"
                          "author: somebody\n"
                          "date: 2026-01-02\n"
                          "tags: [attack.impact]\n"
                          "related: [{id: x, type: similar}]\n"
                          "license: MIT\n"
                          "logsource: {product: windows, service: system}\n"
                          "detection:\n"
                          "  selection:\n"
                          "    Provider_Name: Service Control Manager\n"
                          "    EventID: [7031, 7034]\n"
                          "  condition: selection\n"
                          "falsepositives: [Unknown]\n"
                          "level: low\n");
  if (!rules) {
    FAIL(rules.error().text());
  }
  REQUIRE(rules->signals().size() == 1);
  Event event;
  event.provider = "Service Control Manager";
  event.event_id = 7034;
  CHECK(rules->signals()[0].selector->matches(event));
  event.event_id = 7036;
  CHECK_FALSE(rules->signals()[0].selector->matches(event));
}

TEST_CASE("Files may come in any order") {
  const auto rules = load(kSignal, kLog);
  CHECK(rules.has_value());
}

}  // namespace deskfall
