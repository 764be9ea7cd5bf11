// Codes: every number that records of an attempt gave for its end or for a
// fault, and who ended it.
#pragma once

#include <vector>

#include "engine/attempt.h"
#include "engine/piles.h"

namespace deskfall {

/// Fills `codes`: 1026 and the dialog's pair of the client; 103, SetErrorInfo,
/// PreDisconnect, 139, 142, 143, 226 and LSM 40 of the server; 303 and 304 of
/// the gateway. Zero says nothing and is left out, except in 103 and 40.
void collect_codes(const CaseData& data, Attempt& attempt);

/// Adds the TLS alerts of Schannel (36887 received, 36888 sent) to the one
/// attempt whose handshake was under way on that host. They name no
/// connection: with two under way an alert belongs to neither. Comes before
/// collect_codes(), which sorts.
void add_alerts(const CaseData& data, const Piles& piles,
                std::vector<Attempt>& attempts);

/// Fills `closer` from the close, the client's code and the filters' rows.
void decide_closer(Attempt& attempt);

/// "idle limit", "another connection", ...: what the session manager or Set
/// Error Info gave as the reason of an ordered end; empty without one.
[[nodiscard]] std::string_view end_reason(const Attempt& attempt);

}  // namespace deskfall
