// CaseData: the records of a case in memory, in one order that depends on
// their content alone.
//
// Sources may come in any order, twice, or once as EVTX and once as XML: the
// same record counts once (host, channel, record number, time within one
// second), and ties in time are broken by record number, never by source.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/host_id.h"
#include "ingest/result.h"
#include "ingest/store.h"

namespace deskfall {

/// Index into CaseData::events.
using EventIndex = std::size_t;

struct CaseEvent : StoredEvent {
  HostId host_id = kNoHost;
};

struct CaseData {
  std::vector<CaseEvent> events;   ///< by time, then content
  std::vector<std::string> hosts;  ///< display name, sorted
  std::vector<Store::SourceRow> sources;
  std::vector<RecordRun> runs;
  std::vector<CaseInput> inputs;
  std::int64_t duplicates = 0;  ///< records left out as seen before

  /// The host called so: full name, or short name when that is unique.
  [[nodiscard]] HostId find_host(std::string_view name) const;
  [[nodiscard]] const std::string& host_name(HostId host) const;
};

/// Puts events in the order of CaseData again after their times were set.
void sort_events(CaseData& data);

/// Reads a case. Hosts that differ in letter case, or of which one name is the
/// unqualified form of exactly one other, are the same host.
[[nodiscard]] Result<CaseData> load_case(Store& store);

}  // namespace deskfall
