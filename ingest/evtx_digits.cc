#include "ingest/evtx_digits.h"

#include <algorithm>
#include <limits>

#include "ingest/instant.h"

namespace deskfall::evtx {

namespace {

constexpr std::size_t kSidHeaderSize = 8;
constexpr std::size_t kMostSubAuthorities = 15;
constexpr std::uint64_t kMostAuthority32 = 0xffffffff;

unsigned count_digits(std::uint64_t number) {
  static constexpr auto kPowers = [] {
    std::array<std::uint64_t, 20> powers{};
    std::uint64_t power = 1;
    for (std::uint64_t& entry : powers) {
      entry = power;
      power *= 10;
    }
    return powers;
  }();
  // 1233 / 4096 is a little more than the decimal logarithm of two.
  const unsigned guess =
      (static_cast<unsigned>(std::bit_width(number | 1U)) * 1233U) >> 12U;
  return guess + (number >= kPowers[guess] ? 1U : 0U);
}

char* write_four(char* out, std::uint64_t number) {
  return write_two(write_two(out, number / 100), number % 100);
}

char* write_clock(char* out, std::uint64_t hour, std::uint64_t minute,
                  std::uint64_t second) {
  *out = 'T';
  out = write_two(out + 1, hour);
  *out = ':';
  out = write_two(out + 1, minute);
  *out = ':';
  out = write_two(out + 1, second);
  *out = '.';
  return out + 1;
}

char* write_date(char* out, std::uint64_t year, std::uint64_t month,
                 std::uint64_t day) {
  out = year > 9999 ? write_long_decimal(out, year) : write_four(out, year);
  *out = '-';
  out = write_two(out + 1, month);
  *out = '-';
  return write_two(out + 1, day);
}

/// Days since 1601-01-01 to a date of the proleptic Gregorian calendar: years
/// are counted from 1 March, so that the leap day comes last (H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms"). A signed FILETIME has fewer
/// than 2^24 days.
char* write_day(char* out, std::uint32_t days) {
  // 1601-01-01 is day 584,694 after 0000-03-01.
  days += 584'694;
  const std::uint32_t era = days / 146'097;
  const std::uint32_t of_era = days % 146'097;
  const std::uint32_t year =
      (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::uint32_t shifted = (5 * of_year + 2) / 153;
  const std::uint32_t day = of_year - (153 * shifted + 2) / 5 + 1;
  const std::uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return write_date(out, year + era * 400 + (month <= 2 ? 1 : 0), month, day);
}

}  // namespace

char* write_long_decimal(char* out, std::uint64_t number) {
  // From the back, right into place: characters that are copied just after
  // they were written would have to wait for each other.
  const unsigned count = count_digits(number);
  char* at = out + count;
  while (number >= 100) {
    at -= 2;
    write_two(at, number % 100);
    number /= 100;
  }
  if (number >= 10) {
    write_two(out, number);
  } else {
    *out = static_cast<char>('0' + number);
  }
  return out + count;
}

char* write_filetime(char* out, std::uint64_t filetime) {
  constexpr std::uint64_t kDay = kTicksPerDay;
  constexpr std::uint64_t kSecond = kTicksPerSecond;
  constexpr auto kMost =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  filetime = std::min(filetime, kMost);
  out = write_day(out, static_cast<std::uint32_t>(filetime / kDay));
  const std::uint64_t of_day = filetime % kDay;
  const auto seconds = static_cast<std::uint32_t>(of_day / kSecond);
  out = write_clock(out, seconds / 3600, seconds / 60 % 60, seconds % 60);
  const auto ticks = static_cast<std::uint32_t>(of_day % kSecond);
  *out = static_cast<char>('0' + ticks / 1'000'000);
  out = write_two(out + 1, ticks / 10'000 % 100);
  out = write_four(out, ticks % 10'000);
  *out = 'Z';
  return out + 1;
}

char* write_system_time(char* out, Bytes bytes) {
  const auto part = [bytes](std::size_t index) {
    return std::uint64_t{load<std::uint16_t>(bytes, 2 * index)};
  };
  const auto two = [](std::uint64_t value) {
    return std::min<std::uint64_t>(value, 99);
  };
  out = write_date(out, part(0), two(part(1)), two(part(3)));
  out = write_clock(out, two(part(4)), two(part(5)), two(part(6)));
  const std::uint64_t thousandths = std::min<std::uint64_t>(part(7), 999);
  *out = static_cast<char>('0' + thousandths / 100);
  out = write_two(out + 1, thousandths % 100);
  *out = 'Z';
  return out + 1;
}

char* write_guid(char* out, Bytes guid) {
  // The first three groups are little-endian numbers, the rest is bytes.
  constexpr std::array<std::uint8_t, 16> kOrder = {
      3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  const std::byte* const bytes = guid.data();
#pragma GCC unroll 16
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      *out++ = '-';
    }
    out = write_hex_byte(out, bytes[kOrder[i]]);
  }
  return out;
}

bool is_sid(Bytes bytes) {
  const std::size_t count =
      bytes.size() > 1 ? std::to_integer<std::size_t>(bytes[1]) : 0;
  return bytes.size() >= kSidHeaderSize && count <= kMostSubAuthorities &&
         bytes.size() == kSidHeaderSize + 4 * count;
}

char* write_sid(char* out, Bytes bytes) {
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < kSidHeaderSize; ++i) {
    authority = (authority << 8U) | std::to_integer<std::uint64_t>(bytes[i]);
  }
  *out++ = 'S';
  *out++ = '-';
  out = write_decimal(out, std::to_integer<std::uint64_t>(bytes[0]));
  *out++ = '-';
  if (authority > kMostAuthority32) {
    *out++ = '0';
    *out++ = 'x';
    out = write_hex(out, authority);
  } else {
    out = write_decimal(out, authority);
  }
  for (std::size_t at = kSidHeaderSize; at < bytes.size(); at += 4) {
    *out++ = '-';
    out = write_decimal(out, load<std::uint32_t>(bytes, at));
  }
  return out;
}

}  // namespace deskfall::evtx
