// Archive: one container opened for reading, member by member, in its order.
//
// Knows zip, 7z, tar, cab and single compressed files (x.evtx.gz), with any
// compression around them. It names members, says what they are and reads
// them; what to do about names, limits and nesting is bundle.h's business.
// libarchive does the work and stays inside archive.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ingest/byte_source.h"
#include "ingest/result.h"

namespace deskfall {

enum class MemberKind : std::uint8_t { kFile, kFolder, kLink, kOther };

enum class Lock : std::uint8_t { kNone, kEncrypted };

struct Member {
  std::string name;  ///< as stored, UTF-8 as far as can be; may be empty
  MemberKind kind = MemberKind::kFile;
  Lock lock = Lock::kNone;
};

class Archive {
 public:
  /// Opens the container that begins at byte 0 of file descriptor `fd`, which
  /// must be seekable and stays the caller's.
  [[nodiscard]] static Result<Archive> open(int fd,
                                            const std::string& passphrase);

  ~Archive();
  Archive(Archive&&) noexcept;
  Archive& operator=(Archive&&) noexcept;

  /// Moves to the next member; nothing at the end. An error is final: the rest
  /// of the container cannot be read.
  [[nodiscard]] Result<std::optional<Member>> next();

  /// Bytes of the current member, as ByteSource::read. An error may be local
  /// to the member (wrong passphrase, damage).
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> out);

  /// A single compressed file without member names.
  [[nodiscard]] bool is_single() const;

 private:
  struct State;
  explicit Archive(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace deskfall
