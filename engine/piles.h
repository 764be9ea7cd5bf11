// Piles: the records that make attempts and clocks, sorted by what they tell,
// in one pass over the case. Everything else on a busy host is left lying.
#pragma once

#include <vector>

#include "engine/case_data.h"

namespace deskfall {

/// Which log family a record belongs to.
enum class Family : std::uint8_t {
  kOther,
  kClient,   ///< RDPClient
  kCore,     ///< RdpCoreTS
  kManager,  ///< TerminalServices-RemoteConnectionManager
  kSession,  ///< TerminalServices-LocalSessionManager
  kGateway,  ///< TerminalServices-Gateway
  kFilter,   ///< Windows Filtering Platform audit and pfirewall rows
  kDialog,
  kAlert,   ///< Schannel sent or received a TLS alert
  kTicket,  ///< Kerberos ticket issued, or logon with one
  kSynced,  ///< the time service found its source
  kBreak    ///< a start or an end of the machine or of the service
};

/// By time within each pile, as the case is.
struct Piles {
  std::vector<EventIndex> client;
  std::vector<EventIndex> server;  ///< core, manager and session
  std::vector<EventIndex> gateway;
  std::vector<EventIndex> filter;
  std::vector<EventIndex> dialogs;
  std::vector<EventIndex> alerts;
  std::vector<EventIndex> tickets;
  std::vector<EventIndex> synced;
  std::vector<EventIndex> breaks;
};

[[nodiscard]] Piles sort_out(const CaseData& data);

[[nodiscard]] Family family_of(const CaseEvent& event);

}  // namespace deskfall
