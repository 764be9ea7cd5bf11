// EVTX digits: numbers, moments and identifiers as characters, two at a time.
//
// Every function writes at `out`, which has room for kMostShortText bytes
// (evtx_value.h), and returns the place behind the last character.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "ingest/evtx_format.h"

namespace deskfall::evtx {

/// "00" to "99", "00" to "ff", "00" to "FF".
template <std::size_t kBase, char kTen>
inline constexpr auto kDigitPairs = [] {
  const auto digit = [](std::size_t value) {
    return static_cast<char>(value < 10 ? '0' + value : kTen + (value - 10));
  };
  std::array<char, 2 * kBase * kBase> pairs{};
  for (std::size_t i = 0; i < kBase * kBase; ++i) {
    pairs[2 * i] = digit(i / kBase);
    pairs[2 * i + 1] = digit(i % kBase);
  }
  return pairs;
}();

/// Two decimal digits of a number below 100.
inline char* write_two(char* out, std::uint64_t number) {
  std::memcpy(out, kDigitPairs<10, 'a'>.data() + 2 * number, 2);
  return out + 2;
}

/// As many digits as it takes.
[[nodiscard]] char* write_long_decimal(char* out, std::uint64_t number);

/// Most numbers of a record are small.
inline char* write_decimal(char* out, std::uint64_t number) {
  if (number < 10) {
    *out = static_cast<char>('0' + number);
    return out + 1;
  }
  return number < 100 ? write_two(out, number)
                      : write_long_decimal(out, number);
}

/// Lower-case hexadecimal without leading zeros and without a prefix.
inline char* write_hex(char* out, std::uint64_t number) {
  const auto bits = static_cast<unsigned>(std::bit_width(number));
  unsigned bytes = (bits + 7) / 8;
  const auto pair = [&number](unsigned byte) {
    return kDigitPairs<16, 'a'>.data() + 2 * ((number >> (8 * byte)) & 0xff);
  };
  if (bytes == 0 || bits % 8 - 1 < 4) {  // an odd number of digits
    *out++ = bytes == 0 ? '0' : pair(--bytes)[1];
  }
  while (bytes > 0) {
    std::memcpy(out, pair(--bytes), 2);
    out += 2;
  }
  return out;
}

/// A byte in upper-case hexadecimal, two digits.
inline char* write_hex_byte(char* out, std::byte byte) {
  std::memcpy(
      out, kDigitPairs<16, 'A'>.data() + 2 * std::to_integer<std::size_t>(byte),
      2);
  return out + 2;
}

/// Bytes in the same way. Takes 2 * size room.
inline char* write_hex_bytes(char* out, Bytes bytes) {
  for (const std::byte byte : bytes) {
    out = write_hex_byte(out, byte);
  }
  return out;
}

/// 2026-03-02T08:14:07.4123456Z. What lies beyond the year 30828, the end of
/// a signed FILETIME, is shown as that.
[[nodiscard]] char* write_filetime(char* out, std::uint64_t filetime);

/// A SYSTEMTIME of 16 bytes, its parts as stored: an invalid date (30
/// February) is still evidence.
[[nodiscard]] char* write_system_time(char* out, Bytes bytes);

/// 16 bytes as 54849625-5478-4994-A5BA-3E3B0328C30D.
[[nodiscard]] char* write_guid(char* out, Bytes guid);

/// Whether the bytes are a SID of at most 15 sub-authorities.
[[nodiscard]] bool is_sid(Bytes bytes);

/// Such a SID as S-1-5-18.
[[nodiscard]] char* write_sid(char* out, Bytes bytes);

}  // namespace deskfall::evtx
