#include "engine/evaluate.h"

#include <algorithm>
#include <set>

namespace deskfall {

namespace {

constexpr std::size_t kKeptProofs = 4;  ///< first and last, each
/// Five minutes are a habit of clocks, no proof. Where nothing ties two clocks,
/// silence counts only when it reaches this much further on both sides.
constexpr Ticks kUntiedSilence = kTicksPerHour;
/// The author's rate counts as so many observations beside the controls.
constexpr double kPriorObservations = 10;

HostId host_of(const Failure& failure, Side side) {
  return side == Side::kClient ? failure.client_host : failure.server_host;
}

/// A closed span on one host's clock: certain inside, possible outside.
struct Span {
  Instant possible_from;
  Instant certain_from;
  Instant certain_to;
  Instant possible_to;

  [[nodiscard]] bool certain(Instant time) const {
    return time >= certain_from && time <= certain_to;
  }
};

Span place(const Anchor& anchor, const Window& window) {
  const Instant low = window.since_start ? anchor.start_low : anchor.end_low;
  const Instant high = window.since_start ? anchor.start_high : anchor.end_high;
  return {low + window.from, high + window.from, anchor.end_low + window.to,
          anchor.end_high + window.to};
}

/// Evaluates the items of one failure.
class Evaluator {
 public:
  Evaluator(const Situation& situation, const Failure& failure)
      : s_(situation),
        failure_(failure),
        attempt_(situation.attempts[failure.attempt]) {}

  Judgement judge(const CauseRule& cause);

 private:
  Finding find(const Item& item);
  void find_events(const Item& item, Finding& finding);
  void find_code(const Item& item, Finding& finding);
  bool is_ours(const Item& item, const Hit& hit) const;
  bool entities_agree(const Item& item, const Hit& hit) const;
  bool covered(const Item& item, HostId host, const Span& span,
               Finding& finding) const;
  void count_controls(const Item& item, Finding& finding) const;
  void weigh(const Item& item, Finding& finding) const;
  bool speaks(std::size_t log, const Judgement& judgement) const;
  void check_need(const Need& need, Judgement& judgement) const;
  void check_stage(const CauseRule& cause, Judgement& judgement) const;
  void check_required(Judgement& judgement) const;
  static void add_up(Judgement& judgement);

  const Situation& s_;
  const Failure& failure_;
  const Attempt& attempt_;
};

bool Evaluator::entities_agree(const Item& item, const Hit& hit) const {
  if (item.any.empty()) {
    return true;
  }
  bool comparable = false;
  for (const Entity entity : item.any) {
    const auto at = static_cast<std::size_t>(entity);
    const std::string& theirs = hit.bindings[at];
    const std::string& ours = failure_.bindings[at];
    if (theirs.empty() || ours.empty()) {
      continue;
    }
    comparable = true;
    if (theirs == ours) {
      return true;
    }
  }
  return !comparable;
}

bool Evaluator::is_ours(const Item& item, const Hit& hit) const {
  const bool mine = hit.attempt == failure_.attempt;
  if (failure_.kind == Explains::kFlood) {
    return true;
  }
  const bool about_others = std::any_of(
      item.signals.begin(), item.signals.end(), [](const std::string& name) {
        return name == kSignalSuccess || name == kSignalFailure;
      });
  if (about_others) {
    // Its own success or failure says nothing about itself; a count of
    // victims includes it.
    return (item.form == Form::kCount || !mine) && entities_agree(item, hit);
  }
  if (item.own_attempt) {
    return mine;
  }
  if (hit.attempt != kNoAttempt && !mine) {
    // A record of somebody else's connection, when it is known to be so.
    const Attempt& other = s_.attempts[hit.attempt];
    const auto ip = static_cast<std::size_t>(Entity::kClientIp);
    const bool other_client =
        other.client.exists() || other.outcome == AttemptOutcome::kProbe;
    const bool other_address = !failure_.bindings[ip].empty() &&
                               !hit.bindings[ip].empty() &&
                               failure_.bindings[ip] != hit.bindings[ip];
    if ((other_client || other_address) && item.form != Form::kCount &&
        item.role != Role::kRefuting) {
      return false;
    }
  }
  return entities_agree(item, hit);
}

bool Evaluator::covered(const Item& item, HostId host, const Span& span,
                        Finding& finding) const {
  std::set<std::size_t> logs;
  for (const std::string& name : item.signals) {
    if (const auto index = s_.rules.find_signal(name)) {
      logs.insert(s_.rules.signals()[*index].log);
    } else if (const auto core = s_.rules.find_log("rdpcorets-operational")) {
      logs.insert(*core);
    }
  }
  bool all = true;
  for (const std::size_t log : logs) {
    const Coverage::Answer answer =
        s_.coverage.covers(log, host, span.possible_from, span.possible_to);
    if (!answer.covered) {
      finding.missing.push_back({log, host, item.side, answer.why_not});
      all = false;
    }
  }
  return all;
}

void Evaluator::find_events(const Item& item, Finding& finding) {
  const HostId host = host_of(failure_, item.side);
  const auto anchor =
      host == kNoHost ? std::nullopt
                      : anchor_on(failure_, attempt_, host, s_.data, s_.clocks);
  if (!anchor) {
    const Span nowhere{};
    static_cast<void>(covered(item, kNoHost, nowhere, finding));
    return;
  }
  Span span = place(*anchor, item.within);
  if (anchor->assumed) {
    span.possible_from = span.possible_from - kUntiedSilence;
    span.possible_to = span.possible_to + kUntiedSilence;
  }
  finding.window = format_utc(span.possible_from).substr(11, 8) + " to " +
                   format_utc(span.possible_to).substr(11, 8) + " on " +
                   s_.data.host_name(host);
  std::vector<const Hit*> certain;
  bool possible = false;
  std::set<std::string> distinct;
  for (const std::string& signal : item.signals) {
    for (const Hit* hit :
         s_.signals.find(signal, host, span.possible_from, span.possible_to)) {
      if (!is_ours(item, *hit)) {
        continue;
      }
      // The attempt's own records need no clock: they are joined already.
      const bool joined = hit->attempt == failure_.attempt;
      if (span.certain(hit->time) || joined) {
        certain.push_back(hit);
        if (item.distinct) {
          distinct.insert(
              hit->bindings[static_cast<std::size_t>(*item.distinct)]);
        }
      } else {
        possible = true;
      }
    }
  }
  std::stable_sort(
      certain.begin(), certain.end(),
      [](const Hit* a, const Hit* b) { return a->time < b->time; });
  finding.count = item.distinct ? static_cast<std::int64_t>(distinct.size())
                                : static_cast<std::int64_t>(certain.size());
  for (std::size_t i = 0; i < certain.size(); ++i) {
    if (i < kKeptProofs || i + kKeptProofs >= certain.size()) {
      finding.evidence.push_back(certain[i]->event);
    }
  }
  finding.shared = std::none_of(
      certain.begin(), certain.end(),
      [this](const Hit* hit) { return hit->attempt == failure_.attempt; });
  const std::int64_t wanted = item.form == Form::kCount ? item.at_least : 1;
  const bool seen = finding.count >= wanted;
  if (item.form == Form::kNone) {
    if (seen) {
      finding.value = Value::kAbsent;  // the absence is not there
    } else if (possible) {
      finding.clock_decides = true;
    } else if (covered(item, host, span, finding)) {
      finding.value = Value::kPresent;
    }
    return;
  }
  if (seen) {
    finding.value = Value::kPresent;
  } else if (possible) {
    finding.clock_decides = true;
  } else if (covered(item, host, span, finding)) {
    finding.value = Value::kAbsent;
  }
}

void Evaluator::find_code(const Item& item, Finding& finding) {
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

void Evaluator::count_controls(const Item& item, Finding& finding) const {
  const HostId host = host_of(failure_, item.side);
  if (!item.controls || item.form != Form::kEvent || host == kNoHost) {
    return;
  }
  for (const Hit* success : s_.signals.find(
           kSignalSuccess, kNoHost, Instant{INT64_MIN}, Instant{INT64_MAX})) {
    const Attempt& other = s_.attempts[success->attempt];
    const View& view = item.side == Side::kClient ? other.client : other.server;
    if (success->attempt == failure_.attempt || !view.exists() ||
        view.host != host) {
      continue;
    }
    ++finding.controls;
    const Instant from = view.began + item.within.from;
    const Instant to = success->time + item.within.to;
    const bool hit = std::any_of(
        item.signals.begin(), item.signals.end(), [&](const auto& signal) {
          const auto found = s_.signals.find(signal, host, from, to);
          return std::any_of(found.begin(), found.end(), [&](const Hit* h) {
            return !item.own_attempt || h->attempt == success->attempt;
          });
        });
    finding.control_hits += hit ? 1 : 0;
  }
}

void Evaluator::weigh(const Item& item, Finding& finding) const {
  count_controls(item, finding);
  double otherwise = item.otherwise;
  if (finding.controls > 0) {
    const double measured =
        (static_cast<double>(finding.control_hits) +
         kPriorObservations * item.otherwise) /
        (static_cast<double>(finding.controls) + kPriorObservations);
    otherwise = std::max(otherwise, measured);
  }
  if (finding.value == Value::kPresent) {
    finding.weight = weight_seen(item.if_cause, otherwise);
    // A host that shows this all day must not turn it into counter-evidence.
    if (item.role != Role::kRefuting) {
      finding.weight = std::max<Weight>(finding.weight, 0);
    }
  } else if (finding.value == Value::kAbsent) {
    finding.weight = weight_not_seen(item.if_cause, otherwise);
    if (item.role != Role::kRefuting) {
      finding.weight = std::min<Weight>(finding.weight, 0);
    }
  }
}

Finding Evaluator::find(const Item& item) {
  Finding finding;
  finding.item = &item;
  finding.id = item.id;
  finding.role = role_name(item.role);
  if (item.form == Form::kCode) {
    find_code(item, finding);
  } else {
    find_events(item, finding);
  }
  weigh(item, finding);
  return finding;
}

/// A record that was found needs no proof that it could have been.
bool Evaluator::speaks(std::size_t log, const Judgement& judgement) const {
  for (const Finding& finding : judgement.findings) {
    if (finding.item == nullptr || finding.value != Value::kPresent ||
        finding.item->form == Form::kNone) {
      continue;
    }
    for (const std::string& name : finding.item->signals) {
      const auto index = s_.rules.find_signal(name);
      if (index && s_.rules.signals()[*index].log == log) {
        return true;
      }
    }
  }
  return false;
}

void Evaluator::check_need(const Need& need, Judgement& judgement) const {
  std::vector<MissingLog> missing;
  for (const auto& [log, side] : need.any_of) {
    if (speaks(log, judgement)) {
      return;
    }
    const HostId host = host_of(failure_, side);
    const auto anchor = host == kNoHost ? std::nullopt
                                        : anchor_on(failure_, attempt_, host,
                                                    s_.data, s_.clocks);
    if (!anchor) {
      missing.push_back({log, host, side, "not in the bundle"});
      continue;
    }
    const Span span = place(*anchor, need.span);
    const Coverage::Answer answer =
        s_.coverage.covers(log, host, span.possible_from, span.possible_to);
    if (answer.covered) {
      return;
    }
    missing.push_back({log, host, side, answer.why_not});
  }
  if (need.else_undecidable) {
    judgement.needs_met = false;
  }
  judgement.missing.insert(judgement.missing.end(), missing.begin(),
                           missing.end());
}

/// The ladder refutes without any author's help: no overlap between where the
/// cause must strike and where the attempt can have fallen.
void Evaluator::check_stage(const CauseRule& cause,
                            Judgement& judgement) const {
  if (failure_.kind == Explains::kFlood) {
    return;
  }
  const bool before = cause.fails_at.last < attempt_.fell.first;
  const bool beyond = cause.fails_at.first > attempt_.fell.last;
  if (!before && !beyond) {
    return;
  }
  judgement.ruled_out = true;
  Finding finding;
  finding.id = "stage";
  finding.role = "stage";
  finding.value = Value::kPresent;
  for (const View* view : {&attempt_.server, &attempt_.client}) {
    if (before && view->exists() && !view->steps.empty() &&
        view->passed >= cause.fails_at.last && finding.evidence.empty()) {
      finding.evidence.push_back(view->steps.back().event);
    }
  }
  if (finding.evidence.empty()) {
    finding.evidence = attempt_.code_events;
  }
  finding.count = before ? 1 : 0;
  judgement.findings.insert(judgement.findings.begin(), std::move(finding));
}

/// Required items of one group are alternatives; items without a group stand
/// alone.
void Evaluator::check_required(Judgement& judgement) const {
  std::map<std::string, std::vector<const Finding*>> groups;
  for (const Finding& finding : judgement.findings) {
    if (finding.item != nullptr && finding.item->role == Role::kRequired) {
      const std::string& group = finding.item->group;
      groups[group.empty() ? "item " + finding.id : group].push_back(&finding);
    }
  }
  judgement.required_met = true;
  for (const auto& [name, members] : groups) {
    const auto is = [](Value value) {
      return [value](const Finding* f) { return f->value == value; };
    };
    const bool any =
        std::any_of(members.begin(), members.end(), is(Value::kPresent));
    const bool none =
        std::all_of(members.begin(), members.end(), is(Value::kAbsent));
    judgement.required_met = judgement.required_met && any;
    judgement.ruled_out = judgement.ruled_out || none;
  }
}

/// Items of one group tell the same story: the strongest that was seen counts,
/// else the strongest that was not.
void Evaluator::add_up(Judgement& judgement) {
  struct Group {
    Weight seen = 0;
    Weight not_seen = 0;
    Weight worst = 0;
    bool any_seen = false;
  };
  std::map<std::string, Group> groups;
  for (const Finding& finding : judgement.findings) {
    if (finding.item == nullptr) {
      continue;
    }
    const std::string& name = finding.item->group;
    Group& group = groups[name.empty() ? "item " + finding.id : name];
    if (finding.value == Value::kPresent) {
      const bool stronger =
          !group.any_seen || std::abs(finding.weight) > std::abs(group.seen);
      group.seen = stronger ? finding.weight : group.seen;
      group.any_seen = true;
    } else if (finding.value == Value::kAbsent) {
      group.not_seen = std::min(group.not_seen, finding.weight);
    } else {
      const Item& item = *finding.item;
      const Weight against =
          std::min(weight_seen(item.if_cause, item.otherwise),
                   weight_not_seen(item.if_cause, item.otherwise));
      group.worst = std::min(group.worst, against);
    }
  }
  for (const auto& [name, group] : groups) {
    const Weight known = group.any_seen ? group.seen : group.not_seen;
    judgement.weight += known;
    judgement.least += known + (group.any_seen ? 0 : group.worst);
  }
}

Judgement Evaluator::judge(const CauseRule& cause) {
  Judgement judgement;
  judgement.cause = &cause;
  for (const Item& item : cause.items) {
    Finding finding = find(item);
    const bool present = finding.value == Value::kPresent;
    judgement.refuted =
        judgement.refuted || (present && item.role == Role::kRefuting);
    judgement.statement = judgement.statement || (present && item.statement);
    judgement.findings.push_back(std::move(finding));
  }
  check_stage(cause, judgement);
  check_required(judgement);
  for (const Need& need : cause.needs) {
    check_need(need, judgement);
  }
  add_up(judgement);
  return judgement;
}

}  // namespace

std::string_view value_name(Value value) {
  return value == Value::kPresent  ? "present"
         : value == Value::kAbsent ? "absent"
                                   : "unknown";
}

std::vector<Judgement> evaluate(const Situation& situation,
                                const Failure& failure) {
  Evaluator evaluator(situation, failure);
  std::vector<Judgement> out;
  for (const CauseRule& cause : situation.rules.causes()) {
    if (cause.explains == failure.kind) {
      out.push_back(evaluator.judge(cause));
    }
  }
  return out;
}

}  // namespace deskfall
