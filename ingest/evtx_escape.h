// EVTX escape: characters on their way into XML or JSON.
//
// XML: & < > become entities; carriage return, and in attributes also quotes,
// tab and newline, become references, so that a parser gives back what was
// stored. What XML 1.0 forbids (other control characters, U+FFFE, U+FFFF) and
// lone surrogates become U+FFFD. JSON: control characters as \u00XX.
#pragma once

#include <string>
#include <string_view>

#include "ingest/evtx_format.h"

namespace deskfall::evtx {

enum class Escape : std::uint8_t { kXmlText, kXmlAttribute, kJson };

/// Room that write_utf16 needs for `bytes` of UTF-16: six characters a unit,
/// and a whole register more.
[[nodiscard]] constexpr std::size_t escaped_room(std::size_t bytes) {
  return 3 * bytes + 32;
}

/// Writes UTF-16LE as escaped UTF-8 and returns the end.
[[nodiscard]] char* write_utf16(char* out, Bytes utf16, Escape escape);

/// The same for Windows-1252, which needs room for six characters a byte.
[[nodiscard]] char* write_ansi(char* out, Bytes ansi, Escape escape);

/// Appends UTF-8 text escaped.
void append_escaped(std::string& out, std::string_view utf8, Escape escape);

}  // namespace deskfall::evtx
