// Server groups: which records of a server's three Remote Desktop logs belong
// to one connection.
//
// All records of a connection share an activity id that the server made (it
// begins F4). Where exports lost it, a record goes to the open connection that
// its name (RDP-Tcp#7), address, session or place in the sequence fits; a
// connection is open from its accept (131) to its end (103), and only one can
// be open per address and port.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "engine/piles.h"

namespace deskfall {

/// `pile`: indexes of core, manager and session records, by time. Host,
/// events, begin, address, port, session, user and activity ids are filled in.
[[nodiscard]] std::vector<Attempt> group_server_records(
    const CaseData& data, const std::vector<EventIndex>& pile);

/// Core, manager or session, for records of such a pile.
[[nodiscard]] Family server_family(const CaseEvent& event);

/// Event 131 for this transport: "TCP" or "UDP".
[[nodiscard]] bool is_accept(const CaseEvent& event,
                             std::string_view transport);

}  // namespace deskfall
