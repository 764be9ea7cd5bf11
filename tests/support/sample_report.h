// Sample reports: models made by hand, so that renderers are tested without an
// engine. All hosts, users and addresses are invented.
#pragma once

#include <string>

#include "engine/report.h"

namespace deskfall {

/// Three failures of one morning: one explained, one undecidable, one known
/// from a pasted dialog only; with a few hostile texts in places that come
/// from logs. The golden files show it.
[[nodiscard]] Report sample_report();

/// Two sources read, one log missing, no attempt at all.
[[nodiscard]] Report quiet_report();

/// The sample with `payload` appended to every text that can come from a log,
/// a file name or a user's option.
[[nodiscard]] Report hostile_report(const std::string& payload);

/// The sample with its first failure repeated, ids counted on.
[[nodiscard]] Report long_report(int failures);

}  // namespace deskfall
