// Window: where a rule's window lies on the clock of one host, with what the
// clocks leave open.
//
// Recorded times stay as they are; the window moves instead, and has four
// edges: inside the inner two a record counts whatever the clocks do, outside
// the outer two it never does, between them the clocks decide.
#pragma once

#include <string>

#include "engine/failure.h"
#include "rules/rule.h"

namespace deskfall {

struct Span {
  Instant possible_from;
  Instant certain_from;
  Instant certain_to;
  Instant possible_to;

  [[nodiscard]] bool certain(Instant time) const {
    return time >= certain_from && time <= certain_to;
  }
};

/// Five minutes are a habit of clocks, no proof. Where nothing ties two clocks,
/// silence counts only when it reaches this much further on both sides.
inline constexpr Ticks kUntiedSilence = kTicksPerHour;

/// The window around a failure whose place on the host's clock is `anchor`.
[[nodiscard]] Span place(const Anchor& anchor, const Window& window);

/// "08:14:05 to 08:14:17 on SRV01".
[[nodiscard]] std::string span_text(const Span& span, const std::string& host);

}  // namespace deskfall
