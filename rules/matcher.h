// Matcher: all selectors at once, compiled when the rules are loaded.
//
// An event's id routes it to the selectors that could mean it. Of those, the
// ones that ask for a text are woken only when it stands in the field
// (LiteralIndex). What is left is decided exactly: each distinct test is asked
// once for an event, however many selectors share it, and the patterns of a
// field in one pass (PatternSet). The answer is that of Selector::matches.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/literal_index.h"
#include "rules/pattern.h"
#include "rules/selector.h"

namespace deskfall {

class Matcher {
 public:
  /// The selectors must outlive it.
  explicit Matcher(const std::vector<const Selector*>& selectors);

  /// Numbers of the selectors that match, sorted, into `matching`.
  void match(const Event& event, std::vector<std::size_t>& matching) const;

  /// Distinct tests of all selectors.
  [[nodiscard]] std::size_t tests() const { return pool_.tests().size(); }

 private:
  /// Selectors of one event id (or of any).
  struct Route {
    std::vector<std::uint32_t> always;             ///< no literal wakes them
    std::map<std::string, LiteralIndex> literals;  ///< by field
    std::uint64_t size = 0;
  };
  void file(Route& route, std::uint32_t number);
  void add_patterns();

  std::vector<const Selector*> selectors_;
  std::vector<std::vector<std::uint32_t>> programs_;  ///< tests of each
  PredicatePool pool_;
  std::map<std::uint32_t, Route> by_id_;
  Route any_id_;
  struct FieldPatterns {
    std::string field;
    PatternSet set;
    std::vector<std::uint32_t> tests;  ///< of each pattern
  };
  std::vector<FieldPatterns> patterns_;
  std::vector<std::int32_t> pattern_of_;  ///< of each test; -1 = none
};

}  // namespace deskfall
