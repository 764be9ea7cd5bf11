// pfirewall.log: the text log of Windows Firewall.
//
// Columns are taken from the #Fields line, wherever it stands and however
// often it repeats. Times are local unless the header says UTC, whole seconds,
// without a zone: with no zone told they keep their wall-clock digits and
// ClockNote::kZoneUnknown.
//
// A row becomes an Event: provider "pfirewall", channel "pfirewall.log",
// event_id 0, fields named as in the header (action, protocol, src-ip, ...);
// columns that hold "-" are left out.
#pragma once

#include <optional>

#include "ingest/byte_source.h"
#include "ingest/event.h"
#include "ingest/parse_reporter.h"
#include "ingest/result.h"

namespace deskfall {

struct FirewallLogOptions {
  std::string host;          ///< put into every event; may be empty
  std::optional<Zone> zone;  ///< of local times; none = unknown
};

[[nodiscard]] Result<void> read_firewall_log(ByteSource& source,
                                             const FirewallLogOptions& options,
                                             EventSink& sink,
                                             ParseReporter& reporter);

}  // namespace deskfall
