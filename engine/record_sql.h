// RecordSql: which records of one host are asked, as a condition on v_event.
//
// The window and the signals are said in SQL. What only joining can know is
// named by number: records of other connections, which are left out, and
// records of this one that the clocks would leave out.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/item_finder.h"

namespace deskfall {

/// What a condition cannot say, for the comment above a query.
using Lacks = std::set<std::string>;

/// "'A', 'B'": every spelling of a host in the case.
[[nodiscard]] std::string sql_hosts(const CaseData& data, HostId host);

/// "1, 2, 3".
[[nodiscard]] std::string sql_ids(const std::set<std::int64_t>& ids);

class RecordSql {
 public:
  RecordSql(const Situation& situation, const Failure& failure,
            const ItemFinder& finder)
      : s_(situation), failure_(failure), finder_(finder) {}

  /// Records of a signal of the rules.
  [[nodiscard]] std::string signal(std::size_t index, Lacks& lacks) const;

  /// The records that an item takes of these signals in a window. `reach`:
  /// from its inner edges to so much later, for steps of a sequence that have
  /// a gap instead of a window.
  [[nodiscard]] std::string where(const Item& item,
                                  const std::vector<std::string>& signals,
                                  const Span& span, std::optional<Ticks> reach,
                                  Lacks& lacks) const;

 private:
  const Situation& s_;
  const Failure& failure_;
  const ItemFinder& finder_;
};

}  // namespace deskfall
