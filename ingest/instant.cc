#include "ingest/instant.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <limits>

namespace deskfall {

namespace {

using TickDuration =
    std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

bool digits(std::string_view text, std::size_t at, std::size_t count,
            int& value) {
  if (text.size() < at + count) {
    return false;
  }
  value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

/// "+02:00", "-0330", "Z" or nothing; minutes east of UTC.
std::optional<int> parse_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") {
    return 0;
  }
  if (text.front() != '+' && text.front() != '-') {
    return std::nullopt;
  }
  const int sign = text.front() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!digits(text, 1, 2, hours)) {
    return std::nullopt;
  }
  std::size_t at = 3;
  if (text.size() > at && text[at] == ':') {
    ++at;
  }
  if (text.size() != at &&
      (!digits(text, at, 2, minutes) || text.size() != at + 2)) {
    return std::nullopt;
  }
  if (hours > 15 || minutes > 59) {
    return std::nullopt;
  }
  return sign * (hours * 60 + minutes);
}

}  // namespace

std::string_view clock_note_name(ClockNote note) {
  switch (note) {
    case ClockNote::kExact:
      return "exact";
    case ClockNote::kZoneAssumed:
      return "zone-assumed";
    case ClockNote::kZoneUnknown:
      return "zone-unknown";
    case ClockNote::kAmbiguous:
      return "ambiguous-hour";
    case ClockNote::kNonexistent:
      return "nonexistent-hour";
    case ClockNote::kNone:
      return "none";
  }
  return "none";
}

Instant from_filetime(std::uint64_t filetime) {
  constexpr auto kMost =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t clamped = filetime > kMost ? kMost : filetime;
  return Instant{static_cast<std::int64_t>(clamped) - kFiletimeEpochDelta};
}

std::optional<Instant> from_civil(const CivilTime& civil) {
  const date::year_month_day day{
      date::year(civil.year), date::month(static_cast<unsigned>(civil.month)),
      date::day(static_cast<unsigned>(civil.day))};
  const bool in_range =
      civil.year >= 0 && civil.year <= 9999 && civil.month >= 1 &&
      civil.day >= 1 && day.ok() && civil.hour >= 0 && civil.hour < 24 &&
      civil.minute >= 0 && civil.minute < 60 && civil.second >= 0 &&
      civil.second < 61 && civil.ticks >= 0 && civil.ticks < kTicksPerSecond;
  if (!in_range) {
    return std::nullopt;
  }
  const std::int64_t days = date::sys_days(day).time_since_epoch().count();
  return Instant{days * kTicksPerDay + civil.hour * kTicksPerHour +
                 civil.minute * kTicksPerMinute +
                 civil.second * kTicksPerSecond + civil.ticks};
}

CivilTime to_civil(Instant instant) {
  std::int64_t days = instant.ticks / kTicksPerDay;
  Ticks rest = instant.ticks % kTicksPerDay;
  if (rest < 0) {
    rest += kTicksPerDay;
    --days;
  }
  const date::year_month_day day{
      date::sys_days(date::days(static_cast<int>(days)))};
  CivilTime civil;
  civil.year = static_cast<int>(day.year());
  civil.month = static_cast<int>(static_cast<unsigned>(day.month()));
  civil.day = static_cast<int>(static_cast<unsigned>(day.day()));
  civil.hour = static_cast<int>(rest / kTicksPerHour);
  civil.minute = static_cast<int>(rest / kTicksPerMinute % 60);
  civil.second = static_cast<int>(rest / kTicksPerSecond % 60);
  civil.ticks = rest % kTicksPerSecond;
  return civil;
}

std::string format_utc(Instant instant) {
  const CivilTime t = to_civil(instant);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z", t.year,
                     t.month, t.day, t.hour, t.minute, t.second, t.ticks);
}

std::optional<Instant> parse_iso8601(std::string_view text) {
  CivilTime civil;
  const bool date_ok =
      digits(text, 0, 4, civil.year) && digits(text, 5, 2, civil.month) &&
      digits(text, 8, 2, civil.day) && digits(text, 11, 2, civil.hour) &&
      digits(text, 14, 2, civil.minute) && digits(text, 17, 2, civil.second);
  if (!date_ok || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    ++at;
    Ticks unit = kTicksPerSecond / 10;
    const std::size_t first = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      civil.ticks += unit * (text[at] - '0');
      unit /= 10;
      ++at;
    }
    if (at == first || at - first > 9) {
      return std::nullopt;
    }
  }
  const auto offset = parse_offset(text.substr(at));
  const auto instant = from_civil(civil);
  if (!offset || !instant) {
    return std::nullopt;
  }
  return *instant - *offset * kTicksPerMinute;
}

std::string format_span(Ticks span) {
  const std::string sign = span < 0 ? "-" : "";
  const Ticks size = span < 0 ? -span : span;
  if (size < kTicksPerSecond) {
    return fmt::format("{}{} ms", sign, size / kTicksPerMillisecond);
  }
  if (size < 100 * kTicksPerSecond) {
    return fmt::format("{}{}.{} s", sign, size / kTicksPerSecond,
                       size / (kTicksPerSecond / 10) % 10);
  }
  if (size < 2 * kTicksPerHour) {
    return fmt::format("{}{} min {} s", sign, size / kTicksPerMinute,
                       size / kTicksPerSecond % 60);
  }
  if (size < 2 * kTicksPerDay) {
    return fmt::format("{}{} h {} min", sign, size / kTicksPerHour,
                       size / kTicksPerMinute % 60);
  }
  return fmt::format("{}{} days", sign, size / kTicksPerDay);
}

Result<Zone> Zone::find(std::string_view name) {
  Zone zone;
  zone.name_ = name;
  if (name == "UTC" || name == "Z") {
    return zone;
  }
  if (const auto offset = parse_offset(name); offset && !name.empty()) {
    zone.fixed_offset_ = *offset * kTicksPerMinute;
    return zone;
  }
  try {
    zone.zone_ = date::locate_zone(zone.name_);
  } catch (const std::exception&) {
    return fail(ErrorKind::kUsage, "unknown time zone '" + zone.name_ + "'", {},
                "use a name such as Europe/Berlin, UTC or +02:00");
  }
  return zone;
}

Zone::Reading Zone::to_utc(Instant wall) const {
  if (zone_ == nullptr) {
    return {wall - fixed_offset_, ClockNote::kZoneAssumed};
  }
  const auto* zone = static_cast<const date::time_zone*>(zone_);
  const date::local_time<TickDuration> local{TickDuration(wall.ticks)};
  const date::local_info info = zone->get_info(local);
  const Ticks offset = info.first.offset.count() * kTicksPerSecond;
  ClockNote note = ClockNote::kZoneAssumed;
  if (info.result == date::local_info::ambiguous) {
    note = ClockNote::kAmbiguous;
  } else if (info.result == date::local_info::nonexistent) {
    note = ClockNote::kNonexistent;
  }
  return {wall - offset, note};
}

Instant Zone::to_wall(Instant utc) const {
  if (zone_ == nullptr) {
    return utc + fixed_offset_;
  }
  const auto* zone = static_cast<const date::time_zone*>(zone_);
  const date::sys_time<TickDuration> sys{TickDuration(utc.ticks)};
  return utc + zone->get_info(sys).offset.count() * kTicksPerSecond;
}

}  // namespace deskfall
