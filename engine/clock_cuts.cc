#include "engine/clock_cuts.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// The time service corrects by slewing; steps below this are no jumps.
constexpr Ticks kSlew = kTicksPerSecond / 10;
/// Two logs tell of one change this close together.
constexpr Ticks kSameChange = 5 * kTicksPerSecond;

std::optional<ClockCut> change(std::string_view before,
                               std::string_view after) {
  const auto from = parse_iso8601(before);
  const auto to = parse_iso8601(after);
  if (!from || !to || std::abs(*to - *from) < kSlew) {
    return std::nullopt;
  }
  return ClockCut{*from, *to, true};
}

std::optional<ClockCut> cut_of(const CaseEvent& event) {
  const std::string_view provider = event.provider;
  const ClockCut jump{event.time, event.time, false};
  switch (event.event_id) {
    case 1:
      if (provider.ends_with("-Kernel-General")) {
        return change(event.fields.text("OldTime"),
                      event.fields.text("NewTime"));
      }
      // The hardware clock is read again after sleep.
      return provider.ends_with("-Power-Troubleshooter") ? std::optional(jump)
                                                         : std::nullopt;
    case 4616:
      return provider.ends_with("-Security-Auditing")
                 ? change(event.fields.text("PreviousTime"),
                          event.fields.text("NewTime"))
                 : std::nullopt;
    case 52:
      if (provider.ends_with("-Time-Service")) {
        const auto seconds =
            parse_signed(event.fields.text("TimeOffsetSeconds"));
        if (seconds && *seconds != 0) {
          return ClockCut{event.time - *seconds * kTicksPerSecond, event.time,
                          true};
        }
      }
      return std::nullopt;
    case 12:
      return provider.ends_with("-Kernel-General") ? std::optional(jump)
                                                   : std::nullopt;
    case 107:
      return provider.ends_with("-Kernel-Power") ? std::optional(jump)
                                                 : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool is_same(const ClockCut& a, const ClockCut& b) {
  const Ticks step = (a.after - a.before) - (b.after - b.before);
  return a.known == b.known && std::abs(a.after - b.after) < kSameChange &&
         std::abs(step) < kSameChange;
}

}  // namespace

ClockCuts find_clock_cuts(const CaseData& data) {
  ClockCuts cuts;
  for (const CaseEvent& event : data.events) {
    if (event.host_id == kNoHost) {
      continue;
    }
    const auto cut = cut_of(event);
    if (!cut) {
      continue;
    }
    auto& list = cuts[event.host_id];
    if (std::none_of(list.rbegin(), list.rend(), [&](const ClockCut& other) {
          return is_same(*cut, other);
        })) {
      list.push_back(*cut);
    }
  }
  for (auto& [host, list] : cuts) {
    std::stable_sort(
        list.begin(), list.end(),
        [](const ClockCut& a, const ClockCut& b) { return a.after < b.after; });
  }
  return cuts;
}

Stretch stretch_of(const std::vector<ClockCut>& cuts, Instant when) {
  Stretch stretch;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const ClockCut& cut = cuts[i];
    if (when >= cut.after) {
      stretch.last = i + 1;
      // Set back: until the old time is reached again, either clock may speak.
      if (when > cut.before || cut.before <= cut.after) {
        stretch.first = i + 1;
      }
    }
  }
  return stretch;
}

}  // namespace deskfall
