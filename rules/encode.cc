#include "rules/encode.h"

#include <array>
#include <cctype>
#include <cstdint>

#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::array<std::string_view, 5> kDashes = {
    "-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"};
constexpr std::size_t kMostSpellings = 625;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

void append_unit(std::string& out, std::uint32_t unit, TextEncoding encoding) {
  const char low = static_cast<char>(unit & 0xff);
  const char high = static_cast<char>(unit >> 8);
  if (encoding == TextEncoding::kUtf16be) {
    out += high;
    out += low;
  } else {
    out += low;
    out += high;
  }
}

}  // namespace

std::string encode_text(std::string_view text, TextEncoding encoding) {
  if (encoding == TextEncoding::kUtf8) {
    return std::string(text);
  }
  std::string out;
  if (encoding == TextEncoding::kUtf16) {
    append_unit(out, 0xFEFF, encoding);
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = next_code_point(text, at);
    if (point < 0x10000) {
      append_unit(out, point, encoding);
    } else {
      append_unit(out, 0xD800 + ((point - 0x10000) >> 10), encoding);
      append_unit(out, 0xDC00 + ((point - 0x10000) & 0x3ff), encoding);
    }
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group <<= 8;
      group |=
          i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = i + k > bytes.size();
      out += padding ? '=' : kAlphabet[(group >> (18 - 6 * k)) & 63];
    }
  }
  return out;
}

std::vector<std::string> base64_offsets(std::string_view bytes) {
  // Of the first group, so many characters hold bits of the text before; of the
  // last, so many hold bits of the text behind.
  constexpr std::array<std::size_t, 3> kCutFront = {0, 2, 3};
  constexpr std::array<std::size_t, 3> kCutBack = {0, 3, 2};
  std::vector<std::string> out;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    std::string shifted(offset, ' ');
    shifted += bytes;
    std::string text = base64(shifted);
    const std::size_t back = kCutBack[shifted.size() % 3];
    if (text.size() > kCutFront[offset] + back) {
      out.push_back(text.substr(kCutFront[offset],
                                text.size() - kCutFront[offset] - back));
    }
  }
  return out;
}

std::optional<std::vector<std::string>> dash_spellings(std::string_view text) {
  std::vector<std::string> out = {""};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = (text[i] == '-' || text[i] == '/') &&
                      (i == 0 || !is_word(text[i - 1])) &&
                      i + 1 < text.size() && is_word(text[i + 1]);
    if (!dash) {
      for (std::string& spelling : out) {
        spelling += text[i];
      }
      continue;
    }
    if (out.size() * kDashes.size() > kMostSpellings) {
      return std::nullopt;
    }
    std::vector<std::string> more;
    for (const std::string& spelling : out) {
      for (const std::string_view one : kDashes) {
        more.push_back(spelling + std::string(one));
      }
    }
    out = std::move(more);
  }
  return out;
}

}  // namespace deskfall
