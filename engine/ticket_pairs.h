// Ticket pairs: what domain controllers tell about the clocks of servers.
//
// A service ticket (4769) is issued before the logon with it (4624), and both
// carry one LogonGuid. The server accepted the connection of that logon before
// the client asked for the ticket. Kerberos itself refuses clocks that are more
// than five minutes apart, so a pair that is further apart is no pair: the
// ticket was an older one.
#pragma once

#include <map>
#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "engine/piles.h"

namespace deskfall {

/// Notes what the tickets bound between each controller and each server.
void measure_tickets(const CaseData& data, const Piles& piles,
                     const std::vector<Attempt>& servers, Clocks& clocks);

/// Hosts of a DNS domain whose time service found a source (35) or heard from
/// it (37). A clock of the machine itself is no source.
[[nodiscard]] std::map<HostId, TimeService> find_time_services(
    const CaseData& data, const Piles& piles);

}  // namespace deskfall
