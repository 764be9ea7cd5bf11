// EVTX: the binary event log of Windows, read for what is there.
//
// The file header is a hint only (a third of real records lie beyond what it
// claims): every 64 KiB slot to the end of the file is visited. See
// evtx_format.h for the layout and evtx_binxml.h for the record payload.
#pragma once

#include "ingest/byte_source.h"
#include "ingest/event.h"
#include "ingest/parse_reporter.h"
#include "ingest/result.h"

namespace deskfall {

/// Reads every record of the log, in file order, to `sink`. Damage goes to
/// `reporter`; fails only when the source itself cannot be read.
[[nodiscard]] Result<void> read_evtx(ByteSource& source, EventSink& sink,
                                     ParseReporter& reporter);

}  // namespace deskfall
