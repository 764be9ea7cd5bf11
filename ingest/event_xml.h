// Event XML: exported records as text, in any of the shapes people send.
//
// wevtutil's bare sequence, Event Viewer's <Events> root, concatenated
// .ToXml() lines, "Event Xml:" inside pasted text, browser dashes; UTF-8 or
// UTF-16 with or without BOM. The reader scans for <Event ...> ... </Event>
// and hands one record at a time to pugixml, so memory stays that of one
// record however long the file or its lines are.
#pragma once

#include "ingest/byte_source.h"
#include "ingest/event.h"
#include "ingest/parse_reporter.h"
#include "ingest/result.h"

namespace deskfall {

/// Reads every record to `sink`; a fragment that is no record is reported with
/// its range and reading goes on behind it.
[[nodiscard]] Result<void> read_event_xml(ByteSource& source, EventSink& sink,
                                          ParseReporter& reporter);

}  // namespace deskfall
