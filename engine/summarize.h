// Summarize: the head of a report - what was read, what of it is damaged or
// missing, how many attempts failed and how many of those are explained.
#pragma once

#include <span>

#include "engine/explained_failure.h"
#include "engine/report.h"
#include "engine/situation.h"

namespace deskfall {

[[nodiscard]] Report::Summary summarize(
    const Situation& situation, std::span<const ExplainedFailure> failures,
    std::span<const Report::Source> sources);

}  // namespace deskfall
