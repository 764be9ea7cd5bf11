// The rule pack that is compiled into the program.
#pragma once

#include <vector>

#include "rules/rule_set.h"

namespace deskfall {

/// Every .yaml of this folder tree as it was at build time, by name.
[[nodiscard]] std::vector<RuleFile> builtin_rules();

}  // namespace deskfall
