// Build report: conclusions and records to the report model, numbered, sorted
// and worded.
#pragma once

#include <vector>

#include "engine/analyze.h"
#include "engine/evaluate.h"
#include "engine/rank.h"
#include "engine/report.h"

namespace deskfall {

struct ExplainedFailure {
  Failure failure;
  Ranking ranking;
};

[[nodiscard]] Report build_report(const Situation& situation,
                                  std::vector<ExplainedFailure> failures,
                                  const AnalyzeOptions& options);

}  // namespace deskfall
