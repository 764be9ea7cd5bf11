// Encode: what Sigma's modifiers make of a value before it is searched for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskfall {

enum class TextEncoding { kUtf8, kUtf16le, kUtf16be, kUtf16 /* with BOM */ };

/// The bytes of a UTF-8 text in another encoding.
[[nodiscard]] std::string encode_text(std::string_view text,
                                      TextEncoding encoding);

/// Standard Base64 with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

/// The three forms in which bytes can stand inside a longer Base64 text, at
/// each offset modulo three; the characters that neighbours decide are cut.
[[nodiscard]] std::vector<std::string> base64_offsets(std::string_view bytes);

/// Every spelling of a command line in which '-' or '/' before a word may also
/// be the other one, an en dash, an em dash or a horizontal bar. Nothing when
/// there would be more than 625 of them.
[[nodiscard]] std::optional<std::vector<std::string>> dash_spellings(
    std::string_view text);

}  // namespace deskfall
