#include "engine/why_not.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "engine/near_miss.h"
#include "engine/wording.h"
#include "ingest/suggest.h"

namespace deskfall {

namespace {

std::string decibans(Weight weight) {
  // Hundredths of a deciban; one digit is what a person can argue about.
  const Weight tenths = (std::abs(weight) + 5) / 10;
  return fmt::format("{}{}.{} dB", weight < 0 ? "-" : "+", tenths / 10,
                     tenths % 10);
}

bool is_met(const Finding& finding) {
  return finding.value == Value::kPresent;
}

/// The first gate that closed, in the order in which the engine asks them.
class Gates {
 public:
  Gates(const Inquiry& inquiry, const Ranking& ranking,
        const RankedCause& cause, WhyNot& why)
      : s_(inquiry.situation), ranking_(ranking), cause_(cause), why_(why) {}

  void find() {
    if (!stage() && !required() && !needs() && !refuted()) {
      score();
    }
  }

 private:
  bool stage();
  bool required();
  bool needs();
  bool refuted();
  void score();
  /// The smallest change of the lines that `wanted` names.
  template <typename Wanted>
  void smallest(Wanted wanted);

  const Situation& s_;
  const Ranking& ranking_;
  const RankedCause& cause_;
  WhyNot& why_;
};

template <typename Wanted>
void Gates::smallest(Wanted wanted) {
  const WhyNot::Line* best = nullptr;
  for (const WhyNot::Line& line : why_.items) {
    const auto cost = [](const WhyNot::Line& l) {
      // A window that moves is a smaller change than a join that goes.
      return l.distance == 0 ? INT64_MAX : l.distance;
    };
    if (!line.change.empty() && wanted(line) &&
        (best == nullptr || cost(line) < cost(*best))) {
      best = &line;
    }
  }
  if (best != nullptr) {
    why_.change = best->item + ": " + best->change;
  }
}

bool Gates::stage() {
  for (const Finding& finding : cause_.judgement.findings) {
    if (finding.item == nullptr && cause_.judgement.ruled_out) {
      why_.gate = "the ladder: " + why_.items.front().sentence;
      why_.change =
          fmt::format("a cause with a wider fails_at than {}",
                      stage_range_name(cause_.judgement.cause->fails_at));
      return true;
    }
  }
  return false;
}

bool Gates::required() {
  if (cause_.judgement.required_met) {
    return false;
  }
  std::string open;
  bool absent = false;
  for (const Finding& finding : cause_.judgement.findings) {
    if (finding.item != nullptr && finding.item->role == Role::kRequired &&
        !is_met(finding)) {
      open += (open.empty() ? "" : ", ") + finding.id;
      absent = absent || finding.value == Value::kAbsent;
    }
  }
  why_.gate = fmt::format("required evidence: {} {}", open,
                          cause_.judgement.ruled_out ? "provably not there"
                          : absent ? "not there, or not to be seen"
                                   : "not to be seen in this bundle");
  smallest([](const WhyNot::Line& line) {
    return line.role == "required" && line.value != "present";
  });
  return true;
}

bool Gates::needs() {
  if (cause_.judgement.needs_met) {
    return false;
  }
  std::string logs;
  for (const MissingLog& log : cause_.judgement.missing) {
    logs += fmt::format("{}{} ({})", logs.empty() ? "" : ", ",
                        s_.rules.logs()[log.log].id, log.why);
    if (why_.change.empty()) {
      why_.change = "collect: " + s_.rules.logs()[log.log].collect;
    }
  }
  why_.gate = "a log that it needs: " + logs;
  return true;
}

bool Gates::refuted() {
  if (!cause_.judgement.refuted || cause_.grade < Grade::kPossible) {
    return false;
  }
  std::string who;
  for (const Finding& finding : cause_.judgement.findings) {
    if (finding.item != nullptr && finding.item->role == Role::kRefuting &&
        is_met(finding)) {
      who += (who.empty() ? "" : ", ") + finding.id;
    }
  }
  why_.gate = "refuting evidence: " + who;
  return true;
}

void Gates::score() {
  if (cause_.grade < Grade::kPossible) {
    why_.gate = fmt::format("none: it is {} for this failure",
                            grade_name(cause_.grade));
    return;
  }
  const Weight lead = weight_seen(s_.rules.pack().lead, 1.0);
  Weight rival = 0;
  std::string name = "something that no rule knows";
  for (const RankedCause& other : ranking_.causes) {
    if (&other != &cause_ && !other.judgement.ruled_out &&
        other.weight > rival) {
      rival = other.weight;
      name = other.judgement.cause->id;
    }
  }
  const Weight lacking = rival + lead - cause_.weight;
  if (lacking > 0) {
    why_.gate = fmt::format(
        "the score: it stands at {}, {} at {}; {} more would do",
        decibans(cause_.weight), name, decibans(rival), decibans(lacking));
  } else if (cause_.posterior < s_.rules.pack().explained_at) {
    why_.gate =
        fmt::format("the score: its share is {:.2f}, {:.2f} is asked for",
                    cause_.posterior, s_.rules.pack().explained_at);
  } else {
    why_.gate =
        "doubt: what cannot be seen could still turn it against this cause";
  }
  smallest([](const WhyNot::Line& line) { return line.value != "present"; });
}

WhyNot::Line line_of(Inquiry& inquiry, const Failure& failure,
                     const CauseRule& rule, ItemFinder& finder,
                     const Finding& finding) {
  WhyNot::Line line;
  line.item = finding.id;
  line.role = finding.role;
  line.value = value_name(finding.value);
  line.weight = finding.weight;
  line.sentence = finding_sentence(inquiry.situation, failure, rule, finding);
  if (is_met(finding) || finding.item == nullptr) {
    return line;
  }
  if (const auto miss =
          near_miss(inquiry.situation, failure, finder, finding)) {
    line.nearest = miss->text;
    line.change = miss->change;
    line.distance = miss->distance;
  }
  if (line.change.empty() && !finding.missing.empty()) {
    const LogRule& log =
        inquiry.situation.rules.logs()[finding.missing.front().log];
    line.change = "collect: " + log.collect;
  }
  return line;
}

}  // namespace

Result<WhyNot> why_not(Inquiry& inquiry, std::size_t index,
                       const std::string& cause) {
  const RuleSet& rules = inquiry.situation.rules;
  const auto rule = std::find_if(
      rules.causes().begin(), rules.causes().end(),
      [&cause](const CauseRule& known) { return known.id == cause; });
  if (rule == rules.causes().end()) {
    std::vector<std::string> names;
    for (const CauseRule& known : rules.causes()) {
      names.push_back(known.id);
    }
    const std::string near = suggest(cause, names);
    return fail(ErrorKind::kUsage, "no cause is called '" + cause + "'", "",
                near.empty() ? "see deskfall rules list" : near);
  }
  const Failure& failure = inquiry.failures[index];
  const Ranking ranking = inquiry.explain(failure);
  WhyNot why;
  why.cause = rule->id;
  why.title = rule->title;
  why.verdict = verdict_name(ranking.verdict);
  const auto mine = std::find_if(
      ranking.causes.begin(), ranking.causes.end(),
      [&](const RankedCause& c) { return c.judgement.cause == &*rule; });
  if (mine == ranking.causes.end()) {
    why.gate = "it does not explain failures of this kind";
    return why;
  }
  why.grade = grade_name(mine->grade);
  why.weight = mine->weight;
  why.leader = ranking.causes.front().judgement.cause->id;
  why.leader_weight = ranking.causes.front().weight;
  ItemFinder finder(inquiry.situation, failure);
  for (const Finding& finding : mine->judgement.findings) {
    if (finding.item != nullptr) {
      static_cast<void>(finder.find(*finding.item));
    }
    why.items.push_back(line_of(inquiry, failure, *rule, finder, finding));
  }
  Gates(inquiry, ranking, *mine, why).find();
  return why;
}

std::string why_not_text(const WhyNot& why) {
  std::string out = fmt::format("{}\n  {}\n", why.cause, why.title);
  out += fmt::format("  gate     {}\n", why.gate);
  if (!why.change.empty()) {
    out += fmt::format("  smallest change  {}\n", why.change);
  }
  if (why.grade.empty()) {
    return out;
  }
  out +=
      fmt::format("  grade    {}, score {}\n", why.grade, decibans(why.weight));
  out += fmt::format("  verdict  {}", why.verdict);
  if (why.leader != why.cause) {
    out += fmt::format("; first is {} at {}", why.leader,
                       decibans(why.leader_weight));
  }
  out += "\n\n";
  for (const WhyNot::Line& line : why.items) {
    out += fmt::format("  {:<11}{:<9}{:>9}  {}\n", line.role, line.value,
                       line.value == "unknown" ? "" : decibans(line.weight),
                       line.item);
    out += "             " + line.sentence + "\n";
    if (!line.nearest.empty()) {
      out += "             nearest: " + line.nearest + "\n";
    }
    if (!line.change.empty()) {
      out += "             would turn it: " + line.change + "\n";
    }
  }
  return out;
}

}  // namespace deskfall
