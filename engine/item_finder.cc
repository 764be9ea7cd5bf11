#include "engine/item_finder.h"

#include <algorithm>
#include <set>

namespace deskfall {

namespace {

constexpr std::string_view kCoreChannel =
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational";
constexpr std::size_t kKeptProofs = 4;  ///< first and last, each

std::vector<std::string_view> names_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

/// Whether two records of one host can stand in this order. Inside one log the
/// record numbers decide, else the times; equal times contradict nothing.
bool in_order(const CaseEvent& first, const CaseEvent& second) {
  if (&first == &second) {
    return false;
  }
  if (first.channel == second.channel && first.record_id != 0 &&
      second.record_id != 0) {
    return first.record_id < second.record_id;
  }
  return first.time <= second.time;
}

}  // namespace

std::string_view value_name(Value value) {
  return value == Value::kPresent  ? "present"
         : value == Value::kAbsent ? "absent"
                                   : "unknown";
}

std::optional<Anchor> ItemFinder::anchor(HostId host) const {
  return host == kNoHost
             ? std::nullopt
             : anchor_on(failure_, attempt_, host, s_.data, s_.clocks);
}

bool ItemFinder::is_about_others(const Item& item) const {
  const auto names = names_of(item.signals);
  return std::any_of(names.begin(), names.end(), [this](std::string_view name) {
    return name == kSignalSuccess || name == kSignalFailure ||
           s_.rules.find_anchor(name).has_value();
  });
}

std::string ItemFinder::refusal(const Item& item, const Hit& hit) const {
  const bool mine = hit.attempt == failure_.attempt;
  if (failure_.kind == Explains::kFlood) {
    return {};
  }
  const Bindings& theirs = s_.signals.who(hit);
  const auto differs = [&](Entity entity) {
    const auto at = static_cast<std::size_t>(entity);
    return !theirs[at].empty() && !failure_.bindings[at].empty() &&
           theirs[at] != failure_.bindings[at];
  };
  const auto agrees = [&](Entity entity) {
    const auto at = static_cast<std::size_t>(entity);
    return !theirs[at].empty() && theirs[at] == failure_.bindings[at];
  };
  const auto names = [](const std::vector<Entity>& entities) {
    std::string out;
    for (const Entity entity : entities) {
      out += (out.empty() ? "" : ", ") + std::string(entity_name(entity));
    }
    return out;
  };
  const auto entities = [&]() -> std::string {
    for (const Entity entity : item.same) {
      if (differs(entity)) {
        return "its " + std::string(entity_name(entity)) + " is another";
      }
    }
    const bool one = std::any_of(item.any.begin(), item.any.end(), agrees);
    const bool known = std::any_of(item.any.begin(), item.any.end(), differs);
    return one || !known ? "" : "its " + names(item.any) + " is another";
  };
  if (is_about_others(item)) {
    // Its own success or failure says nothing about itself; a count of
    // victims includes it.
    if (mine && item.form != Form::kCount && item.form != Form::kRate) {
      return "it is this very connection";
    }
    return entities();
  }
  if (item.own_attempt) {
    return mine ? "" : "it is no record of this connection";
  }
  if (hit.attempt != kNoAttempt && !mine) {
    // A record of somebody else's connection, when it is known to be so.
    const Attempt& other = s_.attempts[hit.attempt];
    const bool other_client =
        other.client.exists() || other.outcome == AttemptOutcome::kProbe;
    const bool many = item.form == Form::kCount || item.form == Form::kRate;
    if ((other_client || differs(Entity::kClientIp)) && !many &&
        item.role != Role::kRefuting) {
      return "it is a record of another connection";
    }
  }
  return entities();
}

std::vector<std::size_t> ItemFinder::logs_of(
    const Item& item, const std::vector<std::string>& signals) const {
  std::set<std::size_t> logs(item.logs.begin(), item.logs.end());
  const auto add_log_of = [&](const std::string& signal) {
    if (const auto index = s_.rules.find_signal(signal)) {
      logs.insert(s_.rules.signals()[*index].log);
    }
  };
  for (const std::string& name : signals) {
    if (!item.logs.empty()) {
      break;
    }
    if (s_.rules.find_signal(name)) {
      add_log_of(name);
      continue;
    }
    const std::size_t before = logs.size();
    if (const auto anchor = s_.rules.find_anchor(name)) {
      for (const auto& source : s_.rules.anchors()[*anchor].from) {
        add_log_of(source.signal);
      }
    }
    if (logs.size() == before) {
      // Connections are told by the server's protocol log.
      for (std::size_t i = 0; i < s_.rules.logs().size(); ++i) {
        const LogRule& log = s_.rules.logs()[i];
        if (!log.channels.empty() && log.channels.front() == kCoreChannel) {
          logs.insert(i);
          break;
        }
      }
    }
  }
  return {logs.begin(), logs.end()};
}

bool ItemFinder::covered(const Item& item,
                         const std::vector<std::string>& signals, Instant from,
                         Instant to, Finding& finding) const {
  const HostId host = host_of(item.side);
  const std::vector<std::size_t> logs = logs_of(item, signals);
  bool all = !logs.empty();  // without any log nothing can be proven
  for (const std::size_t log : logs) {
    const Coverage::Answer answer = s_.coverage.covers(log, host, from, to);
    if (!answer.covered) {
      finding.missing.push_back({log, host, item.side, answer.why_not});
      all = false;
    }
  }
  return all;
}

std::optional<Span> ItemFinder::span_of(const Item& item) const {
  const HostId host = host_of(item.side);
  const auto at = anchor(host);
  if (!at) {
    return std::nullopt;
  }
  Span span = place(*at, item.within);
  bool assumed = at->assumed;
  if (item.between) {
    const auto first = bound_.find(item.between->first);
    const auto last = bound_.find(item.between->second);
    if (first == bound_.end() || last == bound_.end()) {
      return std::nullopt;
    }
    const CaseEvent& from = s_.data.events[first->second];
    const CaseEvent& to = s_.data.events[last->second];
    const Offset before = s_.clocks.between(from.host_id, host, from.time);
    const Offset after = s_.clocks.between(to.host_id, host, to.time);
    span = {from.time + before.low, from.time + before.high,
            to.time + after.low, to.time + after.high};
    assumed = before.assumed || after.assumed || before.synced || after.synced;
  }
  if (assumed) {
    span.possible_from = span.possible_from - kUntiedSilence;
    span.possible_to = span.possible_to + kUntiedSilence;
  }
  return span;
}

std::vector<Candidate> ItemFinder::collect(
    const Item& item, const std::vector<std::string>& signals,
    const Span& span) const {
  std::vector<Candidate> out;
  for (const std::string& signal : signals) {
    for (const Hit& hit : s_.signals.hits(signal).find(
             host_of(item.side), span.possible_from, span.possible_to)) {
      if (refusal(item, hit).empty()) {
        // The attempt's own records need no clock: they are joined already.
        const bool joined = hit.attempt == failure_.attempt && !item.between;
        out.push_back({&hit, joined || span.certain(hit.time)});
      }
    }
  }
  // By record: two signals may both be one record.
  std::stable_sort(out.begin(), out.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return std::tie(a.hit->time, a.hit->event) <
                            std::tie(b.hit->time, b.hit->event);
                   });
  return out;
}

Tie ItemFinder::tie_of(const Item& item, const Hit& hit) const {
  if (hit.attempt == failure_.attempt) {
    return Tie::kAttempt;
  }
  // A flood has no one who took part.
  if ((item.same.empty() && item.any.empty()) ||
      failure_.kind == Explains::kFlood) {
    return Tie::kHost;
  }
  const Bindings& theirs = s_.signals.who(hit);
  const auto agrees = [&](Entity entity) {
    const auto at = static_cast<std::size_t>(entity);
    return !theirs[at].empty() && theirs[at] == failure_.bindings[at];
  };
  return std::any_of(item.same.begin(), item.same.end(), agrees) ||
                 std::any_of(item.any.begin(), item.any.end(), agrees)
             ? Tie::kEntity
             : Tie::kTime;
}

void ItemFinder::cite(const std::vector<Candidate>& candidates,
                      Finding& finding) const {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const EventIndex event = candidates[i].hit->event;
    const bool kept = cite_ == Cite::kAll || i < kKeptProofs ||
                      i + kKeptProofs >= candidates.size();
    if (kept &&
        (finding.evidence.empty() || finding.evidence.back() != event)) {
      finding.evidence.push_back(event);
    }
  }
  if (!candidates.empty()) {
    finding.tie = Tie::kTime;
  }
  for (const Candidate& candidate : candidates) {
    finding.tie = std::max(finding.tie, tie_of(*finding.item, *candidate.hit));
  }
}

void ItemFinder::find_events(const Item& item, const Span& span,
                             Finding& finding) const {
  std::vector<Candidate> certain;
  std::set<std::string> who;
  std::set<std::string> who_else;
  std::int64_t records = 0;
  std::int64_t possible = 0;
  for (const Candidate& candidate : collect(item, item.signals, span)) {
    if (item.distinct) {
      const std::string& name = s_.signals.who(
          *candidate.hit)[static_cast<std::size_t>(*item.distinct)];
      (candidate.certain ? who : who_else).insert(name);
    }
    if (candidate.certain) {
      certain.push_back(candidate);
      records += candidate.hit->count;
    } else {
      ++possible;
    }
  }
  cite(certain, finding);
  const bool counts = item.form == Form::kCount;
  std::int64_t seen = static_cast<std::int64_t>(certain.size());
  std::int64_t could_be = seen + possible;
  if (item.distinct) {
    seen = static_cast<std::int64_t>(who.size());
    who_else.insert(who.begin(), who.end());
    could_be = static_cast<std::int64_t>(who_else.size());
  }
  finding.count = counts ? seen : records;
  const std::int64_t wanted = counts ? item.at_least : 1;
  const bool none = item.form == Form::kNone;
  if (seen >= wanted) {
    // For `none`, the absence is not there.
    finding.value = none ? Value::kAbsent : Value::kPresent;
  } else if (could_be >= wanted) {
    finding.clock_decides = true;
  } else if (covered(item, item.signals, span.possible_from, span.possible_to,
                     finding)) {
    finding.value = none ? Value::kPresent : Value::kAbsent;
  }
}

void ItemFinder::find_rate(const Item& item, const Span& span,
                           Finding& finding) const {
  const std::vector<Candidate> all = collect(item, item.signals, span);
  const auto peak = [&](const std::vector<Candidate>& list) {
    std::pair<std::size_t, std::size_t> best{0, 0};  // first, one past
    std::size_t first = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      while (list[i].hit->time - list[first].hit->time >= item.per) {
        ++first;
      }
      if (i + 1 - first > best.second - best.first) {
        best = {first, i + 1};
      }
    }
    return best;
  };
  std::vector<Candidate> certain;
  std::copy_if(all.begin(), all.end(), std::back_inserter(certain),
               [](const Candidate& c) { return c.certain; });
  const auto [first, last] = peak(certain);
  const auto most = peak(all);
  const auto wanted = static_cast<std::size_t>(item.at_least);
  finding.count = static_cast<std::int64_t>(last - first);
  cite({certain.begin() + static_cast<std::ptrdiff_t>(first),
        certain.begin() + static_cast<std::ptrdiff_t>(last)},
       finding);
  if (last - first >= wanted) {
    finding.value = Value::kPresent;
  } else if (most.second - most.first >= wanted) {
    finding.clock_decides = true;
  } else if (covered(item, item.signals, span.possible_from, span.possible_to,
                     finding)) {
    finding.value = Value::kAbsent;
  }
}

/// A record that can be the latest step of a chain.
struct ItemFinder::Link {
  const Hit* hit = nullptr;
  int before = -1;  ///< index of the link before it
  int length = 1;
  bool certain = false;
  bool guessed = false;  ///< some step before it may stand in a missing log
  std::string as;
};

void ItemFinder::find_sequence(const Item& item, const Span& span,
                               Finding& finding) const {
  std::vector<Link> links;
  std::vector<int> open;  // chains that reached the step before, by time
  // Where a step may stand that a missing log would have shown.
  std::optional<std::pair<Instant, Instant>> unseen;
  bool first = true;
  for (const SequenceStep& step : item.steps) {
    Span reach = span;
    if (!first) {
      // From the earliest to the latest place of the step before.
      Instant low{INT64_MAX};
      Instant high{INT64_MIN};
      for (const int index : open) {
        const Instant time = links[static_cast<std::size_t>(index)].hit->time;
        low = std::min(low, time);
        high = std::max(high, time);
      }
      if (unseen) {
        low = std::min(low, unseen->first);
        high = std::max(high, unseen->second);
      }
      if (open.empty() && !unseen) {
        break;
      }
      reach.possible_from = step.gap ? low + step.gap->first : low;
      reach.possible_to = step.gap ? high + step.gap->second : span.possible_to;
    }
    const std::vector<Candidate> candidates =
        collect(item, step.signals, reach);
    std::vector<int> next;
    for (const Candidate& candidate : candidates) {
      const Instant time = candidate.hit->time;
      Link link{candidate.hit, -1, 1, candidate.certain, false, step.as};
      if (!first) {
        // The chain to go on with: certain before possible, the latest first.
        int best = -1;
        for (auto it = open.rbegin(); it != open.rend(); ++it) {
          const Link& before = links[static_cast<std::size_t>(*it)];
          const Ticks gap = time - before.hit->time;
          const bool fits = in_order(s_.data.events[before.hit->event],
                                     s_.data.events[candidate.hit->event]) &&
                            (!step.gap || (gap >= step.gap->first &&
                                           gap <= step.gap->second));
          if (step.gap && gap > step.gap->second) {
            break;  // all others are older still
          }
          if (fits &&
              (best < 0 || (before.certain &&
                            !links[static_cast<std::size_t>(best)].certain))) {
            best = *it;
          }
          if (best >= 0 && links[static_cast<std::size_t>(best)].certain) {
            break;
          }
        }
        if (best >= 0) {
          const Link& before = links[static_cast<std::size_t>(best)];
          link.before = best;
          link.length = before.length + 1;
          link.guessed = before.guessed;
          link.certain = before.certain && (step.gap || candidate.certain);
        } else if (unseen) {
          link.certain = false;
          link.guessed = true;
        } else {
          continue;
        }
      }
      next.push_back(static_cast<int>(links.size()));
      links.push_back(std::move(link));
    }
    std::optional<std::pair<Instant, Instant>> hidden;
    if (!covered(item, step.signals, reach.possible_from, reach.possible_to,
                 finding)) {
      hidden = {reach.possible_from, reach.possible_to};
    }
    if (step.optional) {
      // A chain may go on without it.
      next.insert(next.end(), open.begin(), open.end());
      std::sort(next.begin(), next.end(), [&links](int a, int b) {
        const Link& x = links[static_cast<std::size_t>(a)];
        const Link& y = links[static_cast<std::size_t>(b)];
        return std::tie(x.hit->time, a) < std::tie(y.hit->time, b);
      });
      if (!hidden) {
        hidden = unseen;
      } else if (unseen) {
        hidden = {std::min(hidden->first, unseen->first),
                  std::max(hidden->second, unseen->second)};
      } else {
        hidden.reset();  // nothing before it was unseen, so nothing is
      }
    }
    open = std::move(next);
    unseen = hidden;
    first = false;
  }
  const Link* best = nullptr;
  for (const int index : open) {
    const Link& link = links[static_cast<std::size_t>(index)];
    if (link.certain && (best == nullptr || link.length > best->length)) {
      best = &link;
    }
    finding.clock_decides =
        finding.clock_decides || (!link.certain && !link.guessed);
  }
  if (best != nullptr) {
    finding.clock_decides = false;
    finding.missing.clear();
    finding.value = Value::kPresent;
    std::vector<Candidate> chain;
    for (const Link* link = best; link != nullptr;
         link = link->before < 0
                    ? nullptr
                    : &links[static_cast<std::size_t>(link->before)]) {
      chain.insert(chain.begin(), Candidate{link->hit, true});
      if (!link->as.empty()) {
        finding.bound[link->as] = link->hit->event;
      }
    }
    finding.count = static_cast<std::int64_t>(chain.size());
    cite(chain, finding);
  } else if (open.empty() && !unseen) {
    finding.value = Value::kAbsent;
    finding.missing.clear();
  }
}

void ItemFinder::find_state(const Item& item, const Span& span,
                            Finding& finding) const {
  const auto state = s_.rules.find_state(item.state);
  const HostId host = host_of(item.side);
  if (!state) {
    return;
  }
  std::vector<Instant> instants =
      s_.states.turns(*state, host, span.possible_from, span.possible_to);
  instants.insert(instants.begin(), span.possible_from);
  std::set<Value> values;
  for (const Instant when : instants) {
    Event looks;
    Value value = Value::kPresent;
    for (const std::string& field : item.asked) {
      const StateTable::Known known =
          s_.states.ask(*state, field, host, when, s_.coverage);
      if (!known.known) {
        value = Value::kUnknown;
        finding.missing.push_back({known.log, host, item.side, known.why_not});
        continue;
      }
      looks.fields.add(field, known.value);
      if (std::find(finding.evidence.begin(), finding.evidence.end(),
                    known.event) == finding.evidence.end()) {
        finding.evidence.push_back(known.event);
      }
    }
    if (value == Value::kPresent && !item.test->matches(looks)) {
      value = Value::kAbsent;
    }
    values.insert(value);
  }
  std::sort(finding.evidence.begin(), finding.evidence.end());
  std::sort(finding.missing.begin(), finding.missing.end());
  finding.missing.erase(
      std::unique(finding.missing.begin(), finding.missing.end()),
      finding.missing.end());
  finding.count = values.count(Value::kPresent) != 0 ? 1 : 0;
  if (values.size() == 1) {
    finding.value = *values.begin();
  } else {
    finding.clock_decides = values.count(Value::kUnknown) == 0;
  }
  if (finding.value == Value::kUnknown) {
    finding.evidence.clear();
  }
}

void ItemFinder::find_code(const Item& item, Finding& finding) const {
  if (item.codes.empty()) {
    // "any": did the client itself report an error at all?
    if (attempt_.error) {
      finding.value = Value::kPresent;
      finding.evidence = attempt_.code_events;
    }
    return;
  }
  if (!attempt_.error) {
    if (const auto log = s_.rules.find_log("rdpclient-operational")) {
      finding.missing.push_back({*log, failure_.client_host, Side::kClient,
                                 "no code of the client is known"});
    }
    return;
  }
  const bool hit = std::find(item.codes.begin(), item.codes.end(),
                             *attempt_.error) != item.codes.end();
  finding.value = hit ? Value::kPresent : Value::kAbsent;
  finding.evidence = attempt_.code_events;
}

Finding ItemFinder::find(const Item& item) {
  Finding finding;
  finding.item = &item;
  finding.id = item.id;
  finding.role = role_name(item.role);
  if (item.form == Form::kCode) {
    find_code(item, finding);
    return finding;
  }
  const auto span = span_of(item);
  if (!span) {
    const HostId host = host_of(item.side);
    if (!anchor(host)) {
      static_cast<void>(
          covered(item, item.signals, Instant{}, Instant{}, finding));
    }
    return finding;
  }
  finding.window = span_text(*span, s_.data.host_name(host_of(item.side)));
  switch (item.form) {
    case Form::kRate:
      find_rate(item, *span, finding);
      break;
    case Form::kSequence:
      find_sequence(item, *span, finding);
      break;
    case Form::kState:
      find_state(item, *span, finding);
      break;
    default:
      find_events(item, *span, finding);
      break;
  }
  if (finding.value == Value::kPresent && !finding.evidence.empty()) {
    bound_.emplace(item.id, finding.evidence.front());
    bound_.insert(finding.bound.begin(), finding.bound.end());
  }
  return finding;
}

}  // namespace deskfall
