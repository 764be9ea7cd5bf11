// Dialog join: to which attempt a pasted error dialog belongs.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "rules/rule_set.h"

namespace deskfall {

/// Gives each dialog to the attempt with its activity id, else to the only one
/// with its code and time; a dialog that fits nowhere becomes an attempt of
/// its own among `clients`.
void attach_dialogs(const CaseData& data, const RuleSet& rules,
                    const std::vector<EventIndex>& dialogs,
                    std::vector<Attempt>& clients,
                    std::vector<Attempt>& servers);

}  // namespace deskfall
