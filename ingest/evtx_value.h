// EVTX value: one typed value of a record, and its text as Windows shows it.
//
// Texts: hexadecimal types as 0x904 (lower case), Boolean as true/false,
// FILETIME as 2026-03-02T08:14:07.4123456Z, GUID in braces and upper case,
// Binary as upper-case hex, SID as S-1-5-18, NULL as nothing. What does not
// fit its type (a SID of the wrong size) is shown as hex, never refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/evtx_format.h"
#include "ingest/instant.h"

namespace deskfall::evtx {

/// MS-EVEN6 2.2.12 "BinXml value types".
enum class ValueType : std::uint8_t {
  kNull = 0x00,
  kString = 0x01,
  kAnsiString = 0x02,
  kInt8 = 0x03,
  kUInt8 = 0x04,
  kInt16 = 0x05,
  kUInt16 = 0x06,
  kInt32 = 0x07,
  kUInt32 = 0x08,
  kInt64 = 0x09,
  kUInt64 = 0x0a,
  kReal32 = 0x0b,
  kReal64 = 0x0c,
  kBool = 0x0d,
  kBinary = 0x0e,
  kGuid = 0x0f,
  kSizeT = 0x10,
  kFiletime = 0x11,
  kSystemTime = 0x12,
  kSid = 0x13,
  kHexInt32 = 0x14,
  kHexInt64 = 0x15,
  kEvtHandle = 0x20,
  kBinXml = 0x21,
  kEvtXml = 0x23
};
inline constexpr std::uint8_t kArrayFlag = 0x80;

struct Value {
  const std::byte* data = nullptr;
  std::uint16_t size = 0;
  std::uint8_t type = 0;  ///< a ValueType, perhaps with kArrayFlag

  [[nodiscard]] Bytes bytes() const { return {data, size}; }
  [[nodiscard]] bool is(ValueType wanted) const {
    return type == static_cast<std::uint8_t>(wanted);
  }
  [[nodiscard]] bool is_null() const { return is(ValueType::kNull); }
  /// A list of strings, which Windows shows as one element per item.
  [[nodiscard]] bool is_string_array() const {
    return type ==
               (kArrayFlag | static_cast<std::uint8_t>(ValueType::kString)) ||
           type ==
               (kArrayFlag | static_cast<std::uint8_t>(ValueType::kAnsiString));
  }
};

/// Appends the text of the value. Arrays become items joined with commas.
void append_text(std::string& out, const Value& value);

/// Longest text of a value that is no string, no Binary and no array: a SID
/// with 15 sub-authorities takes 186 bytes.
inline constexpr std::size_t kMostShortText = 256;

/// Writes such a text to `out`, which has room for kMostShortText bytes, and
/// returns its end; null when the value is of another kind or does not fit its
/// type, so that append_text() has to be asked.
[[nodiscard]] char* write_short(char* out, const Value& value);

/// Characters without their final NULs, in whole units of 1 or 2 bytes.
[[nodiscard]] Bytes trim_nuls(Bytes bytes, std::size_t unit);

/// The characters of a string value without its final NULs.
[[nodiscard]] inline Bytes string_bytes(const Value& value) {
  const std::size_t unit = value.is(ValueType::kAnsiString) ? 1 : 2;
  const Bytes bytes = value.bytes();
  const auto ends_plain = [bytes, unit](std::size_t size) {
    return size >= unit && bytes[size - unit] != std::byte{0};
  };
  // Most have no NUL, or one.
  if (bytes.size() % unit == 0) {
    if (ends_plain(bytes.size())) {
      return bytes;
    }
    if (bytes.size() > unit && bytes.back() == std::byte{0} &&
        ends_plain(bytes.size() - unit)) {
      return bytes.first(bytes.size() - unit);
    }
  }
  return trim_nuls(bytes, unit);
}

/// Takes the first item off a string array: "a\0b\0" gives "a" and leaves
/// "b\0". The last terminator may be missing; empty items are kept.
[[nodiscard]] Value take_item(Value& array);

/// The value as a number, from any integer type or a text of digits.
[[nodiscard]] std::optional<std::uint64_t> to_number(const Value& value);

/// The value as a moment, from FILETIME, SYSTEMTIME or an ISO 8601 text.
[[nodiscard]] std::optional<Instant> to_instant(const Value& value);

/// "0AB1...-...": upper case, without braces; nothing when not 16 bytes.
void append_guid(std::string& out, Bytes guid);

/// Windows-1252 to Unicode; the five undefined bytes become U+FFFD.
[[nodiscard]] std::uint32_t ansi_code_point(std::byte byte);
void append_ansi(std::string& out, Bytes bytes);

}  // namespace deskfall::evtx
