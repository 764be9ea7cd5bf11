// Selector: which events a signal means. Sigma's detection block, compiled.
//
//   detection:
//     pick:
//       EventID: [142, 143]
//       error: 121
//     noise:
//       Name|startswith: rdpinpt
//     condition: pick and not noise
//
// A selection is a map (all fields must match), a list of maps (any of them)
// or a list of texts (any text occurs in any field). A list of values means any
// of them, `|all` all of them. Text compares without case, '*' and '?' are
// wildcards, numbers compare as numbers whether the log writes them in decimal
// or hexadecimal, null means the field is missing or empty.
//
// Conditions: and, or, not, parentheses, `1 of name*`, `all of name*`,
// `1 of them`, `all of them`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ingest/event.h"
#include "rules/predicate.h"
#include "rules/selection.h"
#include "rules/yaml.h"

namespace deskfall {

/// The distinct tests of many selectors.
class PredicatePool {
 public:
  /// The number of a test; equal tests share one.
  [[nodiscard]] std::uint32_t number(const Predicate& test);
  [[nodiscard]] const std::vector<const Predicate*>& tests() const {
    return tests_;
  }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<const Predicate*> tests_;
};

class Selector {
 public:
  /// Compiles a detection block. Every problem is appended to `diagnostics`;
  /// the selector then matches nothing.
  Selector(const YamlNode& detection, const std::string& file,
           std::vector<Diagnostic>& diagnostics);
  /// One map of fields, all of which must match; no condition.
  [[nodiscard]] static Selector of_map(const YamlNode& map,
                                       const std::string& file,
                                       std::vector<Diagnostic>& diagnostics);
  ~Selector();
  Selector(Selector&&) noexcept;
  Selector& operator=(Selector&&) noexcept;

  [[nodiscard]] bool matches(const Event& event) const;

  /// The same, with the answers to its tests from elsewhere: `ask(i)` is the
  /// i-th test in the order of number_tests.
  [[nodiscard]] bool matches(const Event& event,
                             const std::function<bool(std::size_t)>& ask) const;
  /// The pool's numbers of its tests.
  [[nodiscard]] std::vector<std::uint32_t> number_tests(
      PredicatePool& pool) const;

  /// Texts one of which must be there for a match; nothing when none must.
  [[nodiscard]] std::optional<std::vector<Needed>> needed() const;

  /// Tests of the provider, one of which must hold for a match; empty = none
  /// must.
  [[nodiscard]] std::vector<const Predicate*> providers() const;

  /// An event that matches, made of what the tests ask for and of `given`;
  /// nothing where that is not plain to see (patterns, denials).
  [[nodiscard]] std::optional<Event> example(
      const std::map<std::string, std::string>& given) const;

  /// A condition over v_event; see Predicate::sql for `lacks`.
  [[nodiscard]] std::string sql(std::set<std::string>& lacks) const;

  /// The fields that it looks at, sorted; EventID and the like included.
  [[nodiscard]] std::vector<std::string> fields() const;

  /// Event ids outside of which nothing can match, sorted; empty = any id.
  [[nodiscard]] const std::vector<std::uint32_t>& event_ids() const;

 private:
  Selector();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deskfall
