// Rank: from judgements to grades, a verdict, and what to collect.
//
// Grades: established - a component said so itself, what is required is there,
// nothing refutes it and no rival comes near; likely; possible; ruled out.
// A wrong "established" is the worst thing this program can do.
#pragma once

#include <string>
#include <vector>

#include "engine/evaluate.h"

namespace deskfall {

enum class Grade : std::uint8_t { kEstablished, kLikely, kPossible, kRuledOut };
[[nodiscard]] std::string_view grade_name(Grade grade);

enum class Verdict : std::uint8_t {
  kExplained,    ///< one cause is well supported
  kAmbiguous,    ///< two or three causes fit and the logs cannot part them
  kUndecidable,  ///< a log that would decide is missing
  kUnexplained   ///< the logs are there and no known cause fits
};
[[nodiscard]] std::string_view verdict_name(Verdict verdict);

struct RankedCause {
  Judgement judgement;
  Grade grade = Grade::kPossible;
  Weight weight = 0;  ///< prior and evidence
  double posterior = 0;
};

/// A log to collect.
struct WantedLog : MissingLog {
  std::int64_t gain = 0;  ///< thousandths of a bit, see wanted_logs.h
};

struct Ranking {
  Verdict verdict = Verdict::kUnexplained;
  std::vector<RankedCause> causes;  ///< by grade, then weight, then id
  std::vector<WantedLog> missing;   ///< best first
};

[[nodiscard]] Ranking rank(const RuleSet& rules,
                           std::vector<Judgement> judgements);

}  // namespace deskfall
