#include "engine/clocks.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace deskfall {

namespace {

/// Free-running clocks part by at most 100 ppm, 8.6 s in a day.
constexpr Ticks kDriftParts = 10'000;
/// A start or a wake-up reads the hardware clock, which keeps whole seconds.
constexpr Ticks kHardwareClock = 2 * kTicksPerSecond;
/// Records of a change of time are written this close to it.
constexpr Ticks kChangeSlack = kTicksPerSecond / 20;
/// An agreement is sought among so many sightings around its moment...
constexpr std::size_t kAround = 16;
/// ... and once in so long.
constexpr Ticks kKnotEvery = 10 * kTicksPerMinute;

Bound widened(Bound bound, Ticks apart) {
  const Ticks drift = std::abs(apart) / kDriftParts;
  return {bound.low - drift, bound.high + drift};
}

Offset unknown_offset() {
  return {-kDefaultOffset, kDefaultOffset, 0, true, false};
}

Offset reversed(const Offset& offset) {
  return {-offset.high, -offset.low, offset.pairs, offset.assumed,
          offset.synced};
}

/// Any of the two may hold.
void unite(std::optional<Offset>& all, const Offset& one) {
  if (!all) {
    all = one;
    return;
  }
  all->low = std::min(all->low, one.low);
  all->high = std::max(all->high, one.high);
  all->pairs = std::min(all->pairs, one.pairs);
  all->assumed = all->assumed || one.assumed;
}

/// Rows are told the other way round: the client against its server.
Clocks::Row row_of(const std::pair<HostId, HostId>& hosts,
                   const Offset& offset) {
  Clocks::Row row;
  row.host = hosts.first;
  row.relative_to = hosts.second;
  row.offset = reversed(offset);
  return row;
}

std::size_t distance(Clocks::StretchPair a, Clocks::StretchPair b) {
  const auto apart = [](std::size_t x, std::size_t y) {
    return x < y ? y - x : x - y;
  };
  return apart(a.first, b.first) + apart(a.second, b.second);
}

}  // namespace

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
  const auto from_zero = [](const Bound& bound) {
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
         (depth == best->agreeing && from_zero(span) < from_zero(best->bound)));
    if (better) {
      best = Agreement{span, depth};
    }
  }
  return best;
}

const std::vector<ClockCut>& Clocks::cuts_of(HostId host) const {
  static const std::vector<ClockCut> kNone;
  const auto found = cuts_.find(host);
  return found == cuts_.end() ? kNone : found->second;
}

std::optional<Clocks::StretchPair> Clocks::stretches(HostId client,
                                                     Instant on_client,
                                                     HostId server,
                                                     Instant on_server) const {
  const Stretch c = stretch_of(cuts_of(client), on_client);
  const Stretch s = stretch_of(cuts_of(server), on_server);
  return c.certain() && s.certain()
             ? std::optional(StretchPair{c.first, s.first})
             : std::nullopt;
}

void Clocks::measure(HostId client, HostId server,
                     std::vector<Sighting> sightings) {
  std::stable_sort(
      sightings.begin(), sightings.end(),
      [](const Sighting& a, const Sighting& b) { return a.client < b.client; });
  std::map<StretchPair, std::vector<Sighting>> parts;
  for (const Sighting& sighting : sightings) {
    const auto part =
        stretches(client, sighting.client, server, sighting.server);
    if (part) {
      parts[*part].push_back(sighting);
    }
  }
  std::vector<Bound> bounds;
  for (const auto& [part, list] : parts) {
    Knots& knots = known_[{client, server}].measured[part];
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Instant at = list[i].client;
      if (!knots.empty() && at - knots.back().at < kKnotEvery) {
        continue;
      }
      bounds.clear();
      const std::size_t end = std::min(list.size(), i + kAround);
      for (std::size_t k = i < kAround ? 0 : i - kAround; k < end; ++k) {
        bounds.push_back(widened(list[k].bound, at - list[k].client));
      }
      const auto agreed = most_agreed(bounds);
      // One side alone bounds nothing that could be used.
      if (agreed && agreed->bound.low > -kFarBound / 2 &&
          agreed->bound.high < kFarBound / 2) {
        knots.push_back({at, *agreed});
      }
    }
    if (knots.empty()) {
      known_[{client, server}].measured.erase(part);
    }
  }
  if (const auto it = known_.find({client, server});
      it != known_.end() && it->second.measured.empty()) {
    known_.erase(it);
  } else if (it != known_.end()) {
    met_[client].insert(server);
    met_[server].insert(client);
  }
}

void Clocks::widen(Ticks least) {
  for (auto& [hosts, pair] : known_) {
    for (auto& [part, knots] : pair.measured) {
      for (Knot& knot : knots) {
        Bound& bound = knot.agreement.bound;
        bound = {std::min(-least, bound.low), std::max(least, bound.high)};
        knot.agreement.agreeing = 1;
      }
    }
  }
}

std::optional<Offset> Clocks::told(HostId from, HostId to) const {
  const auto skew_of = [this](HostId host) {
    const auto found = skew_.find(host);
    return found == skew_.end() ? Ticks{0} : found->second;
  };
  if (skew_.count(from) == 0 && skew_.count(to) == 0) {
    return std::nullopt;
  }
  const Ticks told = skew_of(to) - skew_of(from);
  return Offset{told - kTicksPerSecond, told + kTicksPerSecond, 0, false,
                false};
}

/// Takes an offset from one stretch of a clock to another. `sign`: +1 where a
/// jump of this clock makes the offset greater.
void Clocks::carry(Offset& offset, HostId host, std::size_t from,
                   std::size_t to, Ticks sign) const {
  const auto& cuts = cuts_of(host);
  const Ticks way = from < to ? sign : -sign;
  for (std::size_t i = std::min(from, to); i < std::max(from, to); ++i) {
    const Ticks step = cuts[i].known ? cuts[i].after - cuts[i].before : 0;
    const Ticks slack = cuts[i].known ? kChangeSlack : kHardwareClock;
    offset.low += way * step - slack;
    offset.high += way * step + slack;
  }
}

/// The offset in one stretch of both clocks: measured there, or carried over
/// from the nearest stretch in which it was.
Offset Clocks::in_stretch(const Pair& pair, HostId client, HostId server,
                          StretchPair wanted, Instant when) const {
  const auto nearest = std::min_element(
      pair.measured.begin(), pair.measured.end(),
      [&](const auto& a, const auto& b) {
        return distance(a.first, wanted) < distance(b.first, wanted);
      });
  const Knots& knots = nearest->second;
  auto knot =
      std::lower_bound(knots.begin(), knots.end(), when,
                       [](const Knot& k, Instant time) { return k.at < time; });
  if (knot == knots.end() ||
      (knot != knots.begin() && when - std::prev(knot)->at < knot->at - when)) {
    --knot;
  }
  const Bound bound = widened(knot->agreement.bound, when - knot->at);
  Offset offset{bound.low, bound.high, knot->agreement.agreeing, false, false};
  carry(offset, server, nearest->first.second, wanted.second, +1);
  carry(offset, client, nearest->first.first, wanted.first, -1);
  return offset;
}

Offset Clocks::from_client(const Pair& pair, HostId client, HostId server,
                           Instant when) const {
  const Stretch mine = stretch_of(cuts_of(client), when);
  std::optional<Offset> all;
  std::optional<Offset> nearest;
  for (std::size_t c = mine.first; c <= mine.last; ++c) {
    for (std::size_t s = 0; s <= cuts_of(server).size(); ++s) {
      const Offset offset = in_stretch(pair, client, server, {c, s}, when);
      // Only a stretch counts that the server's clock was in by this offset.
      const Stretch low = stretch_of(cuts_of(server), when + offset.low);
      const Stretch high = stretch_of(cuts_of(server), when + offset.high);
      if (low.first <= s && s <= high.last) {
        unite(all, offset);
      }
      nearest = nearest ? nearest : offset;
    }
  }
  return all ? *all : *nearest;
}

Offset Clocks::from_server(const Pair& pair, HostId client, HostId server,
                           Instant when) const {
  const Stretch mine = stretch_of(cuts_of(server), when);
  std::optional<Offset> all;
  std::optional<Offset> nearest;
  for (std::size_t s = mine.first; s <= mine.last; ++s) {
    for (std::size_t c = 0; c <= cuts_of(client).size(); ++c) {
      const Offset offset = in_stretch(pair, client, server, {c, s}, when);
      const Stretch low = stretch_of(cuts_of(client), when - offset.high);
      const Stretch high = stretch_of(cuts_of(client), when - offset.low);
      if (low.first <= c && c <= high.last) {
        unite(all, offset);
      }
      nearest = nearest ? nearest : offset;
    }
  }
  return reversed(all ? *all : *nearest);
}

std::optional<Offset> Clocks::direct(HostId from, HostId to,
                                     Instant when) const {
  if (const auto it = known_.find({from, to}); it != known_.end()) {
    return from_client(it->second, from, to, when);
  }
  if (const auto it = known_.find({to, from}); it != known_.end()) {
    return from_server(it->second, to, from, when);
  }
  return std::nullopt;
}

Offset Clocks::between(HostId from, HostId to, Instant when) const {
  if (from == to) {
    return {};
  }
  if (const auto offset = told(from, to)) {
    return *offset;
  }
  if (const auto offset = direct(from, to, when)) {
    return *offset;
  }
  std::optional<Offset> best;
  const auto mine = met_.find(from);
  if (mine == met_.end() || met_.count(to) == 0) {
    return without_pairs(from, to, when);
  }
  for (const HostId middle : mine->second) {
    const auto first = direct(from, middle, when);
    const auto second =
        first ? direct(middle, to, when + (first->low + first->high) / 2)
              : std::nullopt;
    if (!second) {
      continue;
    }
    const Offset sum{first->low + second->low, first->high + second->high,
                     std::min(first->pairs, second->pairs), false, false};
    if (!best || sum.high - sum.low < best->high - best->low) {
      best = sum;
    }
  }
  return best ? *best : without_pairs(from, to, when);
}

bool Clocks::is_synced(HostId host, Instant when) const {
  const auto kept = kept_.find(host);
  if (kept == kept_.end()) {
    return false;
  }
  const std::vector<Instant>& moments = kept->second.synced;
  const auto next = std::upper_bound(moments.begin(), moments.end(), when);
  if (next == moments.begin() || when - *std::prev(next) > kSyncedFor) {
    return false;
  }
  // A clock that was touched since is any clock.
  const auto& cuts = cuts_of(host);
  return std::none_of(cuts.begin(), cuts.end(), [&](const ClockCut& cut) {
    return cut.after > *std::prev(next) && cut.after <= when;
  });
}

Offset Clocks::without_pairs(HostId from, HostId to, Instant when) const {
  if (is_synced(from, when) && is_synced(to, when) &&
      kept_.at(from).domain == kept_.at(to).domain) {
    return {-kSyncedOffset, kSyncedOffset, 0, false, true};
  }
  return unknown_offset();
}

void Clocks::miss(HostId client, HostId server, const Offset& offset) {
  // The one that is known worst stands for all.
  const auto [known, is_new] = missed_.try_emplace({client, server}, offset);
  if (!is_new && offset.high > known->second.high) {
    known->second = offset;
  }
}

std::vector<Clocks::Row> Clocks::rows() const {
  std::vector<Row> out;
  for (const auto& [hosts, pair] : known_) {
    if (const auto offset = told(hosts.first, hosts.second)) {
      out.push_back(row_of(hosts, *offset));
      out.back().told = true;
      continue;
    }
    for (const auto& [part, knots] : pair.measured) {
      const Knot& best = *std::max_element(
          knots.begin(), knots.end(), [](const Knot& a, const Knot& b) {
            return a.agreement.agreeing < b.agreement.agreeing;
          });
      const Bound& bound = best.agreement.bound;
      const Offset offset{bound.low, bound.high, best.agreement.agreeing, false,
                          false};
      Row row = row_of(hosts, offset);
      for (const auto& [host, stretch] :
           {std::pair(hosts.first, part.first),
            std::pair(hosts.second, part.second)}) {
        const auto& cuts = cuts_of(host);
        if (stretch < cuts.size() && cuts[stretch].known) {
          row.until = cuts[stretch];
          row.changed = host;
        }
      }
      if (part != pair.measured.begin()->first) {
        row.since = knots.front().at;
      }
      out.push_back(row);
    }
  }
  for (const auto& [hosts, missed] : missed_) {
    const auto offset = told(hosts.first, hosts.second);
    if (known_.count(hosts) == 0) {
      out.push_back(row_of(hosts, offset.value_or(missed)));
      out.back().told = offset.has_value();
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Row& a, const Row& b) {
    return std::pair(a.host, a.relative_to) < std::pair(b.host, b.relative_to);
  });
  return out;
}

}  // namespace deskfall
