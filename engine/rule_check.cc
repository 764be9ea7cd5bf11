#include "engine/rule_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace deskfall {

namespace {

/// Everything about a ranking that must not change when nothing did.
std::string fingerprint(const Ranking& ranking) {
  std::string out(verdict_name(ranking.verdict));
  for (const RankedCause& cause : ranking.causes) {
    out += fmt::format("\n{} {} {}", cause.judgement.cause->id,
                       grade_name(cause.grade), cause.weight);
    for (const Finding& finding : cause.judgement.findings) {
      out += fmt::format(" {}={}:{}", finding.id, value_name(finding.value),
                         finding.weight);
    }
  }
  return out;
}

const RankedCause* top_of(const Ranking& ranking) {
  return ranking.causes.empty() ||
                 ranking.causes.front().grade == Grade::kRuledOut
             ? nullptr
             : &ranking.causes.front();
}

std::string top_name(const Ranking& ranking) {
  const RankedCause* top = top_of(ranking);
  return top == nullptr ? "nothing" : top->judgement.cause->id;
}

/// The first line in which two fingerprints differ.
std::string difference(const std::string& before, const std::string& after) {
  std::size_t at = 0;
  while (at < before.size() && at < after.size() && before[at] == after[at]) {
    ++at;
  }
  const auto line = [at](const std::string& text) {
    const std::size_t from =
        at == 0 ? 0 : text.rfind('\n', std::min(at, text.size()) - 1) + 1;
    return text.substr(from, text.find('\n', from) - from);
  };
  return fmt::format("'{}' became '{}'", line(before), line(after));
}

/// Runs one test.
class Run {
 public:
  Run(const RuleSet& rules, const CauseRule& cause, const RuleTest& test)
      : rules_(rules), cause_(cause), test_(test) {}

  std::vector<TestOutcome> all();

 private:
  [[nodiscard]] Result<Ranking> rank(const MutatedCase& mutated);
  [[nodiscard]] std::string unmet(const Ranking& ranking) const;
  [[nodiscard]] std::string broken(Mutation mutation, const Ranking& before,
                                   const Ranking& after) const;
  [[nodiscard]] TestOutcome outcome(const MutatedCase& mutated,
                                    std::string what) const;
  [[nodiscard]] std::vector<MutatedCase> mutations() const;

  const RuleSet& rules_;
  const CauseRule& cause_;
  const RuleTest& test_;
};

Result<Ranking> Run::rank(const MutatedCase& mutated) {
  DF_TRY(CaseData data, build_test_case(test_, rules_, mutated));
  Inquiry inquiry(
      std::move(data), rules_, Clocks(),
      mutated.mutation == Mutation::kWiden ? kDefaultOffset : Ticks{0});
  const Ticks shift =
      mutated.mutation == Mutation::kShift ? kTicksPerHour : Ticks{0};
  const Failure* nearest = nullptr;
  const auto away = [&](const Failure& failure) {
    return failure.when ? std::abs(*failure.when - test_zero() - shift)
                        : INT64_MAX;
  };
  for (const Failure& failure : inquiry.failures) {
    if (nearest == nullptr || away(failure) < away(*nearest)) {
      nearest = &failure;
    }
  }
  if (nearest == nullptr) {
    return fail(ErrorKind::kInput, "the rows show no failed connection", "",
                "leave client_log or server_log on");
  }
  return inquiry.explain(*nearest);
}

std::string Run::unmet(const Ranking& ranking) const {
  std::string wrong;
  const auto complain = [&wrong](const std::string& text) {
    wrong += (wrong.empty() ? "" : "; ") + text;
  };
  const std::string verdict(verdict_name(ranking.verdict));
  const std::string top = top_name(ranking);
  if (!test_.verdict.empty() && verdict != test_.verdict) {
    complain(fmt::format("the verdict is {}, not {} (first: {})", verdict,
                         test_.verdict, top));
  }
  if (!test_.not_verdict.empty() && verdict == test_.not_verdict) {
    complain("the verdict is " + verdict);
  }
  if (!test_.top.empty() && top != test_.top) {
    complain(fmt::format("first is {}, not {}", top, test_.top));
  }
  if (!test_.not_top.empty() && top == test_.not_top) {
    complain("first is " + top);
  }
  for (const std::string& log : test_.collect) {
    const bool listed = std::any_of(
        ranking.missing.begin(), ranking.missing.end(),
        [&](const MissingLog& m) { return rules_.logs()[m.log].id == log; });
    if (!listed) {
      complain(log + " is not among the logs to collect");
    }
  }
  const auto mine = std::find_if(
      ranking.causes.begin(), ranking.causes.end(),
      [this](const RankedCause& c) { return c.judgement.cause == &cause_; });
  if (mine == ranking.causes.end()) {
    if (test_.grade.empty() && test_.refuted_by.empty() &&
        test_.ruled_out_by.empty()) {
      return wrong;  // the test says nothing about it
    }
    complain("the cause does not explain failures of this kind");
    return wrong;
  }
  if (!test_.grade.empty() && grade_name(mine->grade) != test_.grade) {
    complain(fmt::format("the grade is {}, not {}", grade_name(mine->grade),
                         test_.grade));
  }
  const auto speaks = [&](const std::string& id, bool rules_out) {
    return std::any_of(
        mine->judgement.findings.begin(), mine->judgement.findings.end(),
        [&](const Finding& f) {
          const bool ladder = f.item == nullptr;
          const bool refutes = ladder || (f.item->role == Role::kRefuting &&
                                          f.value == Value::kPresent);
          const bool closes = mine->judgement.ruled_out &&
                              (ladder || (f.item->role == Role::kRequired &&
                                          f.value == Value::kAbsent));
          return f.id == id && (rules_out ? closes : refutes);
        });
  };
  for (const std::string& id : test_.refuted_by) {
    if (!speaks(id, false)) {
      complain("it is not refuted by " + id);
    }
  }
  for (const std::string& id : test_.ruled_out_by) {
    if (!speaks(id, true)) {
      complain("it is not ruled out by " + id);
    }
  }
  return wrong;
}

std::string Run::broken(Mutation mutation, const Ranking& before,
                        const Ranking& after) const {
  const bool same =
      mutation != Mutation::kWiden && mutation != Mutation::kDropLog;
  if (same) {
    const std::string a = fingerprint(before);
    const std::string b = fingerprint(after);
    return a == b ? "" : difference(a, b);
  }
  const bool was = before.verdict == Verdict::kExplained;
  const bool is = after.verdict == Verdict::kExplained;
  if (was && is && top_name(before) != top_name(after)) {
    return fmt::format("explained by {} instead of {}", top_name(after),
                       top_name(before));
  }
  if (mutation == Mutation::kWiden && is && !was) {
    return fmt::format("more certain than before: {}", top_name(after));
  }
  return {};
}

TestOutcome Run::outcome(const MutatedCase& mutated, std::string what) const {
  return {cause_.id,   test_.name,      mutated.mutation,
          mutated.log, std::move(what), test_.origin};
}

std::vector<MutatedCase> Run::mutations() const {
  std::vector<MutatedCase> out = {
      {Mutation::kDuplicate, ""}, {Mutation::kShuffle, ""},
      {Mutation::kShift, ""},     {Mutation::kNoise, ""},
      {Mutation::kTranslate, ""}, {Mutation::kWiden, ""}};
  for (const LogRule& log : rules_.logs()) {
    out.push_back({Mutation::kDropLog, log.id});
  }
  return out;
}

std::vector<TestOutcome> Run::all() {
  std::vector<TestOutcome> out;
  const MutatedCase as_written;
  const Result<Ranking> before = rank(as_written);
  if (!before) {
    out.push_back(outcome(as_written, before.error().text()));
    return out;
  }
  out.push_back(outcome(as_written, unmet(*before)));
  for (const MutatedCase& mutated : mutations()) {
    const Result<Ranking> after = rank(mutated);
    if (after) {
      out.push_back(
          outcome(mutated, broken(mutated.mutation, *before, *after)));
    } else if (mutated.mutation != Mutation::kDropLog) {
      // Without its log a failure may well be invisible.
      out.push_back(outcome(mutated, after.error().text()));
    }
  }
  return out;
}

}  // namespace

std::vector<TestOutcome> check_rules(const RuleSet& rules,
                                     const std::vector<std::string>& ids) {
  std::vector<TestOutcome> out;
  for (const CauseRule& cause : rules.causes()) {
    if (!ids.empty() &&
        std::find(ids.begin(), ids.end(), cause.id) == ids.end()) {
      continue;
    }
    for (const RuleTest& test : cause.tests) {
      const auto outcomes = Run(rules, cause, test).all();
      out.insert(out.end(), outcomes.begin(), outcomes.end());
    }
  }
  return out;
}

}  // namespace deskfall
