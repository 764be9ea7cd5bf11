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
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/event.h"
#include "rules/yaml.h"

namespace deskfall {

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

  /// An event that matches, made of what the tests ask for and of `given`;
  /// nothing where that is not plain to see (patterns, denials).
  [[nodiscard]] std::optional<Event> example(
      const std::map<std::string, std::string>& given) const;

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
