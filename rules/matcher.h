// Matcher: all selectors at once, compiled when the rules are loaded.
//
// An event's channel, provider and id route it to the selectors that could mean
// it. Of those, the ones that ask for a text are woken only when it stands in
// the field (LiteralIndex). What is left is decided exactly: each distinct test
// is asked once for an event, however many selectors share it, and the patterns
// of a field in one pass (PatternSet). The answer is that of Selector::matches.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/literal_index.h"
#include "rules/pattern.h"
#include "rules/selector.h"

namespace deskfall {

class Matcher {
 public:
  /// What is asked of an event: a selector, and the channels whose records it
  /// may mean. Null: any channel.
  struct Entry {
    const Selector* selector = nullptr;
    const std::vector<std::string>* channels = nullptr;
  };

  /// The selectors must outlive it.
  explicit Matcher(const std::vector<Entry>& entries);

  /// Numbers of the selectors that match, sorted, into `matching`.
  void match(const Event& event, std::vector<std::size_t>& matching) const;

  /// How many selectors an event's channel, provider and id lead to; those that
  /// wait for a text count, too.
  [[nodiscard]] std::size_t routed(const Event& event) const;

 private:
  /// Selectors of one channel, id and provider.
  struct Group {
    std::vector<const Predicate*> providers;       ///< any of; empty = any
    std::vector<std::uint32_t> always;             ///< no literal wakes them
    std::map<std::string, LiteralIndex> literals;  ///< by field
    std::size_t size = 0;
  };
  using Route = std::map<std::string, Group>;  ///< by the tests of the provider
  /// Of names of channels, whose letter case does not matter.
  struct FoldedHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const;
  };
  struct FoldedEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  /// Ids to routes; the route of any id is apart.
  struct Channel {
    std::map<std::uint32_t, Route> by_id;
    Route any_id;
  };
  void file(Channel& channel, std::uint32_t number);
  template <typename Visit>
  void each_group(const Event& event, const Visit& visit) const;
  void add_patterns();

  std::vector<const Selector*> selectors_;
  std::vector<std::vector<std::uint32_t>> programs_;  ///< tests of each
  PredicatePool pool_;
  std::unordered_map<std::string, Channel, FoldedHash, FoldedEqual> by_channel_;
  Channel any_channel_;
  struct FieldPatterns {
    std::string field;
    PatternSet set;
    std::vector<std::uint32_t> tests;  ///< of each pattern
  };
  std::vector<FieldPatterns> patterns_;
  std::vector<std::int32_t> pattern_of_;  ///< of each test; -1 = none
};

}  // namespace deskfall
