// Time join: the clocks of hosts from joined views, then joins by name,
// address and time within those clocks.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "engine/flow_view.h"

namespace deskfall {

/// Bounds the offset of each pair of hosts: from joins that needed no time
/// when there are any, else from tries and connections that may belong
/// together by the name of the target.
void measure_offsets(const CaseData& data, const FlowsBySource& flows,
                     const std::vector<Attempt>& clients,
                     const std::vector<Attempt>& servers, Clocks& clocks);

/// Joins what is left by target name and time. Earlier connections inside the
/// same try are its probes. Where tries of several clients fit the same
/// connections and their ends do not part them, none is joined.
void join_by_time(const CaseData& data, std::vector<Attempt>& clients,
                  std::vector<Attempt>& servers, Clocks& clocks);

}  // namespace deskfall
