// Coverage: what each log could have told, and when. It turns silence into
// evidence, or refuses to.
//
// A log covers an instant when it was kept then: after its first record,
// before the newest record of its host (a quiet log has an old last record),
// outside every hole in its record numbers, not while the event log service
// was down, after it was last cleared, and - for logs that are off by default -
// after a record that proves it was switched on. An export that was filtered
// by event id covers nothing: nobody knows which ids it left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/case_data.h"
#include "rules/rule_set.h"

namespace deskfall {

struct CoverageGap {
  Instant from;
  Instant to;
  std::string why;
};

/// One log of one host.
struct LogCoverage {
  std::size_t log = 0;  ///< index into RuleSet::logs
  HostId host = kNoHost;
  Instant from;
  Instant to;
  std::vector<CoverageGap> gaps;  ///< by time
  std::string begins_because;
  std::string ends_because;
  std::int64_t records = 0;
  bool proven = true;  ///< false: nothing proves that it was switched on
};

class Coverage {
 public:
  [[nodiscard]] static Coverage measure(const CaseData& data,
                                        const RuleSet& rules);

  struct Answer {
    bool covered = false;
    std::string why_not;  ///< "no such log", "begins only at ...", ...
  };

  /// Would the log have shown something at every instant of [from, to]?
  [[nodiscard]] Answer covers(std::size_t log, HostId host, Instant from,
                              Instant to) const;

  /// By host, then log id.
  [[nodiscard]] const std::vector<LogCoverage>& logs() const { return logs_; }
  [[nodiscard]] const LogCoverage* find(std::size_t log, HostId host) const;

 private:
  std::vector<LogCoverage> logs_;
};

}  // namespace deskfall
