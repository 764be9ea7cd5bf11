#include "ingest/evtx_escape.h"

#include <algorithm>
#include <array>

#include "ingest/evtx_value.h"
#include "ingest/text.h"

#if defined(__x86_64__)
#include <immintrin.h>
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

#ifdef __SSE2__
/// is_plain() of 16 characters at once.
bool is_plain_block(const char* text) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  return (find_special<Escape::kXmlAttribute>(block) |
          find_special<Escape::kJson>(block)) == 0;
}
#endif

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
  } else if constexpr (kEscape != Escape::kNone) {
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

char* put_code(char* out, std::uint32_t code, Escape escape) {
  switch (escape) {
    case Escape::kXmlText:
      return put_code<Escape::kXmlText>(out, code);
    case Escape::kXmlAttribute:
      return put_code<Escape::kXmlAttribute>(out, code);
    case Escape::kJson:
      return put_code<Escape::kJson>(out, code);
    case Escape::kNone:
      return put_utf8(out, code);
  }
  return out;
}

template <Escape kEscape>
char* write_ansi(char* out, Bytes ansi) {
  for (std::size_t i = 0; i < ansi.size();) {
#ifdef __SSE2__
    if (ansi.size() - i >= 16) {
      const __m128i text =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(ansi.data() + i));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), text);
      const unsigned stops = find_special<kEscape>(text);
      const auto plain =
          static_cast<std::size_t>(std::countr_zero(stops | 0x10000U));
      out += plain;
      i += plain;
      if (stops == 0) {
        continue;
      }
    }
#endif
    const auto c = std::to_integer<unsigned char>(ansi[i]);
    if (is_plain(c)) {
      *out++ = static_cast<char>(c);
    } else {
      out = put_code<kEscape>(out, ansi_code_point(ansi[i]));
    }
    ++i;
  }
  return out;
}

#if defined(__x86_64__)
#define DF_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,bmi2")))

DF_WIDE inline __m512i all_units(int unit) {
  return _mm512_set1_epi16(static_cast<std::int16_t>(unit));
}

/// One bit per unit that cannot be written as it is.
template <Escape kEscape>
DF_WIDE inline __mmask32 find_special(__m512i units) {
  if constexpr (kEscape == Escape::kNone) {
    return _mm512_cmpgt_epu16_mask(units, all_units(0x7f));
  }
  // What is below 0x20 wraps round.
  __mmask32 found = _mm512_cmpgt_epu16_mask(
      _mm512_sub_epi16(units, all_units(0x20)), all_units(0x7f - 0x20));
  if constexpr (kEscape == Escape::kJson) {
    found |= _mm512_cmpeq_epi16_mask(units, all_units('"'));
    found |= _mm512_cmpeq_epi16_mask(units, all_units('\\'));
    return found;
  }
  // < and > differ in one bit, and so do & and '.
  found |= _mm512_cmpeq_epi16_mask(_mm512_or_si512(units, all_units('<' ^ '>')),
                                   all_units('>'));
  if constexpr (kEscape == Escape::kXmlAttribute) {
    units = _mm512_or_si512(units, all_units('&' ^ '\''));
    found |= _mm512_cmpeq_epi16_mask(units, all_units('\''));
  } else {
    found |= _mm512_cmpeq_epi16_mask(units, all_units('&'));
  }
  return found;
}

template <Escape kEscape>
DF_WIDE char* by_registers(char* out, Bytes utf16) {
  constexpr std::size_t kStep = 32;
  const std::size_t count = utf16.size() / 2;
  std::size_t i = 0;
  while (i < count) {
    const auto lanes = static_cast<unsigned>(std::min(count - i, kStep));
    const __mmask32 there = _bzhi_u32(~0U, lanes);
    const __m512i units = _mm512_maskz_loadu_epi16(there, utf16.data() + 2 * i);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out),
                        _mm512_maskz_cvtepi16_epi8(there, units));
    const __mmask32 stops = find_special<kEscape>(units) & there;
    const auto plain =
        std::min(lanes, static_cast<unsigned>(std::countr_zero(stops)));
    out += plain;
    i += plain;
    if (stops != 0) {
      out = write_escaped<kEscape>(out, utf16, i);
    }
  }
  return out;
}

#undef DF_WIDE
#endif

}  // namespace

template <Escape kEscape>
char* write_escaped(char* out, Bytes utf16, std::size_t& i) {
  const std::size_t units = utf16.size() / 2;
  const auto unit = [utf16](std::size_t at) {
    return std::uint32_t{load<std::uint16_t>(utf16, 2 * at)};
  };
  do {
    std::uint32_t code = unit(i++);
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
  } while (i < units && unit(i) >= 0x80);
  return out;
}

template char* write_escaped<Escape::kXmlText>(char*, Bytes, std::size_t&);
template char* write_escaped<Escape::kXmlAttribute>(char*, Bytes, std::size_t&);
template char* write_escaped<Escape::kJson>(char*, Bytes, std::size_t&);
template char* write_escaped<Escape::kNone>(char*, Bytes, std::size_t&);

#if defined(__x86_64__)
const bool kHasWideEscape = __builtin_cpu_supports("avx512f") != 0 &&
                            __builtin_cpu_supports("avx512bw") != 0 &&
                            __builtin_cpu_supports("avx512vl") != 0 &&
                            __builtin_cpu_supports("bmi2") != 0;
#else
const bool kHasWideEscape = false;
#endif

template <Escape kEscape>
char* write_utf16_wide(char* out, Bytes utf16) {
#if defined(__x86_64__)
  return by_registers<kEscape>(out, utf16);
#else
  return write_utf16_narrow<kEscape>(out, utf16);
#endif
}

template char* write_utf16_wide<Escape::kXmlText>(char*, Bytes);
template char* write_utf16_wide<Escape::kXmlAttribute>(char*, Bytes);
template char* write_utf16_wide<Escape::kJson>(char*, Bytes);
template char* write_utf16_wide<Escape::kNone>(char*, Bytes);

void append_utf16(std::string& out, Bytes utf16) {
  // By way of a buffer, where it costs no check per character.
  constexpr std::size_t kShort = 512;
  if (utf16.size() <= kShort) {
    std::array<char, escaped_room(kShort)> text;
    const char* end = write_utf16<Escape::kNone>(text.data(), utf16);
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
    return;
  }
  const std::size_t size = out.size();
  out.resize(size + escaped_room(utf16.size()));
  const char* end = write_utf16<Escape::kNone>(out.data() + size, utf16);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

void append_escaped(std::string& out, std::string_view utf8, Escape escape) {
  std::array<char, 16> text;
  std::size_t at = 0;
  while (at < utf8.size()) {
    // Runs that no style changes are taken whole.
    std::size_t end = at;
#ifdef __SSE2__
    while (utf8.size() - end >= 16 && is_plain_block(&utf8[end])) {
      end += 16;
    }
#endif
    while (end < utf8.size() &&
           is_plain(static_cast<unsigned char>(utf8[end]))) {
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
  switch (escape) {
    case Escape::kXmlText:
      return write_ansi<Escape::kXmlText>(out, ansi);
    case Escape::kXmlAttribute:
      return write_ansi<Escape::kXmlAttribute>(out, ansi);
    case Escape::kJson:
      return write_ansi<Escape::kJson>(out, ansi);
    case Escape::kNone:
      return write_ansi<Escape::kNone>(out, ansi);
  }
  return out;
}

}  // namespace deskfall::evtx
