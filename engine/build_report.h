// Build report: conclusions and records to the report model, numbered, sorted
// and worded.
#pragma once

#include <vector>

#include "engine/analyze.h"
#include "engine/explained_failure.h"
#include "engine/report.h"
#include "engine/situation.h"

namespace deskfall {

[[nodiscard]] Report build_report(const Situation& situation,
                                  std::vector<ExplainedFailure> failures,
                                  const AnalyzeOptions& options);

}  // namespace deskfall
