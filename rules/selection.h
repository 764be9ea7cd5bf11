// Selection: a named part of a detection - any of its alternatives, each all of
// its tests - or some keywords, any of which occurs in any field.
//
//   pick:
//     EventID: [142, 143]
//     error: 121
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ingest/event.h"
#include "rules/predicate.h"
#include "rules/yaml.h"

namespace deskfall {

/// A text that must stand in a field.
struct Needed {
  std::string field;
  std::string text;
};

struct Selection {
  std::string name;
  std::vector<std::vector<Predicate>> alternatives;
  std::vector<std::string> keywords;
  std::size_t first_test = 0;  ///< number of its first test in the selector

  /// From a map, a list of maps or a list of keywords.
  [[nodiscard]] static Selection read(const std::string& name,
                                      const YamlNode& node,
                                      const std::string& file,
                                      std::vector<Diagnostic>& diagnostics);

  /// How many tests its alternatives have together.
  [[nodiscard]] std::size_t tests() const;

  /// `ask(i)` is the answer to test i of the selector.
  template <typename Ask>
  [[nodiscard]] bool matches(const Event& event, const Ask& ask) const {
    std::size_t test = first_test;
    for (const std::vector<Predicate>& predicates : alternatives) {
      const std::size_t end = test + predicates.size();
      while (test < end && ask(test)) {
        ++test;
      }
      if (test == end) {
        return true;
      }
      test = end;
    }
    return has_keyword(event);
  }

  /// The same, with its tests put to the event.
  [[nodiscard]] bool matches(const Event& event) const;

  /// Texts one of which must be there for a match; nothing when none must.
  [[nodiscard]] std::optional<std::vector<Needed>> needed() const;

  /// Tests of the provider, one of which must hold; nothing = any provider.
  [[nodiscard]] std::optional<std::vector<const Predicate*>> providers() const;

  /// Ids outside of which this cannot match; nothing = any id.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> ids() const;

  /// Adds fields that match its first alternative, or its first keyword.
  void shape(std::map<std::string, std::string>& fields) const;

  /// A condition over v_event; see Predicate::sql for `lacks`.
  [[nodiscard]] std::string sql(std::set<std::string>& lacks) const;

 private:
  [[nodiscard]] bool has_keyword(const Event& event) const;
};

}  // namespace deskfall
