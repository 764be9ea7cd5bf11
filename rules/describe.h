// Describe: a rule as a responder reads it, without YAML.
#pragma once

#include <string>

#include "rules/rule_set.h"

namespace deskfall {

/// A cause, signal, log, state or anchor by its id. An unknown id is an error
/// that names the nearest.
[[nodiscard]] Result<std::string> describe(const RuleSet& rules,
                                           const std::string& id);

/// "-9.3 s to +2 s of the end"; "from the start ..." where it begins there.
[[nodiscard]] std::string window_text(const Item& item);

}  // namespace deskfall
