// Clock cuts: the moments at which a host's clock may have jumped.
//
// An offset measured before such a moment says nothing about the time behind
// it, unless the jump itself was recorded: then it is carried over. A clock
// that was set back runs twice through the same minutes; nothing recorded in
// them belongs for certain to either side of the cut.
#pragma once

#include <map>
#include <vector>

#include "engine/case_data.h"

namespace deskfall {

struct ClockCut {
  Instant before;      ///< last moment told by the old clock
  Instant after;       ///< first moment told by the new one
  bool known = false;  ///< the jump was recorded: after - before
};

using ClockCuts = std::map<HostId, std::vector<ClockCut>>;

/// Changes of time (Kernel-General 1, Security 4616, Time-Service 52), starts
/// of the machine and wake-ups, by host and time. Corrections below a tenth of
/// a second are slewing and no cuts; two records of one change are one cut.
[[nodiscard]] ClockCuts find_clock_cuts(const CaseData& data);

/// The stretches between cuts, numbered from 0, in which a moment that was
/// recorded on this host may lie: one, or two where the clock ran twice.
struct Stretch {
  std::size_t first = 0;
  std::size_t last = 0;

  [[nodiscard]] bool certain() const { return first == last; }
};
[[nodiscard]] Stretch stretch_of(const std::vector<ClockCut>& cuts,
                                 Instant when);

}  // namespace deskfall
