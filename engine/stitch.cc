#include "engine/stitch.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/client_view.h"
#include "engine/codes.h"
#include "engine/dialog_join.h"
#include "engine/flow_view.h"
#include "engine/gateway_view.h"
#include "engine/join.h"
#include "engine/piles.h"
#include "engine/server_view.h"
#include "engine/ticket_pairs.h"
#include "engine/time_join.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// The real connection follows mstsc's throw-away one this soon, even when the
/// user types in between (measured: 2.3 s to about 90 s).
constexpr Ticks kProbeWithin = 120 * kTicksPerSecond;
/// A probe is let go before the real connection opens; its end may be written
/// a moment later. What hangs on longer is another client behind one address.
constexpr Ticks kProbeOverlap = 2 * kTicksPerSecond;
/// mstsc opens one connection to learn the certificate, and another one when a
/// prompt intervenes; more than that is somebody guessing.
constexpr int kProbesEach = 2;
/// So many refused connections of one flood, this near to each other.
constexpr std::size_t kFloodSize = 10;
constexpr Ticks kFloodGap = 48 * kTicksPerHour;

/// Ended on the server before security was finished, unseen by any client.
bool is_early_end(const Attempt& attempt) {
  return attempt.server.exists() && !attempt.client.exists() &&
         !attempt.dialog && attempt.server.closed &&
         attempt.passed >= Stage::kTcp && attempt.passed < Stage::kCredssp;
}

/// A connection that ended early is a probe when the next one from the same
/// address went on to licensing, or belongs to one try of a client that had
/// begun before both.
void fold_probes(std::vector<Attempt>& attempts) {
  struct Next {
    Instant began;    ///< of the connection that did the work
    Ticks reach = 0;  ///< how long before it a probe may have ended
    int most = 0;     ///< probes that it may still have
  };
  // In the order of the server's own clock, last first.
  std::vector<Attempt*> connections;
  for (Attempt& attempt : attempts) {
    if (attempt.server.exists()) {
      connections.push_back(&attempt);
    }
  }
  std::stable_sort(connections.begin(), connections.end(),
                   [](const Attempt* a, const Attempt* b) {
                     return a->server.began > b->server.began;
                   });
  std::map<std::pair<HostId, std::string>, Next> later;
  for (Attempt* attempt : connections) {
    const View& view = attempt->server;
    const auto key = std::pair(view.host, attempt->client_address);
    if (view.passed >= Stage::kCredssp) {
      later[key] = {view.began, kProbeWithin, kProbesEach};
    } else if (attempt->client.exists()) {
      const View& client = attempt->client;
      later[key] = {view.began, client.ended - client.began, kProbesEach};
    } else if (const auto next = later.find(key);
               is_early_end(*attempt) && next != later.end() &&
               next->second.began - view.ended <= next->second.reach &&
               view.ended - next->second.began <= kProbeOverlap &&
               next->second.most-- > 0) {
      attempt->outcome = AttemptOutcome::kProbe;
    }
  }
}

/// Many early ends on one server without any client's own record are scanning
/// or guessing, one incident and not one failure each.
void fold_floods(std::vector<Attempt>& attempts) {
  std::map<HostId, std::vector<Attempt*>> early;
  for (Attempt& attempt : attempts) {
    if (is_early_end(attempt) && attempt.outcome != AttemptOutcome::kProbe) {
      early[attempt.server.host].push_back(&attempt);
    }
  }
  int number = 0;
  for (auto& [host, list] : early) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const bool last =
          i + 1 == list.size() ||
          list[i + 1]->server.began - list[i]->server.began > kFloodGap;
      if (!last) {
        continue;
      }
      if (i + 1 - begin >= kFloodSize) {
        for (std::size_t k = begin; k <= i; ++k) {
          list[k]->outcome = AttemptOutcome::kScan;
          list[k]->flood = number;
        }
        ++number;
      }
      begin = i + 1;
    }
  }
}

AttemptOutcome judge_with_code(const Attempt& attempt, const RuleSet& rules) {
  const CodeEntry* entry = rules.code("disconnect", *attempt.error);
  const bool up = attempt.passed >= Stage::kLicensing;
  if (entry != nullptr && entry->benign) {
    return up ? AttemptOutcome::kSuccess : AttemptOutcome::kEnded;
  }
  // 3 is the server's orderly end: in a session that is an end like others,
  // unless a dialog was shown whose extended code is no user's or policy's
  // wish.
  constexpr std::uint32_t kByServer = 3;
  const bool wished = !attempt.extended || *attempt.extended <= 4 ||
                      *attempt.extended == 11 || *attempt.extended == 12;
  if (*attempt.error == kByServer && attempt.passed >= Stage::kLogon &&
      wished) {
    return AttemptOutcome::kSuccess;
  }
  return AttemptOutcome::kFailed;
}

AttemptOutcome judge_server_only(const Attempt& attempt) {
  if (attempt.server.closed && attempt.passed == Stage::kNone) {
    // The log begins in the middle of this connection: only its end is there.
    return AttemptOutcome::kUnknown;
  }
  const bool up = attempt.passed >= Stage::kLicensing;
  switch (attempt.close) {
    case Close::kClientLeft:
    case Close::kLoggedOff:
      return up ? AttemptOutcome::kSuccess : AttemptOutcome::kEnded;
    case Close::kCrash:
      return AttemptOutcome::kFailed;
    default:
      break;
  }
  if (!attempt.server.closed) {
    return up ? AttemptOutcome::kSuccess : AttemptOutcome::kUnknown;
  }
  // Limits, administrators and other connections end sessions in order.
  if (up && attempt.close == Close::kServerClosed &&
      !end_reason(attempt).empty()) {
    return AttemptOutcome::kSuccess;
  }
  // FIN in a session is the client's ordered end without a word.
  if (up && attempt.close == Close::kFin) {
    return AttemptOutcome::kSuccess;
  }
  return AttemptOutcome::kFailed;
}

void judge(Attempt& attempt, const RuleSet& rules) {
  if (attempt.outcome != AttemptOutcome::kUnknown) {
    return;
  }
  if (attempt.error) {
    attempt.outcome = judge_with_code(attempt, rules);
  } else if (attempt.server.exists()) {
    attempt.outcome = judge_server_only(attempt);
  } else {
    attempt.outcome = attempt.passed >= Stage::kLicensing
                          ? AttemptOutcome::kSuccess
                          : AttemptOutcome::kUnknown;
  }
}

/// A connection without any recorded end, beside a restart of the service or
/// of the host, was cut by it.
void find_crashes(const CaseData& data, const Piles& piles,
                  std::vector<Attempt>& attempts) {
  std::map<HostId, std::vector<EventIndex>> breaks;
  for (const EventIndex index : piles.breaks) {
    breaks[data.events[index].host_id].push_back(index);
  }
  for (Attempt& attempt : attempts) {
    if (!attempt.server.exists() || attempt.server.closed) {
      continue;
    }
    const auto& list = breaks[attempt.server.host];
    const Instant last = data.events[attempt.server.events.back()].time;
    const auto next = std::lower_bound(list.begin(), list.end(), last,
                                       [&](EventIndex index, Instant time) {
                                         return data.events[index].time < time;
                                       });
    if (next != list.end()) {
      attempt.close = Close::kCrash;
      attempt.close_event = *next;
      attempt.server.closed = true;
      attempt.server.ended = data.events[*next].time;
    }
  }
}

/// Several clients behind one address, or a client whose own filter saw it
/// leave under another one: an address translator stands between.
void find_nat(std::vector<Attempt>& attempts) {
  std::map<std::string, std::set<HostId>> users;
  const auto is_direct = [](const Attempt& attempt) {
    return attempt.client.exists() && attempt.server.exists() &&
           !attempt.gateway.exists() && !attempt.client_address.empty();
  };
  for (const Attempt& attempt : attempts) {
    if (is_direct(attempt)) {
      users[attempt.client_address].insert(attempt.client.host);
    }
  }
  for (Attempt& attempt : attempts) {
    const bool other = !attempt.own_address.empty() &&
                       attempt.own_address != attempt.client_address;
    attempt.through_nat = is_direct(attempt) &&
                          (other || users[attempt.client_address].size() > 1);
  }
}

void narrow(Attempt& attempt, const RuleSet& rules) {
  if (attempt.close == Close::kUnknown && attempt.error &&
      attempt.fell.last <= Stage::kTcp) {
    attempt.close = Close::kRefused;
  }
  if (attempt.reached_session()) {
    attempt.fell = {Stage::kSession, Stage::kSession};
  }
  apply_code(attempt, rules);
}

}  // namespace

std::vector<Attempt> stitch(const CaseData& data, const RuleSet& rules,
                            Clocks& clocks) {
  const Piles piles = sort_out(data);
  std::vector<Attempt> servers = build_server_views(data, piles);
  std::vector<Attempt> clients = build_client_views(data, rules, piles);
  const std::vector<FlowRow> flows = read_flows(data, piles, clients);
  find_crashes(data, piles, servers);

  // A server connection is taken once; what is left stands alone. What needs
  // no clock comes first and bounds the clocks for the rest.
  join_by_activity(clients, servers);
  join_by_port(own_flows(flows, clients), clients, servers);
  join_by_session(data, clients, servers);
  clocks.cut(find_clock_cuts(data));
  clocks.keep_in_time(find_time_services(data, piles));
  measure_offsets(data, by_source(flows), clients, servers, clocks);
  measure_tickets(data, piles, servers, clocks);
  join_by_time(data, clients, servers, clocks);
  attach_dialogs(data, rules, piles.dialogs, clients, servers);

  std::vector<Attempt> attempts = std::move(clients);
  for (Attempt& server : servers) {
    if (server.server.exists()) {
      attempts.push_back(std::move(server));
    }
  }
  attach_gateways(data, build_gateway_views(data, piles), clocks, attempts);
  attach_flows(flows, attempts);
  const auto began = [&data](const Attempt& attempt) {
    return attempt.began(data).value_or(Instant{INT64_MAX});
  };
  std::stable_sort(
      attempts.begin(), attempts.end(),
      [&](const Attempt& a, const Attempt& b) { return began(a) < began(b); });
  for (Attempt& attempt : attempts) {
    narrow(attempt, rules);
  }
  find_nat(attempts);
  fold_probes(attempts);
  fold_floods(attempts);
  add_alerts(data, piles, attempts);
  for (Attempt& attempt : attempts) {
    collect_codes(data, attempt);
    judge(attempt, rules);
    decide_closer(attempt);
  }
  return attempts;
}

}  // namespace deskfall
