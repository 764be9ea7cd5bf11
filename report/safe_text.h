// Safe text: log text made harmless and fitted to columns.
//
// Every text of a report may come from a file that an attacker wrote: terminal
// escapes, right-to-left overrides, ten thousand characters without a space.
// Here such code points become visible instead of active, so that a reader
// sees that they were there:
//
//   one_line("a\x1b[2Jb\nc")  ->  "a\u{1b}[2Jb c"
//
// Escaping for a format (HTML, Markdown, JSON) comes after this, in its
// renderer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deskfall {

/// Control characters, direction marks and overrides, zero-width and other
/// invisible formatting: what can change how the text around it is shown.
[[nodiscard]] bool is_active(std::uint32_t code_point);

/// One line of valid UTF-8: line breaks and tabs become spaces, active code
/// points become \u{..}, malformed bytes become U+FFFD.
[[nodiscard]] std::string one_line(std::string_view text);

/// Columns that a terminal uses for one_line(text).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// one_line, cut to `columns` with an ellipsis.
[[nodiscard]] std::string fit(std::string_view text, std::size_t columns);

/// fit, filled with spaces to exactly `columns`.
[[nodiscard]] std::string pad(std::string_view text, std::size_t columns);

/// one_line, broken at spaces (inside a word only when it is longer than a
/// line). At least one line; none is wider than `columns` (at least 8).
[[nodiscard]] std::vector<std::string> wrap(std::string_view text,
                                            std::size_t columns);

/// one_line, cut to `characters`; what was cut is counted at the end, so that
/// nobody takes the rest for the whole.
[[nodiscard]] std::string shorten(std::string_view text,
                                  std::size_t characters);

}  // namespace deskfall
