// Sha256: the digest that names a source for good.
//
// A source is hashed whole even when its decoder stops early, so that two runs
// over the same bytes name the same file:
//
//   HashingSource hashed(bytes);
//   DF_CHECK(read_event_xml(hashed, sink, reporter));
//   DF_CHECK(hashed.drain());
//   file.sha256 = hashed.hex();
//   file.bytes = hashed.count();
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ingest/byte_source.h"
#include "ingest/result.h"

namespace deskfall {

/// Digest of bytes given in any number of pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);

  /// 64 lower-case hex digits of all bytes so far; more may follow.
  [[nodiscard]] std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Passes another source through, hashing and counting what is read.
class HashingSource : public ByteSource {
 public:
  explicit HashingSource(ByteSource& inner) : inner_(inner) {}

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> out) override;

  /// Reads what the decoder left.
  [[nodiscard]] Result<void> drain();

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::string hex() const { return hash_.hex(); }

 private:
  ByteSource& inner_;
  Sha256 hash_;
  std::int64_t count_ = 0;
};

/// The forms in which a client's log hides an account name (event 1029): Base64
/// of the digest of its UTF-16LE letters, SHA-256 since Windows 8 and SHA-1
/// before. "Administrator" gives UmTGMgTFbA35+PSgMOoZ2ToPpAK+awC010ZOYWQQIfc=.
struct NameHashes {
  std::string sha256;
  std::string sha1;
};
[[nodiscard]] NameHashes hash_name(std::string_view utf8);

}  // namespace deskfall
