// Zone fit: which zone a log of local times was written in, when nobody said.
//
// A row of pfirewall.log has whole seconds of local time; the server's accept
// (RdpCoreTS 131) and filter audit (5156) of the same address and port have
// UTC. Their distance, rounded to a quarter of an hour, is the zone; the rest
// is the clocks. A log that spans the change to or from summer time gets each
// row's offset from the nearest pairs, and keeps its rows undated where the
// pairs around them disagree.
//
// Only times in memory are set, with ClockNote::kZoneAssumed; the case keeps
// what the log says.
#pragma once

#include <string>
#include <vector>

#include "engine/case_data.h"

namespace deskfall {

struct ZoneFit {
  std::int64_t source = 0;
  Ticks offset = 0;  ///< local minus UTC, of most pairs
  std::int64_t pairs = 0;
};

/// Dates what can be dated, sorts the case again if anything was, and notes it
/// at the source.
std::vector<ZoneFit> fit_zones(CaseData& data);

}  // namespace deskfall
