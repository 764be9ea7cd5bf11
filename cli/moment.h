// A moment as a user types it on the command line.
#pragma once

#include <optional>
#include <string>

#include "ingest/instant.h"
#include "ingest/result.h"

namespace deskfall {

/// "2026-03-02T08:14", with seconds and offset if wanted, or a day alone;
/// without an offset it is in `zone`. Nothing for an empty text; fails, naming
/// the option `flag`, on one that is no time.
[[nodiscard]] Result<std::optional<Instant>> read_moment(
    std::string text, const std::string& flag, const Zone& zone);

}  // namespace deskfall
