// Server view: what RdpCoreTS, connection manager and session manager of one
// host recorded of each connection (server_groups.h), followed up the ladder.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "engine/piles.h"

namespace deskfall {

/// Every connection that any host recorded as a server, by begin. Stage,
/// close, client address and port, session and user are filled in; outcome is
/// left to stitch.h.
[[nodiscard]] std::vector<Attempt> build_server_views(const CaseData& data,
                                                      const Piles& piles);

}  // namespace deskfall
