#include "engine/time_join.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "engine/clock_pairs.h"
#include "engine/join.h"

namespace deskfall {

namespace {

/// One try alone fixes an offset only when it is this small; several that
/// agree may be further apart.
constexpr Ticks kAloneWithin = 10 * kTicksPerSecond;
constexpr Ticks kTogetherWithin = 10 * kTicksPerMinute;
/// So many tries of one pair of hosts are enough to find their offset.
constexpr std::size_t kMostTries = 256;
/// A client tells its end this soon after the server's, or earlier.
constexpr Ticks kEndSlack = 3 * kTicksPerSecond;
/// Costs this near to each other do not part two candidates.
constexpr Ticks kTooClose = kTicksPerSecond / 20;

using ServersByHost = std::map<HostId, std::vector<std::size_t>>;

/// Servers come by begin, so each list does.
ServersByHost by_host(const std::vector<Attempt>& servers) {
  ServersByHost out;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (servers[i].server.exists()) {
      out[servers[i].server.host].push_back(i);
    }
  }
  return out;
}

/// The server that a client's try was for: by name, else the only host that
/// has server records.
HostId likely_server(const CaseData& data, const Attempt& client,
                     const ServersByHost& servers) {
  const HostId named = find_target(data, client.target);
  if (named != kNoHost) {
    return named;
  }
  const bool numeric =
      client.target.find_first_not_of("0123456789.:") == std::string::npos;
  return numeric && servers.size() == 1 ? servers.begin()->first : kNoHost;
}

/// Numbers of servers whose begin lies in [from, to].
std::pair<std::vector<std::size_t>::const_iterator,
          std::vector<std::size_t>::const_iterator>
within(const std::vector<Attempt>& servers,
       const std::vector<std::size_t>& list, Instant from, Instant to) {
  const auto first = std::lower_bound(list.begin(), list.end(), from,
                                      [&](std::size_t i, Instant time) {
                                        return servers[i].server.began < time;
                                      });
  const auto last =
      std::upper_bound(first, list.end(), to, [&](Instant time, std::size_t i) {
        return time < servers[i].server.began;
      });
  return {first, last};
}

/// Evenly spread members of a list that is longer than needed.
std::vector<std::size_t> sample(const std::vector<std::size_t>& all) {
  if (all.size() <= kMostTries) {
    return all;
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < kMostTries; ++i) {
    out.push_back(all[i * all.size() / kMostTries]);
  }
  return out;
}

void measure_named(const std::vector<Attempt>& clients,
                   const std::vector<std::size_t>& tries,
                   const std::vector<Attempt>& servers,
                   const std::vector<std::size_t>& list, HostId client_host,
                   HostId server_host, Clocks& clocks) {
  std::vector<Sighting> sightings;
  std::vector<Bound> bounds;
  for (const std::size_t number : sample(tries)) {
    const Attempt& client = clients[number];
    const auto [first, last] =
        within(servers, list, client.client.began - kTogetherWithin,
               client.client.ended + kTogetherWithin);
    for (auto it = first; it != last; ++it) {
      const Attempt& server = servers[*it];
      if (server.server.exists() && compatible(client, server)) {
        bounds.push_back(bound_of(client, server));
        sightings.push_back(
            {client.client.began, server.server.began, bounds.back()});
      }
    }
  }
  const auto agreed = most_agreed(bounds);
  if (!agreed) {
    return;
  }
  const bool near =
      agreed->bound.low <= kAloneWithin && agreed->bound.high >= -kAloneWithin;
  if (agreed->agreeing < 3 && !near) {
    return;
  }
  // What most tries contradict is not the connection of its try.
  sightings.erase(
      std::remove_if(sightings.begin(), sightings.end(),
                     [&](const Sighting& s) {
                       return s.bound.low > agreed->bound.high + kAloneWithin ||
                              s.bound.high < agreed->bound.low - kAloneWithin;
                     }),
      sightings.end());
  clocks.measure(client_host, server_host, std::move(sightings));
}

/// Candidates of one try, by begin.
struct Contest {
  std::size_t client = 0;
  std::vector<std::size_t> servers;
  Offset offset;
  Join strength = Join::kTime;
};

/// Keeps those for which `fits` holds, if there are any.
template <typename Fits>
bool prefer(std::vector<std::size_t>& list, Fits fits) {
  std::vector<std::size_t> kept;
  std::copy_if(list.begin(), list.end(), std::back_inserter(kept), fits);
  if (kept.empty()) {
    return false;
  }
  list = std::move(kept);
  return true;
}

/// How badly two ends fit, or two begins where an end is missing.
Ticks misfit(const Attempt& client, const Attempt& server,
             const Offset& offset) {
  const Ticks middle = (offset.low + offset.high) / 2;
  const bool ends = client.client.closed && server.server.closed &&
                    server.close != Close::kSilence &&
                    server.close != Close::kCrash;
  return std::abs((ends ? server.server.ended - client.client.ended
                        : server.server.began - client.client.began) -
                  middle);
}

class TimeJoiner {
 public:
  TimeJoiner(const CaseData& data, std::vector<Attempt>& clients,
             std::vector<Attempt>& servers, Clocks& clocks)
      : data_(data),
        clients_(clients),
        servers_(servers),
        clocks_(clocks),
        hosts_(by_host(servers)) {}

  void join() {
    learn_addresses();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      enter(i);
    }
    std::vector<Contest> open;
    for (Contest& contest : contests_) {
      const bool alone =
          std::all_of(contest.servers.begin(), contest.servers.end(),
                      [this](std::size_t s) { return wanted_[s] == 1; });
      if (alone) {
        merge(clients_[contest.client], servers_[contest.servers.back()],
              contest.strength);
      } else {
        open.push_back(std::move(contest));
      }
    }
    settle(open);
  }

 private:
  void learn_addresses();
  void enter(std::size_t number);
  void settle(std::vector<Contest>& open);
  void pair_in_order(std::vector<Contest>& open);

  const CaseData& data_;
  std::vector<Attempt>& clients_;
  std::vector<Attempt>& servers_;
  Clocks& clocks_;
  ServersByHost hosts_;
  std::map<HostId, std::set<std::string>> addresses_;  ///< of clients
  std::vector<Contest> contests_;
  std::map<std::size_t, int> wanted_;  ///< by how many tries, per server
};

void TimeJoiner::learn_addresses() {
  for (const Attempt& client : clients_) {
    if (client.client.exists() && client.server.exists()) {
      addresses_[client.client.host].insert(client.client_address);
    }
    if (!client.own_address.empty()) {
      addresses_[client.client.host].insert(client.own_address);
    }
  }
}

void TimeJoiner::enter(std::size_t number) {
  const Attempt& client = clients_[number];
  if (!client.client.exists() || client.server.exists()) {
    return;
  }
  const HostId host = likely_server(data_, client, hosts_);
  const auto list = hosts_.find(host);
  if (host == kNoHost || list == hosts_.end()) {
    return;
  }
  Contest contest;
  contest.client = number;
  contest.offset =
      clocks_.between(client.client.host, host, client.client.began);
  if (contest.offset.assumed || contest.offset.synced) {
    clocks_.miss(client.client.host, host, contest.offset);
  }
  if (contest.offset.assumed) {
    return;
  }
  const Offset at_end =
      clocks_.between(client.client.host, host, client.client.ended);
  const auto [first, last] =
      within(servers_, list->second,
             client.client.began + contest.offset.low - kRecordSlack,
             client.client.ended + std::max(contest.offset.high, at_end.high) +
                 kRecordSlack);
  for (auto it = first; it != last; ++it) {
    const Attempt& server = servers_[*it];
    const bool other_session =
        client.session && server.session && *client.session != *server.session;
    // What goes on after the client's own end is another connection; packets
    // that vanish end later on the server.
    const bool outlives =
        client.client.closed && server.server.closed &&
        server.close != Close::kSilence && server.close != Close::kCrash &&
        server.server.ended - client.client.ended > at_end.high + kEndSlack;
    if (server.server.exists() && compatible(client, server) &&
        !other_session && !outlives) {
      contest.servers.push_back(*it);
    }
  }
  if (contest.servers.empty()) {
    return;
  }
  prefer(contest.servers, [&](std::size_t s) {
    return is_hash_of(client.user_hash, servers_[s].user);
  });
  const auto known = addresses_.find(client.client.host);
  if (known != addresses_.end() && prefer(contest.servers, [&](std::size_t s) {
        return known->second.count(servers_[s].client_address) != 0;
      })) {
    contest.strength = Join::kAddress;
  }
  for (const std::size_t s : contest.servers) {
    ++wanted_[s];
  }
  contests_.push_back(std::move(contest));
}

/// Gives connections to the tries whose ends they fit best, as long as the
/// next best is clearly worse.
void TimeJoiner::settle(std::vector<Contest>& open) {
  struct Bid {
    Ticks cost = 0;
    std::size_t contest = 0;
    std::size_t server = 0;
  };
  std::vector<Bid> bids;
  for (std::size_t i = 0; i < open.size(); ++i) {
    for (const std::size_t s : open[i].servers) {
      bids.push_back(
          {misfit(clients_[open[i].client], servers_[s], open[i].offset), i,
           s});
    }
  }
  std::sort(bids.begin(), bids.end(), [](const Bid& a, const Bid& b) {
    return std::tie(a.cost, a.contest, a.server) <
           std::tie(b.cost, b.contest, b.server);
  });
  // The two cheapest bids of each try and of each connection.
  std::map<std::size_t, std::vector<Ticks>> by_contest;
  std::map<std::size_t, std::vector<Ticks>> by_server;
  for (const Bid& bid : bids) {
    by_contest[bid.contest].push_back(bid.cost);
    by_server[bid.server].push_back(bid.cost);
  }
  const auto clear = [](const std::vector<Ticks>& costs, Ticks margin) {
    return costs.size() < 2 || costs[1] - costs[0] > margin;
  };
  std::vector<bool> done(open.size(), false);
  for (const Bid& bid : bids) {
    const Contest& contest = open[bid.contest];
    const Ticks margin =
        std::max(kTooClose, contest.offset.high - contest.offset.low);
    const bool best = by_contest[bid.contest].front() == bid.cost &&
                      by_server[bid.server].front() == bid.cost;
    if (!done[bid.contest] && best && servers_[bid.server].server.exists() &&
        clear(by_contest[bid.contest], margin) &&
        clear(by_server[bid.server], margin)) {
      merge(clients_[contest.client], servers_[bid.server], contest.strength);
      done[bid.contest] = true;
    }
  }
  std::vector<Contest> left;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!done[i]) {
      left.push_back(std::move(open[i]));
    }
  }
  pair_in_order(left);
}

/// Retries of one client and connections of its address follow each other on
/// both sides. Tries of different clients do not tell.
void TimeJoiner::pair_in_order(std::vector<Contest>& open) {
  std::map<std::size_t, std::set<HostId>> bidders;
  for (const Contest& contest : open) {
    for (const std::size_t s : contest.servers) {
      bidders[s].insert(clients_[contest.client].client.host);
    }
  }
  for (auto contest = open.rbegin(); contest != open.rend(); ++contest) {
    // Later tries first: each takes the last connection that is left.
    for (auto s = contest->servers.rbegin(); s != contest->servers.rend();
         ++s) {
      if (servers_[*s].server.exists() && bidders[*s].size() == 1) {
        merge(clients_[contest->client], servers_[*s], contest->strength);
        break;
      }
    }
  }
}

}  // namespace

void measure_offsets(const CaseData& data, const FlowsBySource& flows,
                     const std::vector<Attempt>& clients,
                     const std::vector<Attempt>& servers, Clocks& clocks) {
  using Hosts = std::pair<HostId, HostId>;
  const ServersByHost hosts = by_host(servers);
  std::map<Hosts, std::vector<Sighting>> exact;
  std::map<Hosts, std::vector<std::size_t>> named;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const Attempt& client = clients[i];
    if (client.server.exists()) {
      if (const auto sighting = sighting_of(data, clocks, flows, client)) {
        exact[{client.client.host, client.server.host}].push_back(*sighting);
      }
      continue;
    }
    const HostId server = likely_server(data, client, hosts);
    if (client.client.exists() && hosts.count(server) != 0) {
      named[{client.client.host, server}].push_back(i);
    }
  }
  for (auto& [pair, sightings] : exact) {
    clocks.measure(pair.first, pair.second, std::move(sightings));
  }
  for (const auto& [pair, tries] : named) {
    if (exact.count(pair) == 0) {
      measure_named(clients, tries, servers, hosts.at(pair.second), pair.first,
                    pair.second, clocks);
    }
  }
}

void join_by_time(const CaseData& data, std::vector<Attempt>& clients,
                  std::vector<Attempt>& servers, Clocks& clocks) {
  TimeJoiner(data, clients, servers, clocks).join();
}

}  // namespace deskfall
