#include "engine/signal_table.h"

#include <algorithm>
#include <map>

#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr std::size_t kOwnSignals = 2;

std::string& slot(Bindings& bindings, Entity entity) {
  return bindings[static_cast<std::size_t>(entity)];
}

/// Addresses compare without the IPv4-in-IPv6 prefix; "-" and "LOCAL" say
/// nothing.
std::string clean(std::string_view value) {
  if (value == "-" || value == "LOCAL" || value == "0") {
    return {};
  }
  if (value.starts_with("::ffff:")) {
    value.remove_prefix(7);
  }
  return to_lower_ascii(value);
}

Bindings bind_fields(const SignalRule& rule, const Event& event) {
  Bindings bindings;
  for (const auto& [entity, field] : rule.bind) {
    const std::string_view value = event.fields.text(field);
    if (entity == Entity::kClientIp || entity == Entity::kServerIp) {
      const Endpoint peer = parse_endpoint(value);
      slot(bindings, entity) = clean(peer.address);
      if (entity == Entity::kClientIp && peer.port != 0) {
        slot(bindings, Entity::kClientPort) = std::to_string(peer.port);
      }
    } else {
      slot(bindings, entity) = clean(value);
    }
  }
  return bindings;
}

}  // namespace

Bindings bindings_of(const Attempt& attempt, const CaseData& data) {
  Bindings bindings;
  slot(bindings, Entity::kClientIp) = clean(attempt.client_address);
  if (attempt.client_port != 0) {
    slot(bindings, Entity::kClientPort) = std::to_string(attempt.client_port);
  }
  slot(bindings, Entity::kClientHost) =
      to_lower_ascii(data.host_name(attempt.client.host));
  // DOMAIN\user and user name the same account here.
  const std::size_t slash = attempt.user.rfind('\\');
  slot(bindings, Entity::kUser) =
      clean(slash == std::string::npos ? attempt.user
                                       : attempt.user.substr(slash + 1));
  if (attempt.session) {
    slot(bindings, Entity::kSession) = std::to_string(*attempt.session);
  }
  return bindings;
}

SignalTable::SignalTable(const CaseData& data, const RuleSet& rules,
                         const std::vector<Attempt>& attempts)
    : rules_(rules), hits_(rules.signals().size() + kOwnSignals) {
  std::map<EventIndex, std::size_t> owner;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    for (const EventIndex event : attempts[i].client.events) {
      owner[event] = i;
    }
    for (const EventIndex event : attempts[i].server.events) {
      owner[event] = i;
    }
  }
  std::map<std::uint32_t, std::vector<std::size_t>> routes;
  for (EventIndex e = 0; e < data.events.size(); ++e) {
    const CaseEvent& event = data.events[e];
    if (event.clock == ClockNote::kNone ||
        event.clock == ClockNote::kZoneUnknown) {
      continue;  // a time nobody knows cannot lie in a window
    }
    const auto route = routes.find(event.event_id);
    const auto& signals =
        route != routes.end()
            ? route->second
            : routes.emplace(event.event_id, rules.route(event.event_id))
                  .first->second;
    for (const std::size_t index : signals) {
      const SignalRule& rule = rules.signals()[index];
      if (!rule.selector->matches(event)) {
        continue;
      }
      Hit hit{event.time, event.host_id, e, kNoAttempt,
              bind_fields(rule, event)};
      if (const auto mine = owner.find(e); mine != owner.end()) {
        hit.attempt = mine->second;
        const Bindings known = bindings_of(attempts[mine->second], data);
        for (std::size_t k = 0; k < known.size(); ++k) {
          if (hit.bindings[k].empty()) {
            hit.bindings[k] = known[k];
          }
        }
      }
      hits_[index].push_back(std::move(hit));
    }
  }
  add_attempts(data, attempts);
}

void SignalTable::add_attempts(const CaseData& data,
                               const std::vector<Attempt>& attempts) {
  std::vector<Hit>& successes = hits_[rules_.signals().size()];
  std::vector<Hit>& failures = hits_[rules_.signals().size() + 1];
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const Attempt& attempt = attempts[i];
    const View& view =
        attempt.server.exists() ? attempt.server : attempt.client;
    const HostId server = attempt.server.exists()
                              ? attempt.server.host
                              : data.find_host(attempt.target);
    if (!view.exists() || server == kNoHost || view.steps.empty()) {
      continue;
    }
    Hit hit{view.began, server, view.steps.back().event, i,
            bindings_of(attempt, data)};
    if (attempt.reached_session() ||
        attempt.outcome == AttemptOutcome::kSuccess) {
      hit.time = data.events[hit.event].time;
      successes.push_back(hit);
    }
    if (attempt.outcome == AttemptOutcome::kFailed ||
        attempt.outcome == AttemptOutcome::kScan) {
      hit.time = view.ended;
      hit.event = attempt.close_event.value_or(view.events.back());
      failures.push_back(hit);
    }
  }
  for (std::vector<Hit>* list : {&successes, &failures}) {
    std::stable_sort(
        list->begin(), list->end(),
        [](const Hit& a, const Hit& b) { return a.time < b.time; });
  }
}

std::vector<const Hit*> SignalTable::find(std::string_view signal, HostId host,
                                          Instant from, Instant to) const {
  std::size_t index = rules_.signals().size();
  if (signal == kSignalFailure) {
    ++index;
  } else if (signal != kSignalSuccess) {
    index = rules_.find_signal(signal).value_or(index);
  }
  const std::vector<Hit>& hits = hits_[index];
  auto it = std::lower_bound(
      hits.begin(), hits.end(), from,
      [](const Hit& hit, Instant time) { return hit.time < time; });
  std::vector<const Hit*> out;
  for (; it != hits.end() && it->time <= to; ++it) {
    if (host == kNoHost || it->host == host) {
      out.push_back(&*it);
    }
  }
  return out;
}

}  // namespace deskfall
