#include "ingest/evtx_escape.h"

#include <algorithm>
#include <array>

#include "ingest/evtx_value.h"
#include "ingest/text.h"

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
  for (const std::byte byte : ansi) {
    const auto c = static_cast<char>(byte);
    if (is_plain(static_cast<unsigned char>(c))) {
      *out++ = c;
    } else {
      out = put_code(out, ansi_code_point(byte), escape);
    }
  }
  return out;
}

}  // namespace deskfall::evtx
