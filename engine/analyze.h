// Analyze: the passes from a case to a report, in order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/report.h"
#include "ingest/result.h"
#include "ingest/store.h"
#include "rules/rule_set.h"

namespace deskfall {

struct AnalyzeOptions {
  std::string version;
  /// Told by the user: clock of a host minus true time, by host name.
  std::map<std::string, Ticks> skew;
  /// Options that change results, sorted, for the run record.
  std::vector<std::string> described;
};

/// Draws every conclusion from the records of a case. Fails when the case
/// cannot be read, or an option names a host that is not there.
[[nodiscard]] Result<Report> analyze(Store& store, const RuleSet& rules,
                                     const AnalyzeOptions& options);

}  // namespace deskfall
