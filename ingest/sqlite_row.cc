#include "ingest/sqlite_row.h"

#include <array>
#include <bit>

namespace deskfall {

namespace {

// Types of columns, in the words of the specification "serial types".
constexpr char kNull = 0;
constexpr char kZero = 8;
constexpr char kOne = 9;
constexpr std::size_t kText = 13;  // and twice the bytes

/// Integers are kept in the fewest bytes of these that hold them.
struct Width {
  std::size_t bytes;
  char type;
};
constexpr std::array<Width, 6> kWidths = {
    {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {6, 5}, {8, 6}}};

const Width& width_of(std::int64_t value) {
  // Bits without the sign; -1 has none.
  const auto bits = static_cast<std::size_t>(
      std::bit_width(static_cast<std::uint64_t>(value < 0 ? ~value : value)));
  std::size_t at = 0;
  while (bits >= 8 * kWidths[at].bytes) {
    ++at;
  }
  return kWidths[at];
}

}  // namespace

std::size_t varint_size(std::uint64_t value) {
  const auto bits = static_cast<std::size_t>(std::bit_width(value | 1U));
  return bits > 56 ? kMostVarint : (bits + 6) / 7;
}

char* write_varint(char* out, std::uint64_t value) {
  const std::size_t size = varint_size(value);
  std::size_t at = size;
  if (size == kMostVarint) {
    out[--at] = static_cast<char>(value & 0xffU);
    value >>= 8U;
  }
  while (at > 0) {
    --at;
    const std::uint64_t more = at + 1 < size ? 0x80U : 0U;
    out[at] = static_cast<char>((value & 0x7fU) | more);
    value >>= 7U;
  }
  return out + size;
}

char* write_big_endian(char* out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t at = bytes; at > 0; value >>= 8U) {
    out[--at] = static_cast<char>(value & 0xffU);
  }
  return out + bytes;
}

std::uint32_t read_big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) {
    value = (value << 8U) | static_cast<unsigned char>(byte);
  }
  return value;
}

void SqliteRow::add_null() {
  char* type = types_.ensure(1);
  *type = kNull;
  types_.set_end(type + 1);
}

void SqliteRow::add(std::int64_t value) {
  char* type = types_.ensure(1);
  types_.set_end(type + 1);
  if (value == 0 || value == 1) {
    *type = value == 0 ? kZero : kOne;
    return;
  }
  const Width& width = width_of(value);
  *type = width.type;
  char* out = values_.ensure(width.bytes);
  values_.set_end(
      write_big_endian(out, static_cast<std::uint64_t>(value), width.bytes));
}

void SqliteRow::add(std::string_view text) {
  types_.set_end(
      write_varint(types_.ensure(kMostVarint), kText + 2 * text.size()));
  values_.append(text);
}

std::size_t SqliteRow::header_size() const {
  const std::size_t types = types_.size();
  std::size_t own = 1;
  while (varint_size(types + own) > own) {
    ++own;
  }
  return types + own;
}

std::size_t SqliteRow::size() const {
  return header_size() + values_.size();
}

char* SqliteRow::write(char* out) const {
  out = write_varint(out, header_size());
  for (const OutBuffer* part : {&types_, &values_}) {
    const std::string_view bytes = part->view();
    out = std::copy(bytes.begin(), bytes.end(), out);
  }
  return out;
}

}  // namespace deskfall
