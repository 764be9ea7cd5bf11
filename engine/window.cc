#include "engine/window.h"

namespace deskfall {

Span place(const Anchor& anchor, const Window& window) {
  const Instant low = window.since_start ? anchor.start_low : anchor.end_low;
  const Instant high = window.since_start ? anchor.start_high : anchor.end_high;
  return {low + window.from, high + window.from, anchor.end_low + window.to,
          anchor.end_high + window.to};
}

std::string span_text(const Span& span, const std::string& host) {
  return format_utc(span.possible_from).substr(11, 8) + " to " +
         format_utc(span.possible_to).substr(11, 8) + " on " + host;
}

}  // namespace deskfall
