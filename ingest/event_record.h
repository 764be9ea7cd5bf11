// EventRecord: one <Event> element, as text, into an Event.
//
// The other half of event_xml.h, which finds the elements; here one is read.
// Display text (RenderingInfo) is left alone: the same record must read the
// same whatever language it was exported in.
#pragma once

#include <string>
#include <string_view>

#include "ingest/event.h"

namespace deskfall {

struct RecordReading {
  bool ok = false;
  std::string reason;  ///< why not; or, when ok, a note worth telling
};

/// Fills `event` (reset first; offset and line stay 0) from UTF-8 text that
/// begins with "<Event". A record needs <System> with an <EventID>; anything
/// else may be missing. A record whose display text is broken XML is read when
/// its data come before the break.
[[nodiscard]] RecordReading read_event_record(std::string_view xml,
                                              Event& event);

/// "{1139c61b-...}" as "1139C61B-..."; anything that is no GUID as it is.
[[nodiscard]] std::string normal_guid(std::string_view text);

}  // namespace deskfall
