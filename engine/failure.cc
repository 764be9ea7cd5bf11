#include "engine/failure.h"

#include <algorithm>
#include <map>
#include <set>

namespace deskfall {

namespace {

Instant end_of(const Attempt& attempt, const CaseData& data) {
  if (attempt.dialog && !attempt.client.exists() &&
      data.events[*attempt.dialog].clock != ClockNote::kNone) {
    return data.events[*attempt.dialog].time;
  }
  return attempt.client.exists() ? attempt.client.ended : attempt.server.ended;
}

Failure make_failure(std::size_t index, const Attempt& attempt,
                     const CaseData& data) {
  Failure failure;
  failure.attempt = index;
  failure.client_host = attempt.client.host;
  failure.server_host =
      attempt.server.exists()
          ? attempt.server.host
          : data.find_host(attempt.target.substr(0, attempt.target.find(':')));
  failure.server_name = failure.server_host != kNoHost
                            ? data.host_name(failure.server_host)
                            : attempt.target;
  failure.bindings = bindings_of(attempt, data);
  if (attempt.began(data)) {
    failure.when = end_of(attempt, data);
  }
  return failure;
}

/// The only host with server records, for a dialog that names none.
HostId only_server(const std::vector<Attempt>& attempts) {
  std::set<HostId> hosts;
  for (const Attempt& attempt : attempts) {
    if (attempt.server.exists()) {
      hosts.insert(attempt.server.host);
    }
  }
  return hosts.size() == 1 ? *hosts.begin() : kNoHost;
}

}  // namespace

std::vector<Failure> list_failures(const std::vector<Attempt>& attempts,
                                   const CaseData& data) {
  std::vector<Failure> failures;
  std::map<int, std::size_t> floods;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const Attempt& attempt = attempts[i];
    if (attempt.outcome == AttemptOutcome::kScan) {
      const auto found = floods.find(attempt.flood);
      if (found == floods.end()) {
        floods[attempt.flood] = failures.size();
        failures.push_back(make_failure(i, attempt, data));
        failures.back().kind = Explains::kFlood;
        failures.back().members.push_back(i);
        failures.back().when = attempt.server.began;
        failures.back().flood_end = attempt.server.ended;
      } else {
        Failure& flood = failures[found->second];
        flood.members.push_back(i);
        flood.flood_end = std::max(flood.flood_end, attempt.server.ended);
      }
    } else if (attempt.outcome == AttemptOutcome::kFailed) {
      failures.push_back(make_failure(i, attempt, data));
      if (failures.back().server_name.empty()) {
        failures.back().server_host = only_server(attempts);
        failures.back().server_name =
            data.host_name(failures.back().server_host);
      }
    }
  }
  std::stable_sort(failures.begin(), failures.end(),
                   [](const Failure& a, const Failure& b) {
                     return a.when.value_or(Instant{INT64_MAX}) <
                            b.when.value_or(Instant{INT64_MAX});
                   });
  return failures;
}

void bind_failures(const RuleSet& rules, const SignalTable& signals,
                   std::vector<Failure>& failures) {
  for (const AnchorRule& anchor : rules.anchors()) {
    for (Failure& failure : failures) {
      const Bindings* who = signals.anchored(anchor.id, failure.attempt);
      if (who != nullptr && !anchor.bind.empty()) {
        fill_bindings(failure.bindings, *who);
      }
    }
  }
}

std::optional<Anchor> anchor_on(const Failure& failure, const Attempt& attempt,
                                HostId host, const CaseData& data,
                                const Clocks& clocks) {
  for (const View* view : {&attempt.server, &attempt.client}) {
    if (!view->exists() || view->host != host) {
      continue;
    }
    const Instant end =
        failure.kind == Explains::kFlood ? failure.flood_end : view->ended;
    return Anchor{view->began, view->began, end, end, true, false};
  }
  const View* known = attempt.server.exists()   ? &attempt.server
                      : attempt.client.exists() ? &attempt.client
                                                : nullptr;
  Instant start;
  Instant end;
  // A clock may have been set between begin and end, so each has its own.
  Offset at_start{-kDefaultOffset, kDefaultOffset, 0, true, false};
  Offset at_end = at_start;
  if (known != nullptr) {
    start = known->began;
    end = known->ended;
    at_start = clocks.between(known->host, host, start);
    at_end = clocks.between(known->host, host, end);
  } else if (attempt.dialog &&
             data.events[*attempt.dialog].clock != ClockNote::kNone) {
    start = end = data.events[*attempt.dialog].time;
  } else {
    return std::nullopt;
  }
  return Anchor{
      start + at_start.low,
      start + at_start.high,
      end + at_end.low,
      end + at_end.high,
      false,
      at_start.assumed || at_end.assumed || at_start.synced || at_end.synced};
}

}  // namespace deskfall
