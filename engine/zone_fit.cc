#include "engine/zone_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "engine/piles.h"
#include "engine/server_groups.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr Ticks kStep = 15 * kTicksPerMinute;
/// Zones reach from UTC-12 to UTC+14.
constexpr Ticks kFarthest = 14 * kTicksPerHour + kStep;
/// What is left after rounding is the distance of two clocks; more than this
/// and the step itself is in doubt.
constexpr Ticks kMostRest = 5 * kTicksPerMinute;

Ticks rounded(Ticks span) {
  const Ticks half = span >= 0 ? kStep / 2 : -(kStep / 2);
  return (span + half) / kStep * kStep;
}

/// One row that matched a dated record.
struct Pair {
  Instant wall;
  Ticks offset = 0;
};

using Peer = std::pair<std::string, std::uint16_t>;

std::uint16_t port_of(std::string_view text) {
  return static_cast<std::uint16_t>(parse_number(text).value_or(0));
}

/// When a TCP connection from this address and port was seen, in UTC.
std::map<Peer, std::vector<Instant>> dated_peers(const CaseData& data,
                                                 const Piles& piles) {
  std::map<Peer, std::vector<Instant>> out;
  for (const EventIndex index : piles.server) {
    const CaseEvent& event = data.events[index];
    if (is_accept(event, "TCP")) {
      const Endpoint peer = parse_endpoint(event.fields.text("ClientIP"));
      out[{peer.address, peer.port}].push_back(event.time);
    }
  }
  for (const EventIndex index : piles.filter) {
    const CaseEvent& event = data.events[index];
    if (event.event_id == 5156 && event.clock == ClockNote::kExact) {
      out[{std::string(event.fields.text("SourceAddress")),
           port_of(event.fields.text("SourcePort"))}]
          .push_back(event.time);
    }
  }
  return out;
}

/// Every offset that the row's address and port allows, if it is only one.
std::optional<Pair> match(const CaseEvent& row,
                          const std::map<Peer, std::vector<Instant>>& peers) {
  const auto seen = peers.find({std::string(row.fields.text("src-ip")),
                                port_of(row.fields.text("src-port"))});
  if (seen == peers.end()) {
    return std::nullopt;
  }
  std::optional<Pair> found;
  for (const Instant utc : seen->second) {
    const Ticks apart = row.time - utc;
    if (std::abs(apart) > kFarthest ||
        std::abs(apart - rounded(apart)) > kMostRest) {
      continue;
    }
    const Pair pair{row.time, rounded(apart)};
    if (found && found->offset != pair.offset) {
      return std::nullopt;  // the port was used again
    }
    found = pair;
  }
  return found;
}

/// The offset at a wall time: of the pairs before and behind it, if they agree.
std::optional<Ticks> offset_at(const std::vector<Pair>& pairs, Instant wall) {
  const auto next = std::lower_bound(
      pairs.begin(), pairs.end(), wall,
      [](const Pair& pair, Instant time) { return pair.wall < time; });
  if (next == pairs.end()) {
    return pairs.back().offset;
  }
  if (next == pairs.begin() || next->wall == wall ||
      std::prev(next)->offset == next->offset) {
    return next->offset;
  }
  return std::nullopt;
}

/// A single pair that stands against its neighbours is a chance match.
void drop_strays(std::vector<Pair>& pairs) {
  std::vector<Pair> kept;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const bool before = i > 0 && pairs[i - 1].offset == pairs[i].offset;
    const bool behind =
        i + 1 < pairs.size() && pairs[i + 1].offset == pairs[i].offset;
    if (before || behind || pairs.size() == 1) {
      kept.push_back(pairs[i]);
    }
  }
  pairs = std::move(kept);
}

std::string zone_text(Ticks offset) {
  const Ticks minutes = std::abs(offset) / kTicksPerMinute;
  return fmt::format("UTC{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
}

ZoneFit most_common(std::int64_t source, const std::vector<Pair>& pairs) {
  std::map<Ticks, std::int64_t> counts;
  for (const Pair& pair : pairs) {
    ++counts[pair.offset];
  }
  const auto best = std::max_element(
      counts.begin(), counts.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  return {source, best->first, static_cast<std::int64_t>(pairs.size())};
}

}  // namespace

std::vector<ZoneFit> fit_zones(CaseData& data) {
  const Piles piles = sort_out(data);
  std::map<std::int64_t, std::vector<EventIndex>> undated;
  for (const EventIndex index : piles.filter) {
    if (data.events[index].clock == ClockNote::kZoneUnknown) {
      undated[data.events[index].source].push_back(index);
    }
  }
  std::vector<ZoneFit> fits;
  if (undated.empty()) {
    return fits;
  }
  const auto peers = dated_peers(data, piles);
  for (const auto& [source, rows] : undated) {
    std::vector<Pair> pairs;
    for (const EventIndex index : rows) {
      if (const auto pair = match(data.events[index], peers)) {
        pairs.push_back(*pair);
      }
    }
    drop_strays(pairs);
    if (pairs.empty()) {
      continue;
    }
    fits.push_back(most_common(source, pairs));
    for (const EventIndex index : rows) {
      CaseEvent& event = data.events[index];
      if (const auto offset = offset_at(pairs, event.time)) {
        event.time = event.time - *offset;
        event.clock = ClockNote::kZoneAssumed;
      }
    }
    for (RecordRun& run : data.runs) {
      if (run.source == source) {
        run.first_time =
            run.first_time - offset_at(pairs, run.first_time).value_or(0);
        run.last_time =
            run.last_time - offset_at(pairs, run.last_time).value_or(0);
      }
    }
  }
  for (const ZoneFit& fit : fits) {
    for (Store::SourceRow& row : data.sources) {
      if (row.file.id == fit.source) {
        row.notes.push_back(fmt::format(
            "local times were read as {}, which fits {} of its connections",
            zone_text(fit.offset), fit.pairs));
      }
    }
  }
  if (!fits.empty()) {
    sort_events(data);
  }
  return fits;
}

}  // namespace deskfall
