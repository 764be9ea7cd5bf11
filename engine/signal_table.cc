#include "engine/signal_table.h"

#include <algorithm>
#include "engine/anchor_traces.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

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

Bindings bind_fields(const SignalRule& rule, const CaseData& data,
                     const Event& event) {
  Bindings bindings;
  for (const auto& [entity, field] : rule.bind) {
    std::string scratch;
    bind_entity(entity, field_value(event, field, scratch).value_or(""), data,
                bindings);
  }
  return bindings;
}

}  // namespace

bool bind_entity(Entity entity, std::string_view value, const CaseData& data,
                 Bindings& bindings) {
  std::string& mine = slot(bindings, entity);
  if (entity == Entity::kClientIp || entity == Entity::kServerIp) {
    const Endpoint peer = parse_endpoint(value);
    mine = clean(peer.address);
    if (peer.port != 0) {
      slot(bindings, entity == Entity::kClientIp ? Entity::kClientPort
                                                 : Entity::kServerPort) =
          std::to_string(peer.port);
    }
  } else if (entity == Entity::kClientHost || entity == Entity::kServerHost) {
    const HostId host = data.find_host(value);
    mine = clean(host == kNoHost ? value : data.host_name(host));
  } else {
    mine = clean(value);
  }
  return !mine.empty();
}

void fill_bindings(Bindings& bindings, const Bindings& more) {
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    if (bindings[i].empty()) {
      bindings[i] = more[i];
    }
  }
}

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
  slot(bindings, Entity::kServerHost) =
      to_lower_ascii(data.host_name(attempt.server.host));
  slot(bindings, Entity::kServerName) = clean(
      std::string_view(attempt.target).substr(0, attempt.target.find(':')));
  // The two sides may each have made an id of their own: then none is the one.
  if (attempt.activity_ids.size() == 1) {
    slot(bindings, Entity::kActivityId) = clean(attempt.activity_ids.front());
  }
  slot(bindings, Entity::kUserHash) = clean(attempt.user_hash);
  return bindings;
}

void HitList::close(Ticks collapse) {
  std::sort(hits_.begin(), hits_.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.host, a.time, a.event, a.attempt) <
           std::tie(b.host, b.time, b.event, b.attempt);
  });
  if (collapse > 0) {
    // The last of each series of repeats, by who it is about.
    std::map<std::tuple<HostId, std::uint32_t, std::size_t>,
             std::pair<std::size_t, Instant>>
        series;
    std::size_t kept = 0;
    for (const Hit& hit : hits_) {
      const auto key = std::tuple(hit.host, hit.who, hit.attempt);
      const auto last = series.find(key);
      if (last != series.end() && hit.time - last->second.second <= collapse) {
        ++hits_[last->second.first].count;
        last->second.second = hit.time;
      } else {
        series[key] = {kept, hit.time};
        hits_[kept++] = Hit(hit);
      }
    }
    hits_.resize(kept);
  }
  for (std::size_t i = 0; i < hits_.size(); ++i) {
    if (begins_.empty() || begins_.back().first != hits_[i].host) {
      begins_.emplace_back(hits_[i].host, i);
    }
  }
}

std::span<const Hit> HitList::on(HostId host) const {
  const auto begin = std::lower_bound(
      begins_.begin(), begins_.end(), host,
      [](const auto& entry, HostId wanted) { return entry.first < wanted; });
  if (begin == begins_.end() || begin->first != host) {
    return {};
  }
  const std::size_t end =
      begin + 1 == begins_.end() ? hits_.size() : (begin + 1)->second;
  return std::span(hits_).subspan(begin->second, end - begin->second);
}

std::span<const Hit> HitList::find(HostId host, Instant from,
                                   Instant to) const {
  const std::span<const Hit> here = on(host);
  const auto first = std::lower_bound(
      here.begin(), here.end(), from,
      [](const Hit& hit, Instant time) { return hit.time < time; });
  const auto last = std::upper_bound(
      first, here.end(), to,
      [](Instant time, const Hit& hit) { return time < hit.time; });
  return here.subspan(static_cast<std::size_t>(first - here.begin()),
                      static_cast<std::size_t>(last - first));
}

SignalTable::SignalTable(const CaseData& data, const RuleSet& rules,
                         const std::vector<Attempt>& attempts)
    : rules_(rules) {
  for (const SignalRule& rule : rules.signals()) {
    index_.emplace(rule.id, index_.size());
  }
  index_.emplace(kSignalSuccess, index_.size());
  index_.emplace(kSignalFailure, index_.size());
  for (const AnchorRule& anchor : rules.anchors()) {
    index_.emplace(anchor.id, index_.size());
  }
  hits_.resize(index_.size());
  add_events(data, attempts);
  add_attempts(data, attempts);
  for (const AnchorRule& anchor : rules.anchors()) {
    add_anchor(anchor, data, attempts);
  }
}

std::uint32_t SignalTable::handle(const Bindings& bindings) {
  const auto [it, is_new] =
      handles_.emplace(bindings, static_cast<std::uint32_t>(people_.size()));
  if (is_new) {
    people_.push_back(bindings);
  }
  return it->second;
}

void SignalTable::add_events(const CaseData& data,
                             const std::vector<Attempt>& attempts) {
  std::map<EventIndex, std::size_t> owner;
  std::vector<Bindings> known;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    for (const EventIndex event : attempts[i].client.events) {
      owner[event] = i;
    }
    for (const EventIndex event : attempts[i].server.events) {
      owner[event] = i;
    }
    known.push_back(bindings_of(attempts[i], data));
  }
  std::vector<std::size_t> matching;
  for (EventIndex e = 0; e < data.events.size(); ++e) {
    const CaseEvent& event = data.events[e];
    if (event.clock == ClockNote::kNone ||
        event.clock == ClockNote::kZoneUnknown) {
      continue;  // a time nobody knows cannot lie in a window
    }
    rules_.match(event, matching);
    for (const std::size_t index : matching) {
      const SignalRule& rule = rules_.signals()[index];
      Hit hit;
      hit.time = event.time;
      hit.host = event.host_id;
      hit.event = e;
      Bindings bindings = bind_fields(rule, data, event);
      if (const auto mine = owner.find(e); mine != owner.end()) {
        hit.attempt = mine->second;
        fill_bindings(bindings, known[hit.attempt]);
        Reached& top = reached_[hit.attempt];
        if (rule.stage && *rule.stage > top.stage) {
          top = {*rule.stage, e};
        }
      }
      hit.who = handle(bindings);
      hits_[index].add(hit);
    }
  }
  for (std::size_t i = 0; i < rules_.signals().size(); ++i) {
    hits_[i].close(rules_.signals()[i].collapse);
  }
}

void SignalTable::add_attempts(const CaseData& data,
                               const std::vector<Attempt>& attempts) {
  HitList& successes = hits_[index_.at(std::string(kSignalSuccess))];
  HitList& failures = hits_[index_.at(std::string(kSignalFailure))];
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
    Hit hit;
    hit.host = server;
    hit.attempt = i;
    hit.who = handle(bindings_of(attempt, data));
    if (attempt.reached_session() ||
        attempt.outcome == AttemptOutcome::kSuccess) {
      hit.event = view.steps.back().event;
      hit.time = data.events[hit.event].time;
      successes.add(hit);
    }
    if (attempt.outcome == AttemptOutcome::kFailed ||
        attempt.outcome == AttemptOutcome::kScan) {
      hit.time = view.ended;
      hit.event = attempt.close_event.value_or(view.events.back());
      failures.add(hit);
    }
  }
  successes.close(0);
  failures.close(0);
}

void SignalTable::add_anchor(const AnchorRule& anchor, const CaseData& data,
                             const std::vector<Attempt>& attempts) {
  const std::size_t number = index_.at(anchor.id);
  HitList& list = hits_[number];
  for (AnchorTrace& trace : anchor_traces(anchor, data, attempts, *this)) {
    trace.hit.who = handle(trace.who);
    for (const std::size_t attempt : trace.attempts) {
      anchored_.emplace(std::pair(number, attempt), trace.hit.who);
    }
    list.add(trace.hit);
  }
  list.close(0);
}

const HitList& SignalTable::hits(std::string_view signal) const {
  static const HitList kNone;
  const auto found = index_.find(signal);
  return found == index_.end() ? kNone : hits_[found->second];
}

const Bindings* SignalTable::anchored(std::string_view anchor,
                                      std::size_t attempt) const {
  const auto number = index_.find(anchor);
  if (number == index_.end()) {
    return nullptr;
  }
  const auto found = anchored_.find({number->second, attempt});
  return found == anchored_.end() ? nullptr : &people_[found->second];
}

SignalTable::Reached SignalTable::reached(std::size_t attempt) const {
  const auto found = reached_.find(attempt);
  return found == reached_.end() ? Reached{} : found->second;
}

}  // namespace deskfall
