// ByteCursor: checked little-endian reads over a buffer.
//
// Every length is checked before use. A read past the end makes the cursor
// fail for good and returns zero, so a decoder may read a whole structure and
// ask ok() once:
//
//   ByteCursor cursor(chunk, 512);
//   const std::uint32_t magic = cursor.u32("record magic");
//   const std::uint32_t size = cursor.u32("record size");
//   if (!cursor.ok()) { reporter.dropped(range, cursor.complaint()); }
//
// Each read names the field it wants, so that the complaint says what was
// being read, where, and how many bytes were missing.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace deskfall {

static_assert(std::endian::native == std::endian::little,
              "reads copy bytes as they are");

class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes, std::size_t at = 0)
      : bytes_(bytes), at_(at) {}

  [[nodiscard]] std::uint8_t u8(std::string_view field) {
    return number<std::uint8_t>(field);
  }
  [[nodiscard]] std::uint16_t u16(std::string_view field) {
    return number<std::uint16_t>(field);
  }
  [[nodiscard]] std::uint32_t u32(std::string_view field) {
    return number<std::uint32_t>(field);
  }
  [[nodiscard]] std::uint64_t u64(std::string_view field) {
    return number<std::uint64_t>(field);
  }

  /// The next `count` bytes, empty on failure.
  [[nodiscard]] std::span<const std::byte> take(std::size_t count,
                                                std::string_view field) {
    if (!has(count, field)) {
      return {};
    }
    const auto view = bytes_.subspan(at_, count);
    at_ += count;
    return view;
  }

  void skip(std::size_t count, std::string_view field) {
    static_cast<void>(take(count, field));
  }

  /// Moves anywhere inside the buffer; one past the last byte is allowed.
  void seek(std::size_t at, std::string_view field) {
    if (failed_ || at > bytes_.size()) {
      give_up(at, field);
      return;
    }
    at_ = at;
  }

  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::size_t remaining() const {
    return failed_ || at_ > bytes_.size() ? 0 : bytes_.size() - at_;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  /// "record size: needs 4 bytes at 65534, buffer ends at 65536".
  [[nodiscard]] std::string complaint() const {
    return std::string(failed_field_) + ": needs " + std::to_string(wanted_) +
           " bytes at " + std::to_string(at_) + ", buffer ends at " +
           std::to_string(bytes_.size());
  }

 private:
  bool has(std::size_t count, std::string_view field) {
    if (failed_) {
      return false;
    }
    if (at_ > bytes_.size() || bytes_.size() - at_ < count) {
      give_up(count, field);
      return false;
    }
    return true;
  }

  void give_up(std::size_t wanted, std::string_view field) {
    if (!failed_) {
      failed_ = true;
      wanted_ = wanted;
      failed_field_ = field;
    }
  }

  template <typename Number>
  Number number(std::string_view field) {
    Number value{};
    if (has(sizeof value, field)) {
      std::memcpy(&value, bytes_.data() + at_, sizeof value);
      at_ += sizeof value;
    }
    return value;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::size_t wanted_ = 0;
  std::string_view failed_field_;
};

}  // namespace deskfall
