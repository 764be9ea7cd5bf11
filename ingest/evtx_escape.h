// EVTX escape: characters on their way into XML or JSON.
//
// XML: & < > become entities; carriage return, and in attributes also quotes,
// tab and newline, become references, so that a parser gives back what was
// stored. What XML 1.0 forbids (other control characters, U+FFFE, U+FFFF) and
// lone surrogates become U+FFFD. JSON: control characters as \u00XX.
#pragma once

#include <array>
#include <bit>
#include <string>
#include <string_view>

#include "ingest/evtx_format.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace deskfall::evtx {

/// kNone writes every character as it is.
enum class Escape : std::uint8_t { kXmlText, kXmlAttribute, kJson, kNone };

/// Room that write_utf16 needs for `bytes` of UTF-16: six characters a unit,
/// and a whole register more.
[[nodiscard]] constexpr std::size_t escaped_room(std::size_t bytes) {
  return 3 * bytes + 32;
}

/// ASCII that no style escapes.
[[nodiscard]] inline bool is_plain(std::uint32_t code) {
  static constexpr auto kPlain = [] {
    std::array<bool, 128> plain{};
    for (std::size_t i = 0x20; i < plain.size(); ++i) {
      plain[i] = true;
    }
    for (const char special : {'&', '<', '>', '\'', '"', '\\'}) {
      plain[static_cast<unsigned char>(special)] = false;
    }
    return plain;
  }();
  return code < kPlain.size() && kPlain[code];
}

/// Writes the character at unit `i` of some UTF-16LE, and all that follow it
/// outside of ASCII; moves `i` behind them.
template <Escape kEscape>
[[nodiscard]] char* write_escaped(char* out, Bytes utf16, std::size_t& i);

#ifdef __SSE2__
/// One bit per byte of `text`, packed from UTF-16 with signed saturation, that
/// cannot be written as it is. What was no ASCII looks negative or like a
/// control character by then.
template <Escape kEscape>
[[nodiscard]] inline unsigned find_special(__m128i text) {
  const auto is = [text](char c) {
    return _mm_cmpeq_epi8(text, _mm_set1_epi8(c));
  };
  __m128i found = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));
  if constexpr (kEscape == Escape::kNone) {
    // Control characters are left to write_escaped().
  } else if constexpr (kEscape == Escape::kJson) {
    found = _mm_or_si128(found, _mm_or_si128(is('"'), is('\\')));
  } else {
    found = _mm_or_si128(found, _mm_or_si128(is('&'), is('<')));
    found = _mm_or_si128(found, is('>'));
    if constexpr (kEscape == Escape::kXmlAttribute) {
      found = _mm_or_si128(found, is('\''));
    }
  }
  return static_cast<unsigned>(_mm_movemask_epi8(found));
}
#endif

/// write_utf16() in steps of 32 characters: for processors that have
/// AVX-512BW, where kHasWideEscape is true.
template <Escape kEscape>
[[nodiscard]] char* write_utf16_wide(char* out, Bytes utf16);
extern const bool kHasWideEscape;

/// write_utf16() for any processor.
template <Escape kEscape>
[[nodiscard]] char* write_utf16_narrow(char* out, Bytes utf16) {
  const std::size_t units = utf16.size() / 2;
  std::size_t i = 0;
  while (i < units) {
#ifdef __SSE2__
    const auto load_units = [utf16](std::size_t unit) {
      return _mm_loadu_si128(
          reinterpret_cast<const __m128i*>(utf16.data() + 2 * unit));
    };
    unsigned stops = 0;
    const std::size_t begin = i;
    while (stops == 0 && units - i >= 16) {
      const __m128i text = _mm_packus_epi16(load_units(i), load_units(i + 8));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), text);
      stops = find_special<kEscape>(text);
      const auto plain =
          static_cast<std::size_t>(std::countr_zero(stops | 0x10000U));
      out += plain;
      i += plain;
    }
    while (stops == 0 && i < units && units - begin >= 8) {
      // The last step goes back over some characters that were written.
      const std::size_t back = units - i < 8 ? 8 - (units - i) : 0;
      const __m128i half = load_units(i - back);
      const __m128i text = _mm_packus_epi16(half, half);
      _mm_storel_epi64(reinterpret_cast<__m128i*>(out - back), text);
      stops = find_special<kEscape>(text) & 0xffU;
      const auto plain =
          static_cast<std::size_t>(std::countr_zero(stops | 0x100U)) - back;
      out += plain;
      i += plain;
    }
    if (i == units) {
      break;
    }
#endif
    const auto code = load<std::uint16_t>(utf16, 2 * i);
    if (is_plain(code)) {
      *out++ = static_cast<char>(code);
      ++i;
    } else {
      out = write_escaped<kEscape>(out, utf16, i);
    }
  }
  return out;
}

/// Writes UTF-16LE as escaped UTF-8 into escaped_room() and returns the end.
template <Escape kEscape>
[[nodiscard]] char* write_utf16(char* out, Bytes utf16) {
  return kHasWideEscape ? write_utf16_wide<kEscape>(out, utf16)
                        : write_utf16_narrow<kEscape>(out, utf16);
}

/// The same for Windows-1252, which needs room for six characters a byte.
[[nodiscard]] char* write_ansi(char* out, Bytes ansi, Escape escape);

/// Appends UTF-16LE as UTF-8, every character as it is.
void append_utf16(std::string& out, Bytes utf16);

/// Appends UTF-8 text escaped.
void append_escaped(std::string& out, std::string_view utf8, Escape escape);

}  // namespace deskfall::evtx
