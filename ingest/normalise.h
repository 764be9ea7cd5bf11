// Normalise: one spelling for what Windows spells in several ways.
//
// Derived fields are added behind the original ones, nothing is replaced:
//   ErrorCode     hexadecimal, from the client's "Error Code" in decimal
//   ServiceKey    short service name, from the Binary of Service Control
//   ServiceState  Manager records ("TermService/4" in UTF-16): free of the
//                 display language
#pragma once

#include "ingest/event.h"
#include "ingest/kind.h"

namespace deskfall {

/// Whether normalise() would look at events of this kind at all.
[[nodiscard]] bool needs_normalising(const Kind& kind);

void normalise(Event& event);

}  // namespace deskfall
