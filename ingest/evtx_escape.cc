#include "ingest/evtx_escape.h"

#include <algorithm>
#include <array>
#include <bit>

#include "ingest/evtx_value.h"
#include "ingest/text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace deskfall::evtx {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

char* put(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);
}

char* put_utf8(char* out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) {
    *out++ = static_cast<char>(value);
  };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0 | (code >> 6U));
    byte(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    byte(0xe0 | (code >> 12U));
    byte(0x80 | ((code >> 6U) & 0x3f));
    byte(0x80 | (code & 0x3f));
  } else {
    byte(0xf0 | (code >> 18U));
    byte(0x80 | ((code >> 12U) & 0x3f));
    byte(0x80 | ((code >> 6U) & 0x3f));
    byte(0x80 | (code & 0x3f));
  }
  return out;
}

template <Escape kEscape>
char* put_code(char* out, std::uint32_t code) {
  if constexpr (kEscape == Escape::kJson) {
    switch (code) {
      case '"':
        return put(out, "\\\"");
      case '\\':
        return put(out, "\\\\");
      case '\n':
        return put(out, "\\n");
      case '\r':
        return put(out, "\\r");
      case '\t':
        return put(out, "\\t");
      default:
        break;
    }
    if (code < 0x20) {
      constexpr char kDigits[] = "0123456789abcdef";
      out = put(out, "\\u00");
      *out++ = kDigits[code >> 4U];
      *out++ = kDigits[code & 15U];
      return out;
    }
  } else {
    constexpr bool kAttribute = kEscape == Escape::kXmlAttribute;
    switch (code) {
      case '&':
        return put(out, "&amp;");
      case '<':
        return put(out, "&lt;");
      case '>':
        return put(out, "&gt;");
      case '\'':
        return put(out, kAttribute ? "&apos;" : "'");
      case '\r':
        return put(out, "&#13;");
      case '\n':
        return put(out, kAttribute ? "&#10;" : "\n");
      case '\t':
        return put(out, kAttribute ? "&#9;" : "\t");
      case 0xfffe:
      case 0xffff:
        return put(out, kReplacement);
      default:
        break;
    }
    if (code < 0x20) {
      return put(out, kReplacement);
    }
  }
  return put_utf8(out, code);
}

#ifdef __SSE2__
/// One bit per byte of `text` that put_code would not write as it is.
template <Escape kEscape>
unsigned special(__m128i text) {
  const auto is = [text](char c) {
    return _mm_cmpeq_epi8(text, _mm_set1_epi8(c));
  };
  // Bytes are below 0x80 here, so the signed comparison finds controls.
  __m128i found = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));
  if constexpr (kEscape == Escape::kJson) {
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

char* put_code(char* out, std::uint32_t code, Escape escape) {
  switch (escape) {
    case Escape::kXmlText:
      return put_code<Escape::kXmlText>(out, code);
    case Escape::kXmlAttribute:
      return put_code<Escape::kXmlAttribute>(out, code);
    case Escape::kJson:
      return put_code<Escape::kJson>(out, code);
  }
  return out;
}

/// ASCII that needs no escape in any style.
bool is_plain(char c) {
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t i = 0x20; i < 0x80; ++i) {
      plain[i] = true;
    }
    for (const char special : {'&', '<', '>', '\'', '"', '\\'}) {
      plain[static_cast<unsigned char>(special)] = false;
    }
    return plain;
  }();
  return kPlain[static_cast<unsigned char>(c)];
}

template <Escape kEscape>
char* write_all(char* out, Bytes utf16) {
  const std::size_t units = utf16.size() / 2;
  const auto unit = [utf16](std::size_t i) {
    return std::uint32_t{load<std::uint16_t>(utf16, 2 * i)};
  };
  std::size_t i = 0;
  while (i < units) {
#ifdef __SSE2__
    while (units - i >= 16) {
      const auto* from = reinterpret_cast<const __m128i*>(utf16.data() + 2 * i);
      const __m128i low = _mm_loadu_si128(from);
      const __m128i high = _mm_loadu_si128(from + 1);
      const __m128i wide =
          _mm_and_si128(_mm_or_si128(low, high),
                        _mm_set1_epi16(static_cast<std::int16_t>(0xff80)));
      if (_mm_movemask_epi8(_mm_cmpeq_epi16(wide, _mm_setzero_si128())) !=
          0xffff) {
        break;
      }
      const __m128i text = _mm_packus_epi16(low, high);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), text);
      const unsigned stops = special<kEscape>(text);
      if (stops != 0) {
        const auto plain = static_cast<std::size_t>(std::countr_zero(stops));
        out += plain;
        i += plain;
        break;
      }
      out += 16;
      i += 16;
    }
    if (units - i >= 8) {
      const __m128i half = _mm_loadu_si128(
          reinterpret_cast<const __m128i*>(utf16.data() + 2 * i));
      const __m128i wide = _mm_and_si128(
          half, _mm_set1_epi16(static_cast<std::int16_t>(0xff80)));
      const __m128i text = _mm_packus_epi16(half, half);
      if (_mm_movemask_epi8(_mm_cmpeq_epi16(wide, _mm_setzero_si128())) ==
              0xffff &&
          special<kEscape>(text) == 0) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out), text);
        out += 8;
        i += 8;
      }
    }
    if (i == units) {
      break;
    }
#endif
    // One character, and then all that follow outside of ASCII.
    std::uint32_t code = 0;
    do {
      code = unit(i++);
      if (code < 0x80 && is_plain(static_cast<char>(code))) {
        *out++ = static_cast<char>(code);
        continue;
      }
      if (code >= 0xd800 && code < 0xe000) {
        const std::uint32_t next = i < units ? unit(i) : 0;
        if (code < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10U) + (next - 0xdc00);
          ++i;
        } else {
          out = put(out, kReplacement);
          continue;
        }
      }
      out = put_code<kEscape>(out, code);
    } while (i < units && (code >= 0x80 || units - i < 8));
  }
  return out;
}

}  // namespace

char* write_utf16(char* out, Bytes utf16, Escape escape) {
  switch (escape) {
    case Escape::kXmlText:
      return write_all<Escape::kXmlText>(out, utf16);
    case Escape::kXmlAttribute:
      return write_all<Escape::kXmlAttribute>(out, utf16);
    case Escape::kJson:
      return write_all<Escape::kJson>(out, utf16);
  }
  return out;
}

void append_escaped(std::string& out, std::string_view utf8, Escape escape) {
  std::array<char, 16> text;
  std::size_t at = 0;
  while (at < utf8.size()) {
    // Runs that no style changes are taken whole.
    std::size_t end = at;
    while (end < utf8.size() && is_plain(utf8[end])) {
      ++end;
    }
    out.append(utf8, at, end - at);
    at = end;
    if (at == utf8.size()) {
      return;
    }
    const char* written =
        put_code(text.data(), next_code_point(utf8, at), escape);
    out.append(text.data(), static_cast<std::size_t>(written - text.data()));
  }
}

char* write_ansi(char* out, Bytes ansi, Escape escape) {
  for (const std::byte byte : ansi) {
    const auto c = static_cast<char>(byte);
    if (is_plain(c)) {
      *out++ = c;
    } else {
      out = put_code(out, ansi_code_point(byte), escape);
    }
  }
  return out;
}

}  // namespace deskfall::evtx
