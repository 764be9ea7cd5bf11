#include "ingest/text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace deskfall {

namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

bool is_surrogate(std::uint32_t code) {
  return code >= 0xd800 && code <= 0xdfff;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string to_hex(std::span<const std::byte> bytes, const char* digits) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    out += digits[value >> 4];
    out += digits[value & 15];
  }
  return out;
}

}  // namespace

void append_utf8(std::string& out, std::uint32_t code) {
  if (is_surrogate(code) || code > 0x10ffff) {
    code = kReplacement;
  }
  const auto put = [&out](std::uint32_t byte) {
    out += static_cast<char>(byte);
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(at++);
  if (first < 0x80) {
    return first;
  }
  int more = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;
  if ((first & 0xe0) == 0xc0) {
    more = 1;
    code = first & 0x1f;
    least = 0x80;
  } else if ((first & 0xf0) == 0xe0) {
    more = 2;
    code = first & 0x0f;
    least = 0x800;
  } else if ((first & 0xf8) == 0xf0) {
    more = 3;
    code = first & 0x07;
    least = 0x10000;
  } else {
    return kReplacement;
  }
  std::size_t next = at;
  for (int i = 0; i < more; ++i) {
    if (next >= text.size() || (byte(next) & 0xc0) != 0x80) {
      return kReplacement;
    }
    code = (code << 6) | (byte(next) & 0x3f);
    ++next;
  }
  if (code < least || code > 0x10ffff || is_surrogate(code)) {
    return kReplacement;
  }
  at = next;
  return code;
}

std::string to_hex_lower(std::span<const std::byte> bytes) {
  return to_hex(bytes, "0123456789abcdef");
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || parsed.ec != std::errc{} ||
      parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> parse_signed(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} ||
      parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = lower(c);
  }
  return out;
}

bool equals_ignore_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

std::string elide(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t at = 0;
  std::size_t used = 0;
  while (at < text.size()) {
    std::uint32_t code = next_code_point(text, at);
    if (code == '\n' || code == '\t' || code == '\r') {
      code = ' ';
    }
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0) ||
                         (code >= 0x200b && code <= 0x200f) ||
                         (code >= 0x202a && code <= 0x202e) ||
                         (code >= 0x2066 && code <= 0x2069);
    if (control) {
      continue;
    }
    if (used + 1 >= columns && at < text.size()) {
      append_utf8(out, 0x2026);
      return out;
    }
    append_utf8(out, code);
    ++used;
  }
  return out;
}

Endpoint parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  const auto port = [](std::string_view digits) -> std::uint16_t {
    const auto value = parse_number(digits);
    return value && *value <= 0xffff ? static_cast<std::uint16_t>(*value) : 0;
  };
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close != std::string_view::npos) {
      endpoint.address = text.substr(1, close - 1);
      if (close + 1 < text.size() && text[close + 1] == ':') {
        endpoint.port = port(text.substr(close + 2));
      }
      return endpoint;
    }
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos &&
      text.find(':', colon + 1) == std::string_view::npos) {
    endpoint.address = text.substr(0, colon);
    endpoint.port = port(text.substr(colon + 1));
    return endpoint;
  }
  endpoint.address = text;
  return endpoint;
}

}  // namespace deskfall
