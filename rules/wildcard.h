// Wildcard: Sigma's patterns of texts: '*' is any text, '?' one character, a
// backslash before one of them or before itself takes it literally.
//
//   wildcard_match("c:\\*.exe", "C:\\x.EXE", Case::kIgnore)   // true
#pragma once

#include <string>
#include <string_view>

namespace deskfall {

/// The pattern matches the whole text. Case is that of ASCII. Linear in pattern
/// times text, no recursion.
enum class Case { kIgnore, kKeep };
[[nodiscard]] bool wildcard_match(std::string_view pattern,
                                  std::string_view text, Case mode);
/// The pattern stands anywhere in the text; ASCII case ignored.
[[nodiscard]] bool wildcard_contains(std::string_view pattern,
                                     std::string_view text);

/// `text` before a star of ours: a last lone backslash must not escape it.
[[nodiscard]] std::string before_star(const std::string& text);

/// A value of a log as a pattern that matches only itself.
[[nodiscard]] std::string escape_wildcards(std::string_view text);

/// The longest run of a pattern without wildcards, as it stands in a text.
[[nodiscard]] std::string longest_literal(std::string_view pattern);

/// A text that the pattern matches: a star is nothing, '?' is an x.
[[nodiscard]] std::string unescape(std::string_view pattern);

}  // namespace deskfall
