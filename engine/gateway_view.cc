#include "engine/gateway_view.h"

#include <algorithm>
#include <map>

#include "engine/join.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// The server's accept is written before the gateway's 302, this close.
constexpr Ticks kSameMoment = kTicksPerSecond / 2;
/// Clocks of a gateway and its servers are sought within this.
constexpr Ticks kFarthest = 10 * kTicksPerMinute;
/// A single pair fixes them only when they stand this close.
constexpr Ticks kAlone = 10 * kTicksPerSecond;

bool is_end(const CaseEvent& event) {
  return event.event_id == 303 || event.event_id == 304 ||
         event.event_id == 201 || event.event_id == 301;
}

void take(GatewayConnection& c, const CaseEvent& event, EventIndex index) {
  View& view = c.view;
  if (!view.exists()) {
    view.host = event.host_id;
    view.began = event.time;
  }
  view.events.push_back(index);
  view.ended = event.time;
  const auto keep = [](std::string& slot, std::string_view value) {
    if (slot.empty() && value != "-") {
      slot = value;
    }
  };
  keep(c.user, event.fields.text("Username"));
  keep(c.address, parse_endpoint(event.fields.text("IpAddress")).address);
  keep(c.resource, event.fields.text("Resource"));
  if (event.event_id == 302 && !c.reached) {
    c.reached = event.time;
    view.passed = Stage::kTcp;
    view.steps.push_back({Stage::kTcp, index});
  }
  view.closed = view.closed || is_end(event);
}

/// The accept of an attempt's server, and this connection's 302: the same
/// moment on two clocks, when they are one path.
bool same_path(const CaseData& data, const GatewayConnection& c,
               const Attempt& attempt) {
  return attempt.server.exists() && !attempt.gateway.exists() &&
         find_target(data, c.resource) == attempt.server.host &&
         // Seen by the server under its own address, it came directly.
         attempt.client_address != c.address && is_account(attempt, c.user) &&
         (attempt.client.exists()
              ? find_target(data, attempt.target) == attempt.server.host
              : true);
}

/// Attempts with a server view, by their server's host and its own clock.
using ByServer = std::map<HostId, std::vector<Attempt*>>;

ByServer index_servers(std::vector<Attempt>& attempts) {
  ByServer out;
  for (Attempt& attempt : attempts) {
    if (attempt.server.exists()) {
      out[attempt.server.host].push_back(&attempt);
    }
  }
  for (auto& [host, list] : out) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Attempt* a, const Attempt* b) {
                       return a->server.began < b->server.began;
                     });
  }
  return out;
}

/// Calls `use` for every attempt whose accept lies in the span and fits.
template <typename Use>
void each_candidate(const CaseData& data, const ByServer& servers,
                    const GatewayConnection& c, Instant from, Instant to,
                    Use use) {
  const auto list = servers.find(find_target(data, c.resource));
  if (list == servers.end()) {
    return;
  }
  auto it = std::lower_bound(
      list->second.begin(), list->second.end(), from,
      [](const Attempt* a, Instant time) { return a->server.began < time; });
  for (; it != list->second.end() && (*it)->server.began <= to; ++it) {
    if (same_path(data, c, **it)) {
      use(**it);
    }
  }
}

void measure(const CaseData& data, const ByServer& servers,
             const std::vector<GatewayConnection>& connections,
             Clocks& clocks) {
  std::map<std::pair<HostId, HostId>, std::vector<Sighting>> pairs;
  for (const GatewayConnection& c : connections) {
    if (!c.reached) {
      continue;
    }
    each_candidate(data, servers, c, *c.reached - kFarthest,
                   *c.reached + kFarthest, [&](const Attempt& attempt) {
                     const Ticks apart = attempt.server.began - *c.reached;
                     pairs[{c.view.host, attempt.server.host}].push_back(
                         {*c.reached,
                          attempt.server.began,
                          {apart - kSameMoment, apart + kSameMoment}});
                   });
  }
  for (auto& [hosts, sightings] : pairs) {
    std::vector<Bound> bounds;
    for (const Sighting& sighting : sightings) {
      bounds.push_back(sighting.bound);
    }
    const auto agreed = most_agreed(bounds);
    const bool near =
        agreed->bound.low <= kAlone && agreed->bound.high >= -kAlone;
    if (agreed->agreeing >= 2 || near) {
      clocks.measure(hosts.first, hosts.second, std::move(sightings));
    }
  }
}

void give(GatewayConnection& c, Attempt& attempt) {
  attempt.gateway = std::move(c.view);
  attempt.own_address = c.address;
  if (attempt.user.empty()) {
    attempt.user = c.user;
  }
  if (attempt.gateway.passed > attempt.passed) {
    attempt.passed = attempt.gateway.passed;
    attempt.fell.first =
        std::max(attempt.fell.first, next_stage(attempt.passed));
    attempt.fell.last = std::max(attempt.fell.first, attempt.fell.last);
  }
}

/// Where the server left no record: the only try of a client for this name and
/// account that was under way.
Attempt* only_client(const GatewayConnection& c, const Clocks& clocks,
                     std::vector<Attempt>& attempts) {
  Attempt* found = nullptr;
  for (Attempt& attempt : attempts) {
    if (!attempt.client.exists() || attempt.server.exists() ||
        attempt.gateway.exists() || !is_account(attempt, c.user) ||
        !same_name(attempt.target, c.resource)) {
      continue;
    }
    const Offset offset =
        clocks.between(attempt.client.host, c.view.host, attempt.client.began);
    if (c.view.began >= attempt.client.began + offset.low - kSameMoment &&
        c.view.began <= attempt.client.ended + offset.high + kSameMoment) {
      if (found != nullptr) {
        return nullptr;
      }
      found = &attempt;
    }
  }
  return found;
}

}  // namespace

std::vector<GatewayConnection> build_gateway_views(const CaseData& data,
                                                   const Piles& piles) {
  std::vector<GatewayConnection> out;
  std::map<std::pair<HostId, std::string>, std::size_t> open;
  for (const EventIndex index : piles.gateway) {
    const CaseEvent& event = data.events[index];
    const bool ours = event.event_id == 312 || event.event_id == 313 ||
                      (event.event_id >= 200 && event.event_id <= 210) ||
                      (event.event_id >= 300 && event.event_id <= 309);
    if (!ours) {
      continue;
    }
    const std::string key =
        !event.activity_id.empty()
            ? event.activity_id
            : to_lower_ascii(event.fields.text("Username")) + " " +
                  parse_endpoint(event.fields.text("IpAddress")).address;
    const auto found = open.find({event.host_id, key});
    std::size_t at = out.size();
    if (found == open.end()) {
      out.emplace_back();
      open[{event.host_id, key}] = at;
    } else {
      at = found->second;
    }
    take(out[at], event, index);
    if (is_end(event) && event.activity_id.empty()) {
      open.erase({event.host_id, key});
    }
  }
  return out;
}

void attach_gateways(const CaseData& data,
                     std::vector<GatewayConnection> connections, Clocks& clocks,
                     std::vector<Attempt>& attempts) {
  if (connections.empty()) {
    return;
  }
  const ByServer servers = index_servers(attempts);
  measure(data, servers, connections, clocks);
  for (GatewayConnection& c : connections) {
    Attempt* found = nullptr;
    int count = 0;
    if (c.reached) {
      const HostId host = find_target(data, c.resource);
      const Offset offset = clocks.between(c.view.host, host, *c.reached);
      if ((offset.assumed || offset.synced) && servers.count(host) != 0) {
        clocks.miss(c.view.host, host, offset);
      }
      each_candidate(data, servers, c, *c.reached + offset.low - kSameMoment,
                     *c.reached + offset.high + kSameMoment,
                     [&](Attempt& attempt) {
                       found = &attempt;
                       ++count;
                     });
    }
    if (count == 0) {
      found = only_client(c, clocks, attempts);
      count = found != nullptr ? 1 : 0;
    }
    if (count == 1) {
      give(c, *found);
    }
  }
}

}  // namespace deskfall
