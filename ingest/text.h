// Text: from whatever encoding to UTF-8, and the small string work that every
// reader needs.
//
// Damage never stops a reader: what cannot be decoded becomes U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace deskfall {

/// Appends one code point; surrogates and values above U+10FFFF become U+FFFD.
void append_utf8(std::string& out, std::uint32_t code_point);

/// Reads the code point at `at` and moves behind it. Malformed bytes give
/// U+FFFD and move one byte.
[[nodiscard]] std::uint32_t next_code_point(std::string_view text,
                                            std::size_t& at);

/// Two digits a byte: "He" as "4865".
[[nodiscard]] std::string to_hex_lower(std::span<const std::byte> bytes);

/// Whole text as a number; "0x" starts hexadecimal. Nothing on any rest.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_signed(std::string_view text);

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower_ascii(std::string_view text);
[[nodiscard]] bool equals_ignore_case(std::string_view a, std::string_view b);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text,
                                                  char separator);

/// Cuts a text to `columns` characters with an ellipsis, newlines as spaces,
/// control characters removed: safe for one line of a terminal.
[[nodiscard]] std::string elide(std::string_view text, std::size_t columns);

/// An address with optional port: "10.0.0.7:50712", "[fe80::1]:50712",
/// "10.0.0.7", "::1". Port 0 when there is none.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};
[[nodiscard]] Endpoint parse_endpoint(std::string_view text);

}  // namespace deskfall
