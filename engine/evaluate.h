// Evaluate: every cause of the rules against one failure, item by item, in
// three values.
//
// present: a matching record lies in the window whatever the clocks do.
// absent:  none lies there, and the logs that would show it cover the window.
// unknown: the log is missing, or the clocks decide. Unknown weighs nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/coverage.h"
#include "engine/failure.h"
#include "engine/signal_table.h"
#include "engine/weight.h"
#include "rules/rule_set.h"

namespace deskfall {

enum class Value : std::uint8_t { kPresent, kAbsent, kUnknown };
[[nodiscard]] std::string_view value_name(Value value);

/// A log that would have decided something.
struct MissingLog {
  std::size_t log = 0;
  HostId host = kNoHost;
  Side side = Side::kServer;
  std::string why;

  auto operator<=>(const MissingLog&) const = default;
};

struct Finding {
  const Item* item = nullptr;  ///< null for the finding of the ladder
  std::string id;
  std::string role;
  Value value = Value::kUnknown;
  Weight weight = 0;
  std::vector<EventIndex> evidence;  ///< the first and last few, by time
  std::int64_t count = 0;            ///< all matching records
  std::int64_t control_hits = 0;
  std::int64_t controls = 0;
  bool clock_decides = false;
  bool shared = false;  ///< only the host and the time tie it to the failure
  std::string window;   ///< "08:14:05 to 08:14:17 on SRV01", for sentences
  std::vector<MissingLog> missing;
};

struct Judgement {
  const CauseRule* cause = nullptr;
  std::vector<Finding> findings;
  Weight weight = 0;
  bool ruled_out = false;
  bool required_met = false;  ///< every required group has a present item
  bool needs_met = true;      ///< no undecidable need is open
  bool refuted = false;       ///< a refuting item is present
  bool statement = false;     ///< a component said so itself
  Weight least = 0;           ///< weight if all unknown items spoke against it
  std::vector<MissingLog> missing;  ///< of unmet needs
};

/// What evaluation reads; all of it must outlive the call.
struct Situation {
  const CaseData& data;
  const RuleSet& rules;
  const Coverage& coverage;
  const Clocks& clocks;
  const std::vector<Attempt>& attempts;
  const SignalTable& signals;
};

/// One judgement per cause that can explain this kind of failure, in the order
/// of the rules.
[[nodiscard]] std::vector<Judgement> evaluate(const Situation& situation,
                                              const Failure& failure);

}  // namespace deskfall
