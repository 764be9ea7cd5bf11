// Finding: what came of one item of evidence, in three values.
//
// present: a matching record lies in the window whatever the clocks do.
// absent:  none lies there, and the logs that would show it cover the window.
// unknown: the log is missing, or the clocks decide. Unknown weighs nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/case_data.h"
#include "engine/weight.h"
#include "rules/rule.h"

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

/// What ties the records of a finding to the failure.
enum class Tie : std::uint8_t {
  kTime,    ///< the item names who took part, and no record tells
  kHost,    ///< host and time, and the item asks for no more
  kEntity,  ///< somebody who took part
  kAttempt  ///< a record of the connection itself
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
  Tie tie = Tie::kHost;  ///< the strongest of its records
  std::string window;    ///< "08:14:05 to 08:14:17 on SRV01", for sentences
  std::vector<MissingLog> missing;
  std::map<std::string, EventIndex> bound;  ///< records by the name of a step
};

}  // namespace deskfall
