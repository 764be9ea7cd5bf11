// Inquiry: a case with all that is known about it before causes are judged.
//
//   DF_TRY(const auto inquiry, Inquiry::open(store, rules, skew));
//   for (const Failure& failure : inquiry->failures) {
//     evaluate(inquiry->situation, failure);
//   }
//
// It owns what the situation points into, so it stays where it was made. The
// rules are the caller's and must outlive it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/failure.h"
#include "engine/rank.h"
#include "engine/situation.h"
#include "ingest/store.h"

namespace deskfall {

class Inquiry {
 public:
  /// Reads a case and runs the passes up to the list of failures. `skew`: clock
  /// of a host minus true time, by host name; a name nobody has is an error.
  [[nodiscard]] static Result<std::unique_ptr<Inquiry>> open(
      Store& store, const RuleSet& rules,
      const std::map<std::string, Ticks>& skew);

  /// The same from records in memory. `widen`: no two clocks are taken to be
  /// known better than this.
  Inquiry(CaseData case_data, const RuleSet& rules, Clocks known_clocks,
          Ticks widen = 0);
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;

  /// Judges and ranks the causes of one failure.
  [[nodiscard]] Ranking explain(const Failure& failure);

  const CaseData data;
  const Coverage coverage;
  Clocks clocks;
  const std::vector<Attempt> attempts;
  const SignalTable signals;
  const Situation situation;
  std::vector<Failure> failures;

 private:
  Controls controls_;
};

}  // namespace deskfall
