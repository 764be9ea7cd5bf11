// WantedLogs: what to collect next, by how much each log would tell.
//
// Shares of the causes are a distribution with an entropy: how many bits are
// missing to one answer. A log would answer the items it left unknown; for each
// outcome the shares would be others. The gain of a log is the entropy now less
// the entropy expected with it, over all outcomes of at most six items, beyond
// that over the two extremes: everything seen, nothing seen.
//
// Items are taken to be independent once the cause is given; of one group in
// one cause only the strongest is asked, as only that would count.
#pragma once

#include <span>
#include <vector>

#include "engine/rank.h"

namespace deskfall {

/// Every log that a live cause lacks, the most telling first; among equals the
/// one whose absence blocks more, then by log, host and side.
[[nodiscard]] std::vector<WantedLog> wanted_logs(
    std::span<const RankedCause> causes);

}  // namespace deskfall
