// Gateway view: what a Remote Desktop Gateway recorded of the connections that
// went through it (TerminalServices-Gateway 200, 300 to 304, 312), and to which
// attempts they belong.
//
// The server sees the gateway's address, the gateway sees the client's: only
// its records tell who was behind a connection.
#pragma once

#include <string>
#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "engine/piles.h"

namespace deskfall {

struct GatewayConnection {
  View view;
  std::string user;      ///< as logged, "EXAMPLE\anna"
  std::string address;   ///< of the client, without port
  std::string resource;  ///< name or address of the server that was asked for
  std::optional<Instant> reached;  ///< 302: TCP to the server was up
};

/// Connections by host and begin. Records of one connection share an activity
/// id, else user and client address from its first record to its 303.
[[nodiscard]] std::vector<GatewayConnection> build_gateway_views(
    const CaseData& data, const Piles& piles);

/// Bounds the clocks of gateways and servers by their common connections, then
/// gives each connection to the only attempt that it fits.
void attach_gateways(const CaseData& data,
                     std::vector<GatewayConnection> connections, Clocks& clocks,
                     std::vector<Attempt>& attempts);

}  // namespace deskfall
