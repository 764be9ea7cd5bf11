// The engine against a slow reading of the same words: plain loops over YAML
// and events, no compilation, no index. Thousands of rule and event sets, made
// from seeds, so that a failure can be run again.
#include <catch2/catch.hpp>
#include <random>

#include "ingest/text.h"
#include "tests/support/judged.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;
using testing::Judged;
using testing::rules_of;

namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  /// 0 .. n - 1.
  int roll(int n) {
    return static_cast<int>(engine_() % static_cast<unsigned>(n));
  }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(roll(static_cast<int>(from.size())))];
  }

 private:
  std::mt19937 engine_;
};

// --- Selectors ---------------------------------------------------------------

const std::vector<std::string> kWords = {"ab", "abc", "b", "ca", "A*",
                                         "?b", "aB",  "7", "c"};

/// A detection in YAML over fields F and G.
std::string random_detection(Dice& dice) {
  std::string out;
  const int selections = 1 + dice.roll(3);
  for (int s = 0; s < selections; ++s) {
    out += std::string(1, static_cast<char>('p' + s)) + ": {";
    if (dice.roll(2) == 0) {
      out += "EventID: " + std::to_string(1 + dice.roll(3)) + ", ";
    }
    const int tests = 1 + dice.roll(2);
    for (int t = 0; t < tests; ++t) {
      const std::string modifier =
          dice.pick({"", "|contains", "|startswith", "|endswith", "|re",
                     "|contains|all", "|neq", "|cased"});
      std::string values;
      for (int v = 0; v < 1 + dice.roll(2); ++v) {
        const std::string word =
            dice.pick(modifier == "|re"
                          ? std::vector<std::string>{"a.", "^b", "c$", "[ab]"}
                          : kWords);
        values += (values.empty() ? "'" : ", '") + word + "'";
      }
      out += "'" + std::string(1, static_cast<char>('F' + t)) + modifier +
             "': [" + values + "], ";
    }
    out += "}\n";
  }
  return out + "condition: " +
         (selections == 1 ? dice.pick({"p", "not p"})
          : selections == 2
              ? dice.pick({"p and q", "p or q", "p and not q", "1 of them"})
              : dice.pick({"p and q or r", "(p or q) and not r", "all of them",
                           "not 1 of them"}));
}

char low(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Wildcards by trying everything.
bool slow_wildcard(std::string_view pattern, std::string_view text,
                   bool cased) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern[0] == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (slow_wildcard(pattern.substr(1), text.substr(i), cased)) {
        return true;
      }
    }
    return false;
  }
  return !text.empty() &&
         (pattern[0] == '?' || pattern[0] == text[0] ||
          (!cased && low(pattern[0]) == low(text[0]))) &&
         slow_wildcard(pattern.substr(1), text.substr(1), cased);
}

/// The four patterns that are made above, by hand.
bool slow_regex(const std::string& pattern, std::string_view text) {
  if (pattern == "a.") {
    return text.find('a') != std::string_view::npos &&
           text.find('a') + 1 < text.size();
  }
  if (pattern == "^b") {
    return text.starts_with('b');
  }
  return pattern == "c$" ? text.ends_with('c')
                         : text.find_first_of("ab") != std::string_view::npos;
}

bool slow_test(const std::string& key, const YamlNode& values,
               const Event& event) {
  const std::size_t bar = key.find('|');
  const std::string field = key.substr(0, bar);
  const std::string how = bar == std::string::npos ? "" : key.substr(bar);
  if (field == "EventID") {
    return std::to_string(event.event_id) == values.scalar;
  }
  const auto value = event.fields.get(field);
  int hits = 0;
  for (const YamlNode& one : values.list) {
    const std::string& word = one.scalar;
    const std::string front =
        how == "|endswith" || how.starts_with("|contains") ? "*" : "";
    const std::string back =
        how == "|startswith" || how.starts_with("|contains") ? "*" : "";
    const bool hit =
        value && (how == "|re" ? slow_regex(word, *value)
                               : slow_wildcard(front + word + back, *value,
                                               how == "|cased"));
    hits += hit ? 1 : 0;
  }
  const bool all = hits == static_cast<int>(values.list.size());
  return how == "|neq" ? hits == 0 : how == "|contains|all" ? all : hits > 0;
}

bool slow_selector(const YamlNode& detection, const Event& event) {
  std::vector<bool> holds;
  for (const auto& [name, map] : detection.map) {
    bool all = true;
    for (const auto& [key, values] : map.map) {
      all = all && slow_test(key.scalar, values, event);
    }
    if (name.scalar != "condition") {
      holds.push_back(all);
    }
  }
  const std::string& condition = detection.find("condition")->scalar;
  const bool p = holds[0];
  const bool q = holds.size() > 1 && holds[1];
  const bool r = holds.size() > 2 && holds[2];
  return condition == "p"                    ? p
         : condition == "not p"              ? !p
         : condition == "p and q"            ? p && q
         : condition == "p or q"             ? p || q
         : condition == "p and not q"        ? p && !q
         : condition == "1 of them"          ? p || q
         : condition == "p and q or r"       ? (p && q) || r
         : condition == "(p or q) and not r" ? (p || q) && !r
         : condition == "all of them"        ? p && q && r
                                             : !(p || q || r);
}

}  // namespace

TEST_CASE("Compiled selectors agree with a slow reading of the same YAML") {
  std::int64_t compared = 0;
  std::int64_t matched = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Dice dice(seed);
    std::vector<Selector> selectors;
    std::vector<YamlNode> texts;
    for (int i = 0; i < 20; ++i) {
      std::vector<Diagnostic> problems;
      const std::string text = random_detection(dice);
      texts.push_back(parse_yaml("a", text, problems).at(0));
      selectors.emplace_back(texts.back(), "a", problems);
      INFO(text);
      REQUIRE(problems.empty());
    }
    std::vector<Matcher::Entry> entries;
    std::vector<const Selector*> pointers;
    for (const Selector& selector : selectors) {
      pointers.push_back(&selector);
      entries.push_back({&selector, nullptr});
    }
    const Matcher matcher(entries);
    for (int e = 0; e < 20; ++e) {
      Event event;
      event.event_id = static_cast<std::uint32_t>(1 + dice.roll(4));
      for (const char* name : {"F", "G"}) {
        std::string value;
        for (int i = dice.roll(5); i > 0; --i) {
          value += dice.pick({"a", "b", "c", "A", "B", "7"});
        }
        if (dice.roll(5) != 0) {
          event.fields.add(name, value);
        }
      }
      std::vector<std::size_t> expected;
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (slow_selector(texts[i], event)) {
          expected.push_back(i);
        }
      }
      std::vector<std::size_t> found;
      matcher.match(event, found);
      compared += static_cast<std::int64_t>(texts.size());
      matched += static_cast<std::int64_t>(expected.size());
      if (found != expected) {
        INFO("seed " << seed << " event " << e << " "
                     << event.fields.to_json());
        CHECK(found == expected);
      }
    }
  }
  // Neither side may have been idle.
  CHECK(compared == 300 * 20 * 20);
  CHECK(matched > compared / 20);
}

// --- Items -------------------------------------------------------------------

namespace {

struct Row {
  int tenths = 0;  ///< of a second after the start
  int id = 0;      ///< 1 to 3: signals s1 to s3
  std::string from;
};

/// What an item asks, in words both sides read.
struct Asked {
  std::string form;  ///< event, none, count, rate, sequence
  int signal = 1;
  int second = 2;  ///< of a sequence
  int from = 0;    ///< seconds around the end, at 10 s
  int to = 0;
  int at_least = 1;
  int gap = 0;
  bool any_ip = false;

  [[nodiscard]] std::string yaml() const {
    const std::string s = "s" + std::to_string(signal);
    const std::string window = ", within: [" + std::to_string(from) + "s, " +
                               std::to_string(to) + "s], controls: off" +
                               (any_ip ? ", any: [client_ip]" : "");
    if (form == "sequence") {
      return "sequence: [{event: " + s + "}, {event: s" +
             std::to_string(second) + ", gap: [0s, " + std::to_string(gap) +
             "s]}]" + window;
    }
    return form + ": " + s + window +
           (form == "count"  ? ", at_least: " + std::to_string(at_least)
            : form == "rate" ? ", at_least: " + std::to_string(at_least) + "/s"
                             : "");
  }
};

constexpr int kEnd = 100;  ///< the failure, in tenths

/// Three values by counting on fingers. The log covers [covers_from,
/// covers_to], in tenths.
Value slow_value(const Asked& asked, const std::vector<Row>& rows,
                 int covers_from, int covers_to) {
  const int from = kEnd + asked.from * 10;
  const int to = kEnd + asked.to * 10;
  const auto ours = [&](const Row& row, int signal) {
    return row.id == signal &&
           (!asked.any_ip || row.from.empty() || row.from == "192.0.2.7");
  };
  const auto covered = [&](int a, int b) {
    return a >= covers_from && b <= covers_to;
  };
  if (asked.form == "sequence") {
    bool found = false;
    bool has_first = false;
    int first_low = INT32_MAX;
    int first_high = INT32_MIN;
    for (std::size_t a = 0; a < rows.size(); ++a) {
      if (!ours(rows[a], asked.signal) || rows[a].tenths < from ||
          rows[a].tenths > to) {
        continue;
      }
      has_first = true;
      first_low = std::min(first_low, rows[a].tenths);
      first_high = std::max(first_high, rows[a].tenths);
      // Rows are numbered in order, so a later row is a later record.
      for (std::size_t b = a + 1; b < rows.size(); ++b) {
        const int gap = rows[b].tenths - rows[a].tenths;
        found = found || (ours(rows[b], asked.second) && gap >= 0 &&
                          gap <= asked.gap * 10);
      }
    }
    if (found) {
      return Value::kPresent;
    }
    if (!covered(from, to)) {
      return Value::kUnknown;
    }
    if (!has_first) {
      return Value::kAbsent;
    }
    return covered(first_low, first_high + asked.gap * 10) ? Value::kAbsent
                                                           : Value::kUnknown;
  }
  int seen = 0;
  int most = 0;
  for (const Row& row : rows) {
    if (!ours(row, asked.signal) || row.tenths < from || row.tenths > to) {
      continue;
    }
    ++seen;
    int together = 0;
    for (const Row& other : rows) {
      together += ours(other, asked.signal) && other.tenths >= row.tenths &&
                          other.tenths < row.tenths + 10 && other.tenths <= to
                      ? 1
                      : 0;
    }
    most = std::max(most, together);
  }
  const bool enough = asked.form == "count"  ? seen >= asked.at_least
                      : asked.form == "rate" ? most >= asked.at_least
                                             : seen >= 1;
  if (asked.form == "none") {
    return enough              ? Value::kAbsent
           : covered(from, to) ? Value::kPresent
                               : Value::kUnknown;
  }
  return enough              ? Value::kPresent
         : covered(from, to) ? Value::kAbsent
                             : Value::kUnknown;
}

}  // namespace

TEST_CASE("Items agree with counting on fingers, over generated cases") {
  std::string pack =
      "{kind: log, id: system, title: L, channels: System, collect: c}\n---\n"
      "{kind: log, id: rdpcorets-operational, title: L, channels: " +
      std::string(testing::kCoreChannel) + ", collect: c}\n";
  for (int i = 1; i <= 3; ++i) {
    pack += "---\n{kind: signal, id: s" + std::to_string(i) +
            ", title: T, log: system, bind: {client_ip: From}, detection: {p: "
            "{EventID: " +
            std::to_string(i) + "}, condition: p}}\n";
  }
  std::map<std::string, int> seen;
  for (unsigned seed = 1; seed <= 250; ++seed) {
    Dice dice(seed);
    std::vector<Row> rows;
    for (int i = dice.roll(12); i > 0; --i) {
      rows.push_back({50 + dice.roll(100), 1 + dice.roll(3),
                      dice.pick({"", "192.0.2.7", "192.0.2.8"})});
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return a.tenths < b.tenths;
    });
    const int covers_from = dice.roll(3) == 0 ? dice.roll(100) : -500;
    const int covers_to = dice.roll(3) == 0 ? 150 + dice.roll(30) : 900;
    CaseBuilder b;
    b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
        .add("SRV01 0.1 core 65 @F401")
        .add("SRV01 10 core 102 @F401")
        .damaged(2);
    for (const Row& row : rows) {
      b.add("SRV01 " + std::to_string(row.tenths / 10) + "." +
            std::to_string(row.tenths % 10) + " system " +
            std::to_string(row.id) +
            (row.from.empty() ? "" : " From=" + row.from));
    }
    b.run("SRV01", "System", 1, 900, covers_from / 10.0, covers_to / 10.0, 2)
        .run("SRV01", testing::kCoreChannel, 1, 90, -100, 200);
    std::vector<Asked> all;
    std::vector<std::string> yaml;
    for (int i = 0; i < 16; ++i) {
      Asked asked;
      asked.form = dice.pick({"event", "none", "count", "rate", "sequence"});
      asked.signal = 1 + dice.roll(3);
      asked.second = 1 + dice.roll(3);
      asked.from = -6 + dice.roll(8);
      asked.to = asked.from + dice.roll(8);
      asked.at_least = 1 + dice.roll(3);
      asked.gap = dice.roll(4);
      asked.any_ip = dice.roll(2) == 0;
      all.push_back(asked);
      yaml.push_back(asked.yaml());
    }
    const Judged judged(b, rules_of({pack, testing::cause_of(yaml)}));
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Value expected = slow_value(all[i], rows, covers_from, covers_to);
      const Value found = judged.finding("i" + std::to_string(i + 1)).value;
      ++seen[all[i].form + " " + std::string(value_name(expected))];
      if (found != expected) {
        INFO("seed " << seed << ": " << yaml[i] << "; log covers "
                     << covers_from << " to " << covers_to);
        for (const Row& row : rows) {
          UNSCOPED_INFO(row.tenths << " s" << row.id << " " << row.from);
        }
        CHECK(value_name(found) == value_name(expected));
      }
    }
  }
  // Every form met every value.
  for (const char* form : {"event", "none", "count", "rate", "sequence"}) {
    for (const char* value : {"present", "absent", "unknown"}) {
      INFO(form << " " << value);
      CHECK(seen[std::string(form) + " " + value] > 20);
    }
  }
}

}  // namespace deskfall
