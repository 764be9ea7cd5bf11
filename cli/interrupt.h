// Interrupt: Ctrl+C leaves nothing half written behind.
//
// A file that is being made registers itself; the signal handler removes what
// is registered and leaves with status 130. A case is made in one piece, so one
// that was finished before stays as it is.
#pragma once

#include <cstddef>
#include <string>

namespace deskfall {

/// From now on SIGINT and SIGTERM clean up and leave.
void catch_interrupts();

/// Names a file to remove on interrupt, until keep() or destruction.
class Unfinished {
 public:
  explicit Unfinished(const std::string& path);
  ~Unfinished() { keep(); }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  /// The file is whole now.
  void keep();

 private:
  std::size_t slot_;
};

}  // namespace deskfall
