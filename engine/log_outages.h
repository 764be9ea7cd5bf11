// Log outages: what the records themselves say about times in which a log was
// not kept - it was cleared, or the event log service was down.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/case_data.h"

namespace deskfall {

/// A stretch of time in which a host wrote no event log at all.
struct Outage {
  Instant from;
  Instant to;
  std::string why;
};

/// All records of a log before this moment were thrown away.
struct Clearing {
  Instant when;
  std::string why;  ///< "cleared by EXAMPLE\mallory"
};

struct LogOutages {
  std::map<HostId, std::vector<Outage>> hosts;
  /// By host and lower-case channel name.
  std::map<std::pair<HostId, std::string>, std::vector<Clearing>> cleared;
};

/// Eventlog 104 and 1102 (cleared), 1100 and EventLog 6006 (service stopped)
/// up to 6005 (started) or the end of a shutdown. While the machine is off,
/// logs miss nothing. A start without a shutdown before it loses what was
/// not yet written: from the last record of the host on.
[[nodiscard]] LogOutages find_outages(const CaseData& data);

}  // namespace deskfall
