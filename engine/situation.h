// Situation: all that is known when causes are judged; nothing in it changes
// any more.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "engine/clocks.h"
#include "engine/coverage.h"
#include "engine/signal_table.h"
#include "engine/state_table.h"
#include "rules/rule_set.h"

namespace deskfall {

/// All of it must outlive whoever reads it.
struct Situation {
  Situation(const CaseData& data_of, const RuleSet& rules_of,
            const Coverage& coverage_of, const Clocks& clocks_of,
            const std::vector<Attempt>& attempts_of,
            const SignalTable& signals_of)
      : data(data_of),
        rules(rules_of),
        coverage(coverage_of),
        clocks(clocks_of),
        attempts(attempts_of),
        signals(signals_of),
        states(data_of, rules_of, signals_of) {}

  const CaseData& data;
  const RuleSet& rules;
  const Coverage& coverage;
  const Clocks& clocks;
  const std::vector<Attempt>& attempts;
  const SignalTable& signals;
  StateTable states;
};

}  // namespace deskfall
