// StateTable: what each state of the rules was on each host, and when.
//
// A change holds from its record on, a snapshot for its moment; both hold until
// the next record that says otherwise, as long as the logs that would show a
// change cover the time between. A snapshot of a state that `holds: {backward:
// until_change}` speaks for the time before it in the same way.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/coverage.h"
#include "engine/signal_table.h"

namespace deskfall {

class StateTable {
 public:
  StateTable(const CaseData& data, const RuleSet& rules,
             const SignalTable& signals);

  /// One field at one instant.
  struct Known {
    bool known = false;
    std::string value;
    EventIndex event = 0;  ///< that says so
    std::string why_not;
    std::size_t log = 0;  ///< that would have told, when not known
  };
  [[nodiscard]] Known ask(std::size_t state, const std::string& field,
                          HostId host, Instant when,
                          const Coverage& coverage) const;

  /// Instants in (from, to] at which a record of the state stands.
  [[nodiscard]] std::vector<Instant> turns(std::size_t state, HostId host,
                                           Instant from, Instant to) const;

 private:
  struct Point {
    Instant time;
    EventIndex event = 0;
    StateRule::Kind kind = StateRule::Kind::kChange;
    std::string value;
  };
  [[nodiscard]] Known bridge(std::size_t state, const Point& point, HostId host,
                             Instant from, Instant to,
                             const Coverage& coverage) const;

  using Key = std::pair<std::size_t, HostId>;
  const RuleSet& rules_;
  std::map<Key, std::map<std::string, std::vector<Point>>> points_;
};

}  // namespace deskfall
