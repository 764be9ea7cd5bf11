// HostId: a host of the case, as a number.
#pragma once

namespace deskfall {

/// Index of a host in CaseData::hosts; kNoHost when unknown.
using HostId = int;
inline constexpr HostId kNoHost = -1;

}  // namespace deskfall
