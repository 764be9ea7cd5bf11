// Join: which server connection belongs to which try of a client, and which
// dialog to which of them.
//
// A joined server view moves into the client's attempt and leaves an empty one
// behind.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "rules/rule_set.h"

namespace deskfall {

/// Joins views that share an activity id. Needs no clocks.
void join_by_activity(std::vector<Attempt>& clients,
                      std::vector<Attempt>& servers);

/// Bounds the offset of each pair of hosts: from exact joins when there are
/// any, else from tries and connections that may belong together by the name
/// of the target.
void measure_offsets(const CaseData& data, const std::vector<Attempt>& clients,
                     const std::vector<Attempt>& servers, Clocks& clocks);

/// Joins what is left by target name and time. Earlier connections inside the
/// same try are its probes.
void join_by_time(const CaseData& data, std::vector<Attempt>& clients,
                  std::vector<Attempt>& servers, const Clocks& clocks);

/// Gives each dialog to the attempt with its activity id, else to the only one
/// with its code and time; a dialog that fits nowhere becomes an attempt of
/// its own among `clients`.
void attach_dialogs(const CaseData& data, const RuleSet& rules,
                    std::vector<Attempt>& clients,
                    std::vector<Attempt>& servers);

}  // namespace deskfall
