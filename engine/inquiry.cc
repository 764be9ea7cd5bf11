#include "engine/inquiry.h"

#include "engine/stitch.h"
#include "engine/zone_fit.h"
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

/// Joins by what the clocks say, then forgets how well they are known.
std::vector<Attempt> stitch_and_widen(const CaseData& data,
                                      const RuleSet& rules, Clocks& clocks,
                                      Ticks widen) {
  std::vector<Attempt> attempts = stitch(data, rules, clocks);
  if (widen > 0) {
    clocks.widen(widen);
  }
  return attempts;
}

}  // namespace

Inquiry::Inquiry(CaseData case_data, const RuleSet& rules, Clocks known_clocks,
                 Ticks widen)
    : data(std::move(case_data)),
      coverage(Coverage::measure(data, rules)),
      clocks(std::move(known_clocks)),
      attempts(stitch_and_widen(data, rules, clocks, widen)),
      signals(data, rules, attempts),
      situation(data, rules, coverage, clocks, attempts, signals),
      failures(list_failures(attempts, data)),
      controls_(situation) {
  bind_failures(rules, signals, failures);
}

Result<std::unique_ptr<Inquiry>> Inquiry::open(
    Store& store, const RuleSet& rules,
    const std::map<std::string, Ticks>& skew) {
  // Everything in memory, in an order that depends on content alone.
  DF_TRY(CaseData data, load_case(store));
  // Which zone do logs of local times keep, where nobody said?
  fit_zones(data);
  DF_TRY(auto told, read_skew(data, skew));
  return std::make_unique<Inquiry>(std::move(data), rules,
                                   Clocks(std::move(told)));
}

Ranking Inquiry::explain(const Failure& failure) {
  return rank(situation.rules, evaluate(situation, failure, controls_));
}

}  // namespace deskfall
