#include "ingest/evtx_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "ingest/evtx_digits.h"
#include "ingest/evtx_escape.h"
#include "ingest/text.h"

namespace deskfall::evtx {

namespace {

constexpr std::size_t kGuidSize = 16;
constexpr std::size_t kSystemTimeSize = 16;
constexpr std::size_t kSidHeaderSize = 8;

void append_hex_bytes(std::string& out, Bytes bytes) {
  const std::size_t size = out.size();
  out.resize(size + 2 * bytes.size());
  write_hex_bytes(out.data() + size, bytes);
}

/// A little-endian number of 1, 2, 4 or 8 bytes.
std::optional<std::uint64_t> load_unsigned(Bytes bytes) {
  switch (bytes.size()) {
    case 1:
      return load<std::uint8_t>(bytes, 0);
    case 2:
      return load<std::uint16_t>(bytes, 0);
    case 4:
      return load<std::uint32_t>(bytes, 0);
    case 8:
      return load<std::uint64_t>(bytes, 0);
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> load_signed(Bytes bytes) {
  switch (bytes.size()) {
    case 1:
      return load<std::int8_t>(bytes, 0);
    case 2:
      return load<std::int16_t>(bytes, 0);
    case 4:
      return load<std::int32_t>(bytes, 0);
    case 8:
      return load<std::int64_t>(bytes, 0);
    default:
      return std::nullopt;
  }
}

char* write_word(char* out, std::string_view word) {
  return std::copy(word.begin(), word.end(), out);
}

/// xs:float and xs:double: shortest digits that read back the same.
template <typename Real>
char* write_real(char* out, Real real) {
  if (std::isnan(real)) {
    return write_word(out, "NaN");
  }
  if (std::isinf(real)) {
    return write_word(out, real < 0 ? "-INF" : "INF");
  }
  return std::to_chars(out, out + 32, real).ptr;
}

void append_scalar(std::string& out, ValueType type, Bytes bytes) {
  if (type == ValueType::kString) {
    append_utf16(out, trim_nuls(bytes, 2));
    return;
  }
  std::array<char, kMostShortText> text;
  const Value value{bytes.data(), static_cast<std::uint16_t>(bytes.size()),
                    static_cast<std::uint8_t>(type)};
  if (char* end = write_short(text.data(), value)) {
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
    return;
  }
  switch (type) {
    case ValueType::kEvtXml:
      append_utf16(out, trim_nuls(bytes, 2));
      return;
    case ValueType::kAnsiString:
      append_ansi(out, trim_nuls(bytes, 1));
      return;
    default:
      append_hex_bytes(out, bytes);
  }
}

/// Bytes of one array item; 0 where items tell their own size.
std::size_t item_size(ValueType type) {
  switch (type) {
    case ValueType::kInt8:
    case ValueType::kUInt8:
      return 1;
    case ValueType::kInt16:
    case ValueType::kUInt16:
      return 2;
    case ValueType::kInt32:
    case ValueType::kUInt32:
    case ValueType::kReal32:
    case ValueType::kBool:
    case ValueType::kHexInt32:
      return 4;
    case ValueType::kInt64:
    case ValueType::kUInt64:
    case ValueType::kReal64:
    case ValueType::kFiletime:
    case ValueType::kHexInt64:
    case ValueType::kSizeT:
      return 8;
    case ValueType::kGuid:
    case ValueType::kSystemTime:
      return 16;
    default:
      return 0;
  }
}

void append_array(std::string& out, const Value& value) {
  const auto type = static_cast<ValueType>(value.type & ~kArrayFlag);
  bool first = true;
  const auto separate = [&out, &first] {
    if (!first) {
      out += ',';
    }
    first = false;
  };
  if (value.is_string_array()) {
    Value rest = value;
    while (rest.size > 0) {
      separate();
      append_text(out, take_item(rest));
    }
    return;
  }
  Bytes rest = value.bytes();
  if (type == ValueType::kSid) {
    while (rest.size() >= kSidHeaderSize) {
      const std::size_t size =
          kSidHeaderSize + 4 * std::to_integer<std::size_t>(rest[1]);
      if (size > rest.size()) {
        break;
      }
      separate();
      append_scalar(out, type, rest.first(size));
      rest = rest.subspan(size);
    }
    return;
  }
  std::size_t size = item_size(type);
  if (type == ValueType::kSizeT && rest.size() % 8 == 4) {
    size /= 2;  // a 32-bit system's
  }
  if (size == 0) {
    append_hex_bytes(out, rest);
    return;
  }
  while (rest.size() >= size) {  // bytes left over are ignored
    separate();
    append_scalar(out, type, rest.first(size));
    rest = rest.subspan(size);
  }
}

}  // namespace

void append_text(std::string& out, const Value& value) {
  if ((value.type & kArrayFlag) != 0) {
    append_array(out, value);
    return;
  }
  append_scalar(out, static_cast<ValueType>(value.type), value.bytes());
}

Value take_item(Value& array) {
  const std::size_t unit = (array.type & ~kArrayFlag) ==
                                   static_cast<std::uint8_t>(ValueType::kString)
                               ? 2
                               : 1;
  const Bytes bytes = array.bytes();
  std::size_t size = 0;
  while (size + unit <= bytes.size() &&
         !(bytes[size] == std::byte{0} &&
           bytes[size + unit - 1] == std::byte{0})) {
    size += unit;
  }
  Value item{array.data, static_cast<std::uint16_t>(size),
             static_cast<std::uint8_t>(array.type & ~kArrayFlag)};
  const std::size_t taken = std::min(size + unit, bytes.size());
  array.data += taken;
  array.size = static_cast<std::uint16_t>(array.size - taken);
  return item;
}

std::optional<std::uint64_t> to_number(const Value& value) {
  switch (static_cast<ValueType>(value.type)) {
    case ValueType::kInt8:
    case ValueType::kInt16:
    case ValueType::kInt32:
    case ValueType::kInt64:
    case ValueType::kUInt8:
    case ValueType::kUInt16:
    case ValueType::kUInt32:
    case ValueType::kUInt64:
    case ValueType::kHexInt32:
    case ValueType::kHexInt64:
    case ValueType::kSizeT:
    case ValueType::kBool:
      return load_unsigned(value.bytes());
    case ValueType::kString:
    case ValueType::kAnsiString: {
      std::string text;
      append_text(text, value);
      return parse_number(trim(text));
    }
    default:
      return std::nullopt;
  }
}

std::optional<Instant> to_instant(const Value& value) {
  if (value.is(ValueType::kFiletime) && value.size == 8) {
    return from_filetime(load<std::uint64_t>(value.bytes(), 0));
  }
  if (value.is(ValueType::kSystemTime) || value.is(ValueType::kString) ||
      value.is(ValueType::kAnsiString)) {
    std::string text;
    append_text(text, value);
    return parse_iso8601(trim(text));
  }
  return std::nullopt;
}

void append_guid(std::string& out, Bytes guid) {
  if (guid.size() == kGuidSize) {
    std::array<char, kMostShortText> text;
    const char* end = write_guid(text.data(), guid);
    out.append(text.data(), static_cast<std::size_t>(end - text.data()));
  }
}

char* write_short(char* out, const Value& value) {
  const Bytes bytes = value.bytes();
  switch (static_cast<ValueType>(value.type)) {
    case ValueType::kNull:
    case ValueType::kBinXml:
      return out;
    case ValueType::kInt8:
    case ValueType::kInt16:
    case ValueType::kInt32:
    case ValueType::kInt64:
      if (const auto number = load_signed(bytes)) {
        if (*number < 0) {
          *out++ = '-';
          return write_decimal(out, ~static_cast<std::uint64_t>(*number) + 1);
        }
        return write_decimal(out, static_cast<std::uint64_t>(*number));
      }
      return nullptr;
    case ValueType::kUInt8:
    case ValueType::kUInt16:
    case ValueType::kUInt32:
    case ValueType::kUInt64:
      if (const auto number = load_unsigned(bytes)) {
        return write_decimal(out, *number);
      }
      return nullptr;
    case ValueType::kReal32:
      return bytes.size() == sizeof(float)
                 ? write_real(out, load<float>(bytes, 0))
                 : nullptr;
    case ValueType::kReal64:
      return bytes.size() == sizeof(double)
                 ? write_real(out, load<double>(bytes, 0))
                 : nullptr;
    case ValueType::kBool:
      if (const auto number = load_unsigned(bytes)) {
        return write_word(out, *number != 0 ? "true" : "false");
      }
      return nullptr;
    case ValueType::kGuid:
      if (bytes.size() == kGuidSize) {
        *out = '{';
        out = write_guid(out + 1, bytes);
        *out = '}';
        return out + 1;
      }
      return nullptr;
    case ValueType::kSizeT:
    case ValueType::kHexInt32:
    case ValueType::kHexInt64:
    case ValueType::kEvtHandle:
      if (const auto number = load_unsigned(bytes)) {
        return write_hex(write_word(out, "0x"), *number);
      }
      return nullptr;
    case ValueType::kFiletime:
      return bytes.size() == 8
                 ? write_filetime(out, load<std::uint64_t>(bytes, 0))
                 : nullptr;
    case ValueType::kSystemTime:
      return bytes.size() == kSystemTimeSize ? write_system_time(out, bytes)
                                             : nullptr;
    case ValueType::kSid:
      return is_sid(bytes) ? write_sid(out, bytes) : nullptr;
    default:
      return nullptr;
  }
}

Bytes trim_nuls(Bytes bytes, std::size_t unit) {
  std::size_t size = bytes.size() - bytes.size() % unit;
  while (size >= unit && bytes[size - 1] == std::byte{0} &&
         bytes[size - unit] == std::byte{0}) {
    size -= unit;
  }
  return bytes.first(size);
}

std::uint32_t ansi_code_point(std::byte byte) {
  // 0x80 to 0x9f; the rest of Windows-1252 equals Latin-1.
  constexpr std::array<std::uint16_t, 32> kHigh = {
      0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
      0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};
  const auto code = std::to_integer<std::uint32_t>(byte);
  return code >= 0x80 && code < 0xa0 ? kHigh[code - 0x80] : code;
}

void append_ansi(std::string& out, Bytes bytes) {
  for (const std::byte byte : bytes) {
    append_utf8(out, ansi_code_point(byte));
  }
}

}  // namespace deskfall::evtx
