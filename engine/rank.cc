#include "engine/rank.h"

#include <algorithm>
#include <tuple>

#include "engine/wanted_logs.h"

namespace deskfall {

namespace {

/// "No rival comes near": half an order of magnitude, as PackInfo::lead.
Weight lead_weight(const RuleSet& rules) {
  return weight_seen(rules.pack().lead, 1.0);
}

bool supported(const RankedCause& cause) {
  return std::any_of(cause.judgement.findings.begin(),
                     cause.judgement.findings.end(), [](const Finding& f) {
                       return f.item != nullptr && f.value == Value::kPresent &&
                              f.weight > 0;
                     });
}

std::vector<RankedCause> score(std::vector<Judgement> judgements) {
  double known = 0;
  for (const Judgement& judgement : judgements) {
    known += judgement.cause->prior;
  }
  // "Something else" keeps at least a tenth, however many causes are known.
  const double unknown = std::max(0.1, 1 - known);
  std::vector<RankedCause> causes;
  std::vector<Weight> weights;
  for (Judgement& judgement : judgements) {
    RankedCause cause;
    cause.weight =
        judgement.weight + weight_prior(judgement.cause->prior, unknown);
    cause.judgement = std::move(judgement);
    if (!cause.judgement.ruled_out) {
      weights.push_back(cause.weight);
    }
    causes.push_back(std::move(cause));
  }
  const std::vector<double> shares = posteriors(weights);
  std::size_t next = 0;
  for (RankedCause& cause : causes) {
    if (!cause.judgement.ruled_out) {
      cause.posterior = std::min(shares[next++], kMostPosterior);
    }
  }
  return causes;
}

void grade(const RuleSet& rules, std::vector<RankedCause>& causes) {
  for (RankedCause& cause : causes) {
    const Judgement& judgement = cause.judgement;
    if (judgement.ruled_out) {
      cause.grade = Grade::kRuledOut;
      continue;
    }
    Weight rival = 0;  // "something else"
    for (const RankedCause& other : causes) {
      if (&other != &cause && !other.judgement.ruled_out) {
        rival = std::max(rival, other.weight);
      }
    }
    const bool ahead = cause.weight >= rival + lead_weight(rules);
    const bool strong = cause.posterior >= rules.pack().explained_at;
    // Whatever its own unknown items turn out to be, it must stay ahead.
    const Weight worst = cause.weight - judgement.weight + judgement.least;
    const bool robust = worst >= rival;
    const bool fit = judgement.required_met && judgement.needs_met &&
                     supported(cause) && ahead && strong && robust;
    if (fit && judgement.statement && !judgement.refuted) {
      cause.grade = Grade::kEstablished;
    } else if (fit) {
      cause.grade = Grade::kLikely;
    }
  }
}

Verdict decide(const RuleSet& rules, const std::vector<RankedCause>& causes) {
  const bool explained =
      std::any_of(causes.begin(), causes.end(), [](const RankedCause& cause) {
        return cause.grade == Grade::kEstablished ||
               cause.grade == Grade::kLikely;
      });
  if (explained) {
    return Verdict::kExplained;
  }
  double together = 0;
  int fitting = 0;
  for (const RankedCause& cause : causes) {
    if (cause.grade != Grade::kRuledOut && cause.judgement.required_met &&
        cause.judgement.needs_met && supported(cause)) {
      together += cause.posterior;
      ++fitting;
    }
  }
  if (fitting >= 2 && fitting <= 3 && together >= rules.pack().explained_at) {
    return Verdict::kAmbiguous;
  }
  const bool open =
      std::any_of(causes.begin(), causes.end(), [](const RankedCause& cause) {
        if (cause.grade == Grade::kRuledOut) {
          return false;
        }
        return !cause.judgement.needs_met || !cause.judgement.required_met;
      });
  return open ? Verdict::kUndecidable : Verdict::kUnexplained;
}

}  // namespace

std::string_view grade_name(Grade grade) {
  switch (grade) {
    case Grade::kEstablished:
      return "established";
    case Grade::kLikely:
      return "likely";
    case Grade::kPossible:
      return "possible";
    case Grade::kRuledOut:
      return "ruled out";
  }
  return "possible";
}

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kExplained:
      return "explained";
    case Verdict::kAmbiguous:
      return "ambiguous";
    case Verdict::kUndecidable:
      return "undecidable";
    case Verdict::kUnexplained:
      return "unexplained";
  }
  return "unexplained";
}

Ranking rank(const RuleSet& rules, std::vector<Judgement> judgements) {
  Ranking ranking;
  ranking.causes = score(std::move(judgements));
  grade(rules, ranking.causes);
  ranking.verdict = decide(rules, ranking.causes);
  ranking.missing = wanted_logs(ranking.causes);
  std::stable_sort(
      ranking.causes.begin(), ranking.causes.end(),
      [](const RankedCause& a, const RankedCause& b) {
        return std::tuple(a.grade, -a.weight, a.judgement.cause->id) <
               std::tuple(b.grade, -b.weight, b.judgement.cause->id);
      });
  return ranking;
}

}  // namespace deskfall
