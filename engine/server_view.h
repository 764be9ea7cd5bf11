// Server view: RdpCoreTS, connection manager and session manager records of
// one host, grouped into connections.
//
// All records of a connection share an activity id that the server made (it
// begins F4). Where exports lost it, records are grouped from one accept (131)
// to the next end (103), one open connection at a time.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"

namespace deskfall {

/// Every connection that any host recorded as a server, by begin. Stage,
/// close, client address and port, session and user are filled in; outcome is
/// left to stitch.h.
[[nodiscard]] std::vector<Attempt> build_server_views(const CaseData& data);

}  // namespace deskfall
