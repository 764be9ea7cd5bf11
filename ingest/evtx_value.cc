#include "ingest/evtx_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "ingest/text.h"

namespace deskfall::evtx {

namespace {

constexpr std::size_t kGuidSize = 16;
constexpr std::size_t kSystemTimeSize = 16;
constexpr std::size_t kSidHeaderSize = 8;
constexpr std::size_t kMostSubAuthorities = 15;

template <typename Number>
void append_number(std::string& out, Number number, int base = 10) {
  std::array<char, 24> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), end.ptr);
}

/// `count` digits with leading zeros.
void append_padded(std::string& out, std::uint64_t number, std::size_t count) {
  std::array<char, 20> digits;
  digits.fill('0');
  for (std::size_t i = count; i > 0; --i) {
    digits[i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  out.append(digits.data(), count);
}

void append_hex_bytes(std::string& out, Bytes bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const std::byte byte : bytes) {
    out += kDigits[std::to_integer<unsigned>(byte) >> 4];
    out += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
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

/// xs:float and xs:double: shortest digits that read back the same.
template <typename Real>
void append_real(std::string& out, Real real) {
  if (std::isnan(real)) {
    out += "NaN";
  } else if (std::isinf(real)) {
    out += real < 0 ? "-INF" : "INF";
  } else {
    std::array<char, 32> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), real);
    out.append(digits.data(), end.ptr);
  }
}

void append_filetime(std::string& out, std::uint64_t filetime) {
  out += format_utc(from_filetime(filetime));
}

/// The digits as stored: an invalid date (30 February) is still evidence.
void append_system_time(std::string& out, Bytes bytes) {
  const auto part = [bytes](std::size_t index) {
    return load<std::uint16_t>(bytes, 2 * index);
  };
  append_padded(out, part(0), 4);
  out += '-';
  append_padded(out, part(1), 2);
  out += '-';
  append_padded(out, part(3), 2);
  out += 'T';
  append_padded(out, part(4), 2);
  out += ':';
  append_padded(out, part(5), 2);
  out += ':';
  append_padded(out, part(6), 2);
  out += '.';
  append_padded(out, part(7), 3);
  out += 'Z';
}

void append_sid(std::string& out, Bytes bytes) {
  const std::size_t count =
      bytes.size() > 1 ? std::to_integer<std::size_t>(bytes[1]) : 0;
  if (bytes.size() < kSidHeaderSize || count > kMostSubAuthorities ||
      bytes.size() != kSidHeaderSize + 4 * count) {
    append_hex_bytes(out, bytes);
    return;
  }
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < kSidHeaderSize; ++i) {
    authority = (authority << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  }
  out += "S-";
  append_number(out, std::to_integer<unsigned>(bytes[0]));
  out += '-';
  if (authority > 0xffffffff) {
    out += "0x";
    append_number(out, authority, 16);
  } else {
    append_number(out, authority);
  }
  for (std::size_t i = 0; i < count; ++i) {
    out += '-';
    append_number(out, load<std::uint32_t>(bytes, kSidHeaderSize + 4 * i));
  }
}

Bytes without_final_nuls(Bytes bytes, std::size_t unit) {
  std::size_t size = bytes.size() - bytes.size() % unit;
  while (size >= unit && bytes[size - 1] == std::byte{0} &&
         bytes[size - unit] == std::byte{0}) {
    size -= unit;
  }
  return bytes.first(size);
}

void append_scalar(std::string& out, ValueType type, Bytes bytes) {
  switch (type) {
    case ValueType::kNull:
    case ValueType::kBinXml:
      return;
    case ValueType::kString:
    case ValueType::kEvtXml:
      append_utf16le(out, without_final_nuls(bytes, 2));
      return;
    case ValueType::kAnsiString:
      append_ansi(out, without_final_nuls(bytes, 1));
      return;
    case ValueType::kInt8:
    case ValueType::kInt16:
    case ValueType::kInt32:
    case ValueType::kInt64:
      if (const auto number = load_signed(bytes)) {
        append_number(out, *number);
        return;
      }
      break;
    case ValueType::kUInt8:
    case ValueType::kUInt16:
    case ValueType::kUInt32:
    case ValueType::kUInt64:
      if (const auto number = load_unsigned(bytes)) {
        append_number(out, *number);
        return;
      }
      break;
    case ValueType::kReal32:
      if (bytes.size() == sizeof(float)) {
        append_real(out, load<float>(bytes, 0));
        return;
      }
      break;
    case ValueType::kReal64:
      if (bytes.size() == sizeof(double)) {
        append_real(out, load<double>(bytes, 0));
        return;
      }
      break;
    case ValueType::kBool:
      if (const auto number = load_unsigned(bytes)) {
        out += *number != 0 ? "true" : "false";
        return;
      }
      break;
    case ValueType::kGuid:
      if (bytes.size() == kGuidSize) {
        out += '{';
        append_guid(out, bytes);
        out += '}';
        return;
      }
      break;
    case ValueType::kSizeT:
    case ValueType::kHexInt32:
    case ValueType::kHexInt64:
    case ValueType::kEvtHandle:
      if (const auto number = load_unsigned(bytes)) {
        out += "0x";
        append_number(out, *number, 16);
        return;
      }
      break;
    case ValueType::kFiletime:
      if (bytes.size() == 8) {
        append_filetime(out, load<std::uint64_t>(bytes, 0));
        return;
      }
      break;
    case ValueType::kSystemTime:
      if (bytes.size() == kSystemTimeSize) {
        append_system_time(out, bytes);
        return;
      }
      break;
    case ValueType::kSid:
      append_sid(out, bytes);
      return;
    case ValueType::kBinary:
      break;
  }
  append_hex_bytes(out, bytes);
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
      append_sid(out, rest.first(size));
      rest = rest.subspan(size);
    }
    return;
  }
  const std::size_t size = item_size(type);
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
  if (guid.size() != kGuidSize) {
    return;
  }
  // The first three groups are little-endian numbers, the rest is bytes.
  constexpr std::array<std::uint8_t, kGuidSize> kOrder = {
      3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  for (std::size_t i = 0; i < kGuidSize; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      out += '-';
    }
    append_hex_bytes(out, guid.subspan(kOrder[i], 1));
  }
}

void append_ansi(std::string& out, Bytes bytes) {
  // 0x80 to 0x9f; the rest of Windows-1252 equals Latin-1.
  constexpr std::array<std::uint16_t, 32> kHigh = {
      0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
      0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
      0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
      0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};
  for (const std::byte byte : bytes) {
    const auto code = std::to_integer<std::uint32_t>(byte);
    append_utf8(out, code >= 0x80 && code < 0xa0 ? kHigh[code - 0x80] : code);
  }
}

}  // namespace deskfall::evtx
