// WhyNot: why a cause was not the answer for a failure.
//
// The first gate that closed, every item with its value and - where it was not
// met - the record that came nearest to meeting it, and the smallest change of
// a window, a join, a clock or the bundle that would turn it. A change of a
// window is tried before it is named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/inquiry.h"

namespace deskfall {

struct WhyNot {
  struct Line {
    std::string item;
    std::string role;
    std::string value;  ///< of the item: a `none` item is present when none is
    Weight weight = 0;
    std::string sentence;
    std::string nearest;  ///< "36870 at -9.3 s, window -5 s to +5 s"
    std::string change;   ///< "a window from -9.3 s"; empty when nothing would
    Ticks distance = 0;   ///< how far a window would have to move
  };

  std::string cause;
  std::string title;
  std::string grade;
  std::string verdict;  ///< of the failure
  std::string leader;   ///< cause that came out on top
  Weight weight = 0;
  Weight leader_weight = 0;
  std::string gate;    ///< the first that closed
  std::string change;  ///< the smallest that would open it; may be empty
  std::vector<Line> items;
};

/// `index`: place in inquiry.failures. Fails on an unknown cause, with the
/// nearest name.
[[nodiscard]] Result<WhyNot> why_not(Inquiry& inquiry, std::size_t index,
                                     const std::string& cause);

/// For people, 80 columns are not minded.
[[nodiscard]] std::string why_not_text(const WhyNot& why);

}  // namespace deskfall
