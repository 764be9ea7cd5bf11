// RecordSql: which records of one host are asked, as a condition on v_event.
//
// The window and the signals are said in SQL. What only joining can know is
// named by number: records of other connections, which are left out, and
// records of this one that the clocks would leave out.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/item_finder.h"

namespace deskfall {

/// What a condition cannot say, for the comment above a query.
using Lacks = std::set<std::string>;

/// "1, 2, 3".
[[nodiscard]] std::string sql_ids(const std::set<std::int64_t>& ids);

class RecordSql {
 public:
  /// All must outlive it.
  RecordSql(const Situation& situation, const Failure& failure,
            const ItemFinder& finder);

  /// "'A', 'B'": every spelling in the case of a host of the failure.
  [[nodiscard]] const std::string& hosts(Side side) const {
    return hosts_.at(finder_.host_of(side));
  }

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
  std::map<HostId, std::string> hosts_;
};

}  // namespace deskfall
