#include "engine/join.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "engine/client_view.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// One try alone fixes an offset only when it is this small; several that
/// agree may be further apart.
constexpr Ticks kAloneWithin = 10 * kTicksPerSecond;
constexpr Ticks kTogetherWithin = 10 * kTicksPerMinute;
/// Records of one instant may be written this much later.
constexpr Ticks kSlack = kTicksPerSecond / 2;
/// A dialog shows whole seconds, and shortly after the end.
constexpr Ticks kDialogWithin = 3 * kTicksPerSecond;

/// "srv01.contoso.local:3390" names host SRV01.
HostId target_host(const CaseData& data, const std::string& target) {
  std::string_view name = target;
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && name.find(':') == colon) {
    name = name.substr(0, colon);
  }
  return data.find_host(name);
}

/// The server that a client's try was for: by name, else the only host that
/// has server records.
HostId likely_server(const CaseData& data, const Attempt& client,
                     const std::vector<Attempt>& servers) {
  const HostId named = target_host(data, client.target);
  if (named != kNoHost) {
    return named;
  }
  const bool numeric =
      client.target.find_first_not_of("0123456789.:") == std::string::npos;
  std::set<HostId> hosts;
  for (const Attempt& server : servers) {
    hosts.insert(server.server.host);
  }
  return numeric && hosts.size() == 1 ? *hosts.begin() : kNoHost;
}

/// Server accept lies between the client's start and its end, so
/// clock(server) - clock(client) lies between these.
Bound bound_of(const Attempt& client, const Attempt& server) {
  return {server.server.began - client.client.ended - kSlack,
          server.server.began - client.client.began + kSlack};
}

std::optional<Instant> first_time(const CaseData& data, const View& view,
                                  std::uint32_t event_id,
                                  std::string_view transport = {}) {
  for (const EventIndex index : view.events) {
    const CaseEvent& event = data.events[index];
    if (event.event_id == event_id &&
        (transport.empty() ||
         equals_ignore_case(event.fields.text("ConnType"), transport))) {
      return event.time;
    }
  }
  return std::nullopt;
}

/// What an exactly joined attempt says about the clocks, as tight as its
/// records allow: the server accepts before the client is connected (1025);
/// its UDP accept lies between the client's 1102 and 1103; it attaches the
/// session before the client hears of it (1027).
Bound tight_bound(const CaseData& data, const Attempt& attempt) {
  Bound bound = bound_of(attempt, attempt);
  const View& client = attempt.client;
  const View& server = attempt.server;
  const auto after = [&bound](std::optional<Instant> earlier_server,
                              std::optional<Instant> later_client) {
    if (earlier_server && later_client) {
      bound.low = std::max(bound.low, *earlier_server - *later_client);
    }
  };
  const auto before = [&bound](std::optional<Instant> earlier_client,
                               std::optional<Instant> later_server) {
    if (earlier_client && later_server) {
      bound.high = std::min(bound.high, *later_server - *earlier_client);
    }
  };
  const auto udp = first_time(data, server, 131, "UDP");
  after(server.began, first_time(data, client, 1025));
  before(first_time(data, client, 1102), udp);
  after(udp, first_time(data, client, 1103));
  after(first_time(data, server, 66), first_time(data, client, 1027));
  // Records that contradict each other bound nothing.
  return bound.low <= bound.high ? bound : bound_of(attempt, attempt);
}

/// A try that got in cannot be a connection that ended early, and the other
/// way round.
bool compatible(const Attempt& client, const Attempt& server) {
  const bool client_in = client.client.passed >= Stage::kLicensing;
  const bool server_in = server.server.passed >= Stage::kLicensing;
  if (client_in != server_in && client.client.closed) {
    return client.error.has_value() && !client_in &&
           server.server.passed < Stage::kSession;
  }
  return true;
}

void merge(Attempt& client, Attempt& server, Join join) {
  client.server = std::move(server.server);
  server.server = View{};
  client.join = join;
  client.client_address = server.client_address;
  client.client_port = server.client_port;
  client.user = server.user;
  if (!client.session) {
    client.session = server.session;
  }
  client.close = server.close;
  client.close_event = server.close_event;
  client.passed = std::max(client.passed, server.passed);
  client.fell.first = std::max(client.fell.first, server.fell.first);
  client.fell.last =
      std::max(client.fell.first, std::min(client.fell.last, server.fell.last));
  client.activity_ids.insert(client.activity_ids.end(),
                             server.activity_ids.begin(),
                             server.activity_ids.end());
  std::sort(client.activity_ids.begin(), client.activity_ids.end());
  client.activity_ids.erase(
      std::unique(client.activity_ids.begin(), client.activity_ids.end()),
      client.activity_ids.end());
}

}  // namespace

void join_by_activity(std::vector<Attempt>& clients,
                      std::vector<Attempt>& servers) {
  std::map<std::string, std::vector<std::size_t>> by_id;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    for (const std::string& id : servers[i].activity_ids) {
      by_id[id].push_back(i);
    }
  }
  for (Attempt& client : clients) {
    const std::vector<std::string> ids = client.activity_ids;
    for (const std::string& id : ids) {
      const auto found = by_id.find(id);
      if (found == by_id.end()) {
        continue;
      }
      // The last connection with this id is the one that did the work.
      for (auto it = found->second.rbegin(); it != found->second.rend(); ++it) {
        if (servers[*it].server.exists() && !client.server.exists()) {
          merge(client, servers[*it], Join::kExact);
        }
      }
    }
  }
}

void measure_offsets(const CaseData& data, const std::vector<Attempt>& clients,
                     const std::vector<Attempt>& servers, Clocks& clocks) {
  std::map<std::pair<HostId, HostId>, std::vector<Bound>> exact;
  std::map<std::pair<HostId, HostId>, std::vector<Bound>> named;
  for (const Attempt& client : clients) {
    if (client.join == Join::kExact) {
      exact[{client.client.host, client.server.host}].push_back(
          tight_bound(data, client));
      continue;
    }
    const HostId server = likely_server(data, client, servers);
    for (const Attempt& other : servers) {
      if (other.server.host != server || !compatible(client, other)) {
        continue;
      }
      const Bound bound = bound_of(client, other);
      if (bound.low <= kTogetherWithin && bound.high >= -kTogetherWithin) {
        named[{client.client.host, server}].push_back(bound);
      }
    }
  }
  for (const auto& [hosts, bounds] : exact) {
    clocks.set(hosts.first, hosts.second, *most_agreed(bounds));
  }
  for (const auto& [hosts, bounds] : named) {
    const auto agreed = most_agreed(bounds);
    const bool near = agreed->bound.low <= kAloneWithin &&
                      agreed->bound.high >= -kAloneWithin;
    if (exact.count(hosts) == 0 && (agreed->agreeing >= 3 || near)) {
      clocks.set(hosts.first, hosts.second, *agreed);
    }
  }
}

void join_by_time(const CaseData& data, std::vector<Attempt>& clients,
                  std::vector<Attempt>& servers, const Clocks& clocks) {
  for (Attempt& client : clients) {
    if (client.server.exists()) {
      continue;
    }
    const HostId host = likely_server(data, client, servers);
    if (host == kNoHost) {
      continue;
    }
    const Offset offset = clocks.between(client.client.host, host);
    if (offset.assumed) {
      continue;
    }
    Attempt* best = nullptr;
    for (Attempt& server : servers) {
      if (!server.server.exists() || server.server.host != host ||
          !compatible(client, server)) {
        continue;
      }
      const Bound bound = bound_of(client, server);
      if (bound.low <= offset.high && bound.high >= offset.low) {
        best = &server;  // the last one that fits did the work
      }
    }
    if (best != nullptr) {
      merge(client, *best, Join::kTime);
    }
  }
}

namespace {

void give_dialog(const CaseData& data, const RuleSet& rules, Attempt& attempt,
                 EventIndex index) {
  const CaseEvent& event = data.events[index];
  attempt.dialog = index;
  attempt.code_events.push_back(index);
  if (const auto error = parse_number(event.fields.text("Error"))) {
    attempt.error = static_cast<std::uint32_t>(*error);
  }
  if (const auto extended = parse_number(event.fields.text("Extended"))) {
    attempt.extended = static_cast<std::uint32_t>(*extended);
  }
  apply_code(attempt, rules);
}

bool has_id(const Attempt& attempt, const std::string& id) {
  return !id.empty() && std::binary_search(attempt.activity_ids.begin(),
                                           attempt.activity_ids.end(), id);
}

/// The try whose end fits code and time, when there is exactly one.
Attempt* by_code_and_time(std::vector<Attempt>& clients,
                          const CaseEvent& dialog) {
  const auto error = parse_number(dialog.fields.text("Error"));
  Attempt* found = nullptr;
  for (Attempt& client : clients) {
    const bool fits =
        client.client.exists() && !client.dialog && client.error == error &&
        std::abs(dialog.time - client.client.ended) <= kDialogWithin;
    if (fits && found != nullptr) {
      return nullptr;
    }
    found = fits ? &client : found;
  }
  return found;
}

/// Without a client's log: the only connection that any server lost within the
/// time that clocks may differ.
Attempt* by_loss(const RuleSet& rules, std::vector<Attempt>& servers,
                 const CaseEvent& dialog) {
  const auto error = parse_number(dialog.fields.text("Error"));
  const CodeEntry* code =
      error ? rules.code("disconnect", static_cast<std::uint32_t>(*error))
            : nullptr;
  Attempt* found = nullptr;
  for (Attempt& server : servers) {
    const bool lost =
        server.server.exists() && server.server.closed && !server.dialog &&
        server.close != Close::kClientLeft &&
        server.close != Close::kLoggedOff &&
        std::abs(dialog.time - server.server.ended) <= kDefaultOffset;
    // A code that proves that TCP never opened belongs to no connection.
    const bool possible = code == nullptr || !code->fails_at ||
                          code->fails_at->last > Stage::kTcp;
    if (lost && possible && found != nullptr) {
      return nullptr;
    }
    found = lost && possible ? &server : found;
  }
  return found;
}

}  // namespace

void attach_dialogs(const CaseData& data, const RuleSet& rules,
                    std::vector<Attempt>& clients,
                    std::vector<Attempt>& servers) {
  for (EventIndex i = 0; i < data.events.size(); ++i) {
    const CaseEvent& event = data.events[i];
    if (event.provider != "mstsc") {
      continue;
    }
    Attempt* owner = nullptr;
    for (std::vector<Attempt>* list : {&clients, &servers}) {
      for (Attempt& attempt : *list) {
        if (owner == nullptr && !attempt.dialog &&
            has_id(attempt, event.activity_id)) {
          owner = &attempt;
        }
      }
    }
    if (owner == nullptr && event.clock != ClockNote::kNone) {
      owner = by_code_and_time(clients, event);
      if (owner == nullptr) {
        owner = by_loss(rules, servers, event);
      }
    }
    if (owner == nullptr) {
      owner = &clients.emplace_back();
      owner->fell = {Stage::kDns, Stage::kSession};
      if (!event.activity_id.empty()) {
        owner->activity_ids.push_back(event.activity_id);
      }
    }
    give_dialog(data, rules, *owner, i);
  }
}

}  // namespace deskfall
