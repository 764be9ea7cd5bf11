// Ingest: everything the user gave, into one case.
//
//   DF_TRY(Store store, Store::create_temporary());
//   DF_TRY(IngestSummary sum, ingest_bundle(inputs, options, store));
//
// Every file becomes a source, read or refused; every record is counted; the
// records that `choice` keeps are stored. Damage never stops the run.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "ingest/bundle.h"
#include "ingest/event.h"
#include "ingest/record_choice.h"
#include "ingest/result.h"
#include "ingest/store.h"

namespace deskfall {

struct IngestOptions {
  BundleLimits limits;
  /// Which records to store; null = all. Counts and coverage do not depend on
  /// it.
  const RecordChoice* choice = nullptr;
  /// Threads that decode EVTX chunks while another one writes the rows.
  int jobs = 1;
  std::string code_page;  ///< as in EvtxOptions
  /// Zone of the local times of a host, by host name (case ignored).
  std::map<std::string, Zone> zones;
  /// Told the path of each source as it begins, for progress.
  std::function<void(const std::string& path)> on_source;
};

struct IngestSummary {
  std::int64_t sources = 0;
  std::int64_t events = 0;
  std::int64_t recovered = 0;
  bool complete = true;  ///< false when anything was dropped or refused
};

/// Reads every input. `dialogs` are extra texts of error dialogs, by name.
/// Fails when an input does not exist or the case cannot be written.
[[nodiscard]] Result<IngestSummary> ingest_bundle(
    std::span<const std::string> inputs,
    const std::map<std::string, std::string>& dialogs,
    const IngestOptions& options, Store& store);

}  // namespace deskfall
