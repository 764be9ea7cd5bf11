// Bundle: walks what the user gave - files, folders, archives inside archives
// - and hands out every file found, with limits against hostile containers.
//
// Order is stable: inputs by name, folders by path; members of an archive in
// archive order. Symbolic links in folders are not followed: those that stay
// inside lead to files that are walked anyway, those that leave are said.
//
// What is an archive is known by content, and a compressed log (x.evtx.gz) is
// an archive of one file. Archives inside archives go through an unlinked
// temporary file, so memory stays small. A damaged member ends early; what
// came before the damage is handed out and on_refused tells the rest.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ingest/byte_source.h"
#include "ingest/result.h"

namespace deskfall {

struct BundleLimits {
  int depth = 4;                       ///< archives inside archives
  std::int64_t members = 200'000;      ///< files over all archives
  std::int64_t unpacked = 64LL << 30;  ///< bytes over all archives
  std::int64_t ratio = 2'000;  ///< unpacked / packed, per archive; asked
                               ///< only above 16 MiB unpacked
  std::string passphrase;      ///< for locked archives
};

class BundleVisitor {
 public:
  virtual ~BundleVisitor() = default;

  /// One file. `path` is the input's name and the path inside it, '/'
  /// separated. Reading fewer bytes than there are is allowed.
  virtual void on_file(const std::string& path, ByteSource& bytes) = 0;

  /// Something that could not be read or was refused (unreadable file, "../"
  /// in a member name, a limit, an encrypted member). The walk goes on.
  virtual void on_refused(const std::string& path, const Error& error) = 0;

  /// An input as a whole, after its files. `bytes` is the size of the file, or
  /// the sum of the files of a folder, as they stand on the disk.
  virtual void on_input(const std::string& name, std::int64_t bytes) = 0;
};

/// Walks every input. Fails only when an input does not exist.
[[nodiscard]] Result<void> walk_bundle(std::span<const std::string> inputs,
                                       const BundleLimits& limits,
                                       BundleVisitor& visitor);

}  // namespace deskfall
