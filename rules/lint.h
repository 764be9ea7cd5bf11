// Lint: what is wrong with rules that load.
//
// Errors never reach this place: the loader refuses them. A warning is
// something that a careful author would change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set.h"

namespace deskfall {

struct Warning {
  std::string rule;  ///< short name: "no-refutation"
  Diagnostic at;
};

/// By file, line and rule.
[[nodiscard]] std::vector<Warning> lint(const RuleSet& rules);

/// Every rule with one sentence, for people and for editors.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>>
lint_rules();

}  // namespace deskfall
