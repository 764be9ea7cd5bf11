// OutBuffer: text that grows, written by pointer.
//
// ensure() makes room once for several small writes, which then cost no check
// each; std::string would clear memory that is about to be overwritten.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace deskfall {

class OutBuffer {
 public:
  /// Room for at least `count` more bytes; returns where they go. The pointer
  /// is good until the next ensure().
  char* ensure(std::size_t count) {
    if (capacity_ - size_ < count) {
      grow(count);
    }
    return data_.get() + size_;
  }

  /// Tells where writing ended; `end` lies within what ensure() promised.
  void set_end(const char* end) {
    size_ = static_cast<std::size_t>(end - data_.get());
  }

  void append(std::string_view text) {
    char* out = ensure(text.size());
    if (!text.empty()) {
      std::memcpy(out, text.data(), text.size());
    }
    size_ += text.size();
  }

  /// The first byte; good until the next ensure().
  [[nodiscard]] char* data() { return data_.get(); }

  void truncate(std::size_t size) { size_ = std::min(size, size_); }
  void clear() { size_ = 0; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] char back() const {
    return size_ == 0 ? '\0' : data_[size_ - 1];
  }
  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }

 private:
  void grow(std::size_t count) {
    const std::size_t wanted = std::max(2 * capacity_, size_ + count + 256);
    std::unique_ptr<char[]> larger(new char[wanted]);
    if (size_ > 0) {
      std::memcpy(larger.get(), data_.get(), size_);
    }
    data_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace deskfall
