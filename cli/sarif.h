// Sarif: problems of rule files for editors and code review (SARIF 2.1.0).
#pragma once

#include <span>
#include <string>

#include "rules/lint.h"

namespace deskfall {

/// Errors first, then warnings, in their order.
[[nodiscard]] std::string sarif_text(std::span<const Diagnostic> errors,
                                     std::span<const Warning> warnings);

}  // namespace deskfall
