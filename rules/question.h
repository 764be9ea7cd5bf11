// Question: what an item of evidence asks, whatever it weighs.
//
// Two causes that ask the same of the same must agree how often it happens
// anyway (lint.h), and one log answers both at once (engine/wanted_logs.h).
#pragma once

#include <string>

#include "rules/rule.h"

namespace deskfall {

/// Equal for items that ask the same; of no meaning but that.
[[nodiscard]] std::string question_of(const Item& item);

}  // namespace deskfall
