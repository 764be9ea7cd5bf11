// Save: conclusions into the case, where any SQL client can read them.
#pragma once

#include "engine/report.h"
#include "ingest/result.h"
#include "ingest/store.h"

namespace deskfall {

/// Writes attempts, failures, causes, findings, evidence, coverage and clocks
/// into the tables behind the v_* views. The case must be writable and new.
[[nodiscard]] Result<void> save_conclusions(const Report& report, Store& store);

}  // namespace deskfall
