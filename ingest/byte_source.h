// ByteSource: a file, an archive member or a buffer, read front to back.
//
// Sequential on purpose: a member of a tar or 7z cannot be sought, EVTX is
// read slot by slot, text line by line. A decoder therefore never holds more
// than its own window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ingest/result.h"

namespace deskfall {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills as much of `out` as there is; returns the count, 0 at the end. A
  /// short count means the end was reached.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
};

/// Reads a file of the disk. Fails when it cannot be opened.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_file(
    const std::string& path);

/// Reads a buffer, which must outlive the source.
[[nodiscard]] std::unique_ptr<ByteSource> open_buffer(
    std::span<const std::byte> bytes);

/// `head` (already read from it) and then the rest of `inner`, which must
/// outlive the source; for whoever had to look before handing on.
[[nodiscard]] std::unique_ptr<ByteSource> put_back(
    std::span<const std::byte> head, ByteSource& inner);

/// Bytes of a string, for tests and small texts.
[[nodiscard]] std::span<const std::byte> as_bytes(std::string_view text);

}  // namespace deskfall
