#include "engine/analyze.h"

#include "engine/build_report.h"
#include "engine/inquiry.h"

namespace deskfall {

Result<Report> analyze(Store& store, const RuleSet& rules,
                       const AnalyzeOptions& options) {
  // Records in memory, coverage, clocks, attempts, signals, failures.
  DF_TRY(const auto inquiry, Inquiry::open(store, rules, options.skew));

  // No record is looked for below this line: causes are judged and ranked.
  std::vector<ExplainedFailure> explained;
  for (Failure& failure : inquiry->failures) {
    Ranking ranking = inquiry->explain(failure);
    explained.push_back({std::move(failure), std::move(ranking)});
  }
  return build_report(inquiry->situation, std::move(explained), options);
}

}  // namespace deskfall
