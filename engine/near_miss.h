// NearMiss: the record that came nearest to meeting an item of evidence, and
// what would have to be different for it to count.
#pragma once

#include <optional>
#include <string>

#include "engine/item_finder.h"

namespace deskfall {

struct NearMiss {
  std::string text;    ///< "36870 at -9.3 s, window -5 s to +5 s"
  std::string change;  ///< "window from -9.3 s"
  Ticks distance = 0;  ///< of the change of a window or a clock; else 0
};

/// For an item that is not met; nothing where nothing comes near. `finder` has
/// found the items before this one.
[[nodiscard]] std::optional<NearMiss> near_miss(const Situation& situation,
                                                const Failure& failure,
                                                ItemFinder& finder,
                                                const Finding& finding);

/// "+2.5 s", "-9.3 s", "0 s".
[[nodiscard]] std::string signed_span(Ticks span);

}  // namespace deskfall
