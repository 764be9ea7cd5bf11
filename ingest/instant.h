// Instant: one moment, in 100 ns ticks since 1970-01-01 UTC, and the note that
// says how far it may be trusted.
//
// 100 ns is what Windows stores (FILETIME), so nothing is lost on the way in.
// Recorded times are never changed: a clock offset found between two hosts is
// kept beside them, a local time whose zone is unknown keeps its wall-clock
// digits and says so in its ClockNote.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/result.h"

namespace deskfall {

/// A length of time in 100 ns ticks.
using Ticks = std::int64_t;

inline constexpr Ticks kTicksPerMillisecond = 10'000;
inline constexpr Ticks kTicksPerSecond = 10'000'000;
inline constexpr Ticks kTicksPerMinute = 60 * kTicksPerSecond;
inline constexpr Ticks kTicksPerHour = 60 * kTicksPerMinute;
inline constexpr Ticks kTicksPerDay = 24 * kTicksPerHour;

/// 100 ns ticks between the FILETIME epoch (1601-01-01) and 1970-01-01.
inline constexpr std::int64_t kFiletimeEpochDelta = 116'444'736'000'000'000;

struct Instant {
  Ticks ticks = 0;  ///< since 1970-01-01T00:00:00Z

  auto operator<=>(const Instant&) const = default;
  Instant operator+(Ticks delta) const { return Instant{ticks + delta}; }
  Instant operator-(Ticks delta) const { return Instant{ticks - delta}; }
  Ticks operator-(Instant other) const { return ticks - other.ticks; }
};

/// How an Instant came to be.
enum class ClockNote : std::uint8_t {
  kExact,        ///< the record states UTC, or an offset from it
  kZoneAssumed,  ///< local time, turned into UTC with a zone that was told
  kZoneUnknown,  ///< local time without zone: the ticks are wall-clock digits
  kAmbiguous,    ///< local hour that occurs twice (autumn); the first was taken
  kNonexistent,  ///< local hour that was skipped (spring)
  kNone          ///< the record carries no time
};

/// "exact", "zone-assumed", ... as stored in the case and printed in JSON.
[[nodiscard]] std::string_view clock_note_name(ClockNote note);

/// FILETIME (100 ns since 1601, unsigned) to Instant. Values past the range of
/// int64 are clamped; 0 becomes 1601-01-01.
[[nodiscard]] Instant from_filetime(std::uint64_t filetime);

/// Calendar digits read as UTC. Returns nothing when a part is out of range
/// (month 13, 30 February, hour 24). `ticks` is the part below one second.
struct CivilTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  Ticks ticks = 0;
};
[[nodiscard]] std::optional<Instant> from_civil(const CivilTime& civil);
[[nodiscard]] CivilTime to_civil(Instant instant);

/// "2026-03-02T08:14:07.4123456Z": always seven digits, always Z. Years outside
/// 0000-9999 print with a sign, so that the text still sorts within an era.
[[nodiscard]] std::string format_utc(Instant instant);

/// Reads ISO 8601 with 0 to 9 fraction digits and Z, an offset or nothing
/// (taken as UTC). Digits beyond 100 ns are cut. Nothing on any other text.
[[nodiscard]] std::optional<Instant> parse_iso8601(std::string_view text);

/// A length for people: "2.4 s", "24 ms", "15 min 3 s", "-1.8 s".
[[nodiscard]] std::string format_span(Ticks span);

/// A named time zone ("Europe/Berlin", "UTC", "+02:00").
class Zone {
 public:
  /// Looks the name up in the system's zone files; fixed offsets need none.
  [[nodiscard]] static Result<Zone> find(std::string_view name);

  /// Wall-clock digits of this zone to UTC, with the note that tells a skipped
  /// or repeated hour.
  struct Reading {
    Instant instant;
    ClockNote note = ClockNote::kZoneAssumed;
  };
  [[nodiscard]] Reading to_utc(Instant wall_digits) const;

  /// UTC to wall-clock digits, for display.
  [[nodiscard]] Instant to_wall(Instant utc) const;

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  const void* zone_ = nullptr;  ///< date::time_zone, or null when fixed
  Ticks fixed_offset_ = 0;
};

}  // namespace deskfall
