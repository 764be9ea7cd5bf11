// Codes: every number that records of an attempt gave for its end or for a
// fault, and who ended it.
#pragma once

#include "engine/attempt.h"

namespace deskfall {

/// Fills `codes`: 1026 and the dialog's pair of the client; 103, SetErrorInfo,
/// PreDisconnect, 139, 142, 143, 226 and LSM 40 of the server; 303 and 304 of
/// the gateway. Zero says nothing and is left out, except in 103 and 40.
void collect_codes(const CaseData& data, Attempt& attempt);

/// Fills `closer` from the close, the client's code and the filters' rows.
void decide_closer(Attempt& attempt);

/// "idle limit", "another connection", ...: what the session manager or Set
/// Error Info gave as the reason of an ordered end; empty without one.
[[nodiscard]] std::string_view end_reason(const Attempt& attempt);

}  // namespace deskfall
