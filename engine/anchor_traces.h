// AnchorTraces: where the connections that an anchor means left a record.
//
// A connection may leave several: the error box, the client's own record, one
// in a log that no attempt has. Traces of one attempt are one; so are those
// that the anchor's `merge` says are one, when they stand on one host. What the
// anchor's `bind` names is read from each of them.
#pragma once

#include <vector>

#include "engine/signal_table.h"

namespace deskfall {

struct AnchorTrace {
  Hit hit;       ///< of the first trace; `who` is not set
  Bindings who;  ///< of all its traces, the first that tells
  std::vector<std::size_t> attempts;
};

/// By host and time. `signals` holds the hits of the rules' signals.
[[nodiscard]] std::vector<AnchorTrace> anchor_traces(
    const AnchorRule& anchor, const CaseData& data,
    const std::vector<Attempt>& attempts, const SignalTable& signals);

}  // namespace deskfall
