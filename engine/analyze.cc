#include "engine/analyze.h"

#include "engine/build_report.h"
#include "engine/case_data.h"
#include "engine/clocks.h"
#include "engine/coverage.h"
#include "engine/evaluate.h"
#include "engine/failure.h"
#include "engine/rank.h"
#include "engine/signal_table.h"
#include "engine/stitch.h"
#include "ingest/suggest.h"

namespace deskfall {

namespace {

Result<std::map<HostId, Ticks>> read_skew(
    const CaseData& data, const std::map<std::string, Ticks>& told) {
  std::map<HostId, Ticks> skew;
  for (const auto& [name, ticks] : told) {
    const HostId host = data.find_host(name);
    if (host == kNoHost) {
      return fail(ErrorKind::kUsage, "no host is called '" + name + "'",
                  "--skew", suggest(name, data.hosts));
    }
    skew[host] = ticks;
  }
  return skew;
}

}  // namespace

Result<Report> analyze(Store& store, const RuleSet& rules,
                       const AnalyzeOptions& options) {
  // Everything in memory, in an order that depends on content alone.
  DF_TRY(const CaseData data, load_case(store));

  // What could each log have told, and when?
  const Coverage coverage = Coverage::measure(data, rules);

  // Which records are one connection, and how far apart are the clocks?
  DF_TRY(const auto skew, read_skew(data, options.skew));
  Clocks clocks(skew);
  const std::vector<Attempt> attempts = stitch(data, rules, clocks);

  // Where does each signal of the rules occur?
  const SignalTable signals(data, rules, attempts);

  // No record is looked for below this line: causes are judged and ranked.
  const Situation situation{data, rules, coverage, clocks, attempts, signals};
  Controls controls(situation);
  std::vector<ExplainedFailure> explained;
  for (Failure& failure : list_failures(attempts, data)) {
    Ranking ranking = rank(rules, evaluate(situation, failure, controls));
    explained.push_back({std::move(failure), std::move(ranking)});
  }
  return build_report(situation, std::move(explained), options);
}

}  // namespace deskfall
