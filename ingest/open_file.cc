#include "ingest/open_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace deskfall {

std::string temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  return named == nullptr || *named == '\0' ? "/tmp" : named;
}

Error temporary_file_error() {
  return {ErrorKind::kOutput,
          std::string("cannot use a temporary file: ") + std::strerror(errno),
          "",
          "make room in " + temporary_folder() +
              " or name another folder in TMPDIR"};
}

Result<std::string> make_temporary_file() {
  std::string path = temporary_folder() + "/deskfall-XXXXXX";
  const int file = ::mkstemp(path.data());
  if (file < 0) {
    return tl::unexpected<Error>(temporary_file_error());
  }
  ::close(file);
  return path;
}

Result<OpenFile> open_temporary_file() {
  DF_TRY(const std::string path, make_temporary_file());
  OpenFile file(std::fopen(path.c_str(), "w+be"));
  Result<OpenFile> opened = tl::unexpected<Error>(temporary_file_error());
  if (file) {
    opened = std::move(file);
  }
  ::unlink(path.c_str());
  return opened;
}

}  // namespace deskfall
