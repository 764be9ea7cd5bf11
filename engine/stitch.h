// Stitch: client views, server views and dialogs into attempts, each with an
// outcome.
//
// Order matters and is visible in stitch(): joins that need no time first,
// then the clock offset they give, then joins by time; probes are folded
// before anything is called a failure, floods before they are counted.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "rules/rule_set.h"

namespace deskfall {

/// All attempts by begin (those without a time last). Fills `clocks`.
[[nodiscard]] std::vector<Attempt> stitch(const CaseData& data,
                                          const RuleSet& rules, Clocks& clocks);

}  // namespace deskfall
