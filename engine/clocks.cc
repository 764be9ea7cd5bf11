#include "engine/clocks.h"

#include <algorithm>
#include <cstdlib>

namespace deskfall {

std::optional<Agreement> most_agreed(std::span<const Bound> bounds) {
  struct Edge {
    Ticks at = 0;
    int change = 0;
  };
  std::vector<Edge> edges;
  for (const Bound& bound : bounds) {
    edges.push_back({bound.low, +1});
    edges.push_back({bound.high, -1});
  }
  // Opening edges first, so that touching intervals count as overlapping.
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return std::pair(a.at, -a.change) < std::pair(b.at, -b.change);
  });
  const auto distance = [](const Bound& bound) {
    return bound.low > 0 ? bound.low : bound.high < 0 ? -bound.high : 0;
  };
  std::optional<Agreement> best;
  std::int64_t depth = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    depth += edges[i].change;
    const Bound span{edges[i].at, edges[i + 1].at};
    const bool better =
        depth > 0 &&
        (!best || depth > best->agreeing ||
         (depth == best->agreeing && distance(span) < distance(best->bound)));
    if (better) {
      best = Agreement{span, depth};
    }
  }
  return best;
}

void Clocks::set(HostId client, HostId server, const Agreement& agreement) {
  known_[{client, server}] = {agreement.bound.low, agreement.bound.high,
                              agreement.agreeing, false};
}

Offset Clocks::between(HostId from, HostId to) const {
  if (from == to) {
    return {};
  }
  const auto skew_of = [this](HostId host) {
    const auto found = skew_.find(host);
    return found == skew_.end() ? Ticks{0} : found->second;
  };
  if (skew_.count(from) != 0 || skew_.count(to) != 0) {
    const Ticks told = skew_of(to) - skew_of(from);
    return {told - kTicksPerSecond, told + kTicksPerSecond, 0, false};
  }
  if (const auto it = known_.find({from, to}); it != known_.end()) {
    return it->second;
  }
  if (const auto it = known_.find({to, from}); it != known_.end()) {
    return {-it->second.high, -it->second.low, it->second.pairs, false};
  }
  return {-kDefaultOffset, kDefaultOffset, 0, true};
}

std::vector<Clocks::Row> Clocks::rows() const {
  std::vector<Row> out;
  for (const auto& [pair, offset] : known_) {
    out.push_back({pair.first, pair.second, between(pair.second, pair.first)});
  }
  return out;
}

}  // namespace deskfall
