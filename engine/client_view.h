// Client view: records of the client's own log, grouped into tries.
//
// Records of one try share the activity id that the client made; where it is
// missing, one process is followed from its 1024 to the next 1026.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "engine/piles.h"
#include "rules/rule_set.h"

namespace deskfall {

/// Every try that any host recorded as a client, by begin.
[[nodiscard]] std::vector<Attempt> build_client_views(const CaseData& data,
                                                      const RuleSet& rules,
                                                      const Piles& piles);

/// Narrows the span in which an attempt fell by what its code says.
void apply_code(Attempt& attempt, const RuleSet& rules);

}  // namespace deskfall
