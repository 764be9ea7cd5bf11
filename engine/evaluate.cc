#include "engine/evaluate.h"

#include <algorithm>
#include <cstdlib>

#include "engine/item_finder.h"

namespace deskfall {

namespace {

/// The author's rate counts as so many observations beside the controls.
constexpr double kPriorObservations = 10;
/// A later stage on a record that only the address ties to the attempt.
constexpr Weight kStageByAddress = -2000;

/// Evaluates the causes for one failure.
class Evaluator {
 public:
  Evaluator(const Situation& situation, const Failure& failure,
            Controls& controls)
      : s_(situation),
        failure_(failure),
        attempt_(situation.attempts[failure.attempt]),
        finder_(situation, failure),
        controls_(controls) {}

  Judgement judge(const CauseRule& cause);
  [[nodiscard]] bool concerns(const CauseRule& cause) const;

 private:
  [[nodiscard]] bool is_told(const Finding& finding) const;
  void weigh(const Item& item, Finding& finding);
  bool speaks(std::size_t log, const Judgement& judgement) const;
  void check_need(const Need& need, Judgement& judgement) const;
  void check_stage(const CauseRule& cause, Judgement& judgement) const;
  void check_stage_records(const CauseRule& cause, Judgement& judgement) const;
  void check_required(Judgement& judgement) const;
  static void add_up(Judgement& judgement);

  const Situation& s_;
  const Failure& failure_;
  const Attempt& attempt_;
  ItemFinder finder_;
  Controls& controls_;
};

bool Evaluator::concerns(const CauseRule& cause) const {
  return cause.explains == failure_.kind &&
         (cause.anchors.empty() ||
          std::any_of(cause.anchors.begin(), cause.anchors.end(),
                      [this](const std::string& anchor) {
                        return s_.signals.anchored(anchor, failure_.attempt) !=
                               nullptr;
                      }));
}

/// Whether it rests on a record of its log. What came back from unused space,
/// or does not fit its template, supports a cause and never settles it.
bool Evaluator::is_told(const Finding& finding) const {
  return finding.evidence.empty() ||
         std::any_of(finding.evidence.begin(), finding.evidence.end(),
                     [this](EventIndex index) {
                       const CaseEvent& event = s_.data.events[index];
                       return !event.recovered &&
                              !event.doubts.has(Doubt::kTypes);
                     });
}

void Evaluator::weigh(const Item& item, Finding& finding) {
  const HostId host = finder_.host_of(item.side);
  if (item.controls && item.form == Form::kEvent && host != kNoHost &&
      !item.between) {
    const Controls::Rate rate = controls_.rate(item, host, failure_.attempt);
    finding.control_hits = rate.hits;
    finding.controls = rate.controls;
  }
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
    if (finding.tie == Tie::kTime && item.form != Form::kNone) {
      finding.weight /= 2;
    }
  } else if (finding.value == Value::kAbsent) {
    finding.weight = weight_not_seen(item.if_cause, otherwise);
    if (item.role != Role::kRefuting) {
      finding.weight = std::min<Weight>(finding.weight, 0);
    }
  }
}

/// A record that was found needs no proof that it could have been.
bool Evaluator::speaks(std::size_t log, const Judgement& judgement) const {
  for (const Finding& finding : judgement.findings) {
    if (finding.item == nullptr || finding.value != Value::kPresent ||
        finding.item->form == Form::kNone ||
        finding.item->form == Form::kState) {
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
    const HostId host = finder_.host_of(side);
    const auto anchor = finder_.anchor(host);
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
    check_stage_records(cause, judgement);
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

/// Signals may carry a stage: such a record of this attempt says that it got
/// there; one that only shares its address and time says so less surely.
void Evaluator::check_stage_records(const CauseRule& cause,
                                    Judgement& judgement) const {
  Finding finding;
  finding.id = "stage";
  finding.role = "stage";
  finding.value = Value::kPresent;
  finding.count = 1;
  const SignalTable::Reached top = s_.signals.reached(failure_.attempt);
  if (top.stage > cause.fails_at.last) {
    finding.evidence.push_back(top.event);
    judgement.ruled_out = true;
    judgement.findings.insert(judgement.findings.begin(), std::move(finding));
    return;
  }
  const HostId host = failure_.server_host;
  const auto anchor = finder_.anchor(host);
  const auto ip = static_cast<std::size_t>(Entity::kClientIp);
  if (!anchor || !anchor->exact || failure_.bindings[ip].empty()) {
    return;
  }
  for (const SignalRule& rule : s_.rules.signals()) {
    if (!rule.stage || *rule.stage <= cause.fails_at.last) {
      continue;
    }
    for (const Hit& hit : s_.signals.hits(rule.id).find(host, anchor->start_low,
                                                        anchor->end_high)) {
      if (hit.attempt == kNoAttempt &&
          s_.signals.who(hit)[ip] == failure_.bindings[ip]) {
        finding.evidence.push_back(hit.event);
        finding.weight = kStageByAddress;
        finding.tie = Tie::kEntity;
        judgement.weight += kStageByAddress;
        judgement.least += kStageByAddress;
        judgement.findings.insert(judgement.findings.begin(),
                                  std::move(finding));
        return;
      }
    }
  }
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
  finder_.begin();
  for (const Item& item : cause.items) {
    Finding finding = finder_.find(item);
    weigh(item, finding);
    const bool present = finding.value == Value::kPresent;
    judgement.refuted =
        judgement.refuted || (present && item.role == Role::kRefuting);
    judgement.statement =
        judgement.statement || (present && item.statement && is_told(finding));
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

std::vector<Controls::Counted> Controls::count(const Item& item,
                                               HostId host) const {
  std::vector<Counted> out;
  const auto look = [&](std::size_t attempt, Instant from, Instant to) {
    const bool hit = std::any_of(
        item.signals.begin(), item.signals.end(), [&](const auto& signal) {
          const auto found = s_.signals.hits(signal).find(host, from, to);
          return std::any_of(found.begin(), found.end(), [&](const Hit& h) {
            return !item.own_attempt || h.attempt == attempt;
          });
        });
    out.push_back({attempt, hit});
  };
  for (const Hit& success : s_.signals.hits(kSignalSuccess).all()) {
    const Attempt& other = s_.attempts[success.attempt];
    const View& view = item.side == Side::kClient ? other.client : other.server;
    if (view.exists() && view.host == host) {
      look(success.attempt, view.began + item.within.from,
           success.time + item.within.to);
    }
  }
  // What an anchor calls a success, where the engine saw no attempt.
  for (const AnchorRule& anchor : s_.rules.anchors()) {
    if (anchor.polarity != AnchorRule::Polarity::kControl) {
      continue;
    }
    for (const Hit& hit : s_.signals.hits(anchor.id).on(host)) {
      if (hit.attempt == kNoAttempt) {
        look(kNoAttempt, hit.time + item.within.from,
             hit.time + item.within.to);
      }
    }
  }
  return out;
}

Controls::Rate Controls::rate(const Item& item, HostId host, std::size_t own) {
  const auto key = std::pair(&item, host);
  auto found = counted_.find(key);
  if (found == counted_.end()) {
    found = counted_.emplace(key, count(item, host)).first;
  }
  Rate rate;
  for (const Counted& control : found->second) {
    if (control.attempt == kNoAttempt || control.attempt != own) {
      ++rate.controls;
      rate.hits += control.hit ? 1 : 0;
    }
  }
  return rate;
}

std::vector<Judgement> evaluate(const Situation& situation,
                                const Failure& failure, Controls& controls) {
  Evaluator evaluator(situation, failure, controls);
  std::vector<Judgement> out;
  for (const CauseRule& cause : situation.rules.causes()) {
    if (evaluator.concerns(cause)) {
      out.push_back(evaluator.judge(cause));
    }
  }
  return out;
}

std::vector<Judgement> evaluate(const Situation& situation,
                                const Failure& failure) {
  Controls controls(situation);
  return evaluate(situation, failure, controls);
}

}  // namespace deskfall
