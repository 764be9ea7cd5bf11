// Clock pairs: what two views of one connection say about the clocks of their
// hosts.
//
// Each pair of records of which one must come first bounds the offset on one
// side. Pairs across a cut of either clock are left out, and records that keep
// whole seconds widen the bound by theirs.
#pragma once

#include <optional>
#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "engine/flow_view.h"

namespace deskfall {

/// Records of one instant may be written this much later.
inline constexpr Ticks kRecordSlack = kTicksPerSecond / 2;

/// The loose bound: the server accepted between the client's start and its end.
[[nodiscard]] Bound bound_of(const Attempt& client, const Attempt& server);

/// The tight one, for a client and a server view that are one connection: the
/// server accepts before the client is connected (1025); its UDP accept lies
/// between the client's 1102 and 1103; it attaches the session before the
/// client hears of it (1027). Where packet filters of both hosts saw the
/// connection, the client's row comes before the server's, and before the
/// accept.
[[nodiscard]] std::optional<Sighting> sighting_of(const CaseData& data,
                                                  const Clocks& clocks,
                                                  const FlowsBySource& flows,
                                                  const Attempt& attempt);

}  // namespace deskfall
