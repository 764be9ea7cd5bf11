// OpenFile: a file of the C library that closes itself, and temporary ones for
// what does not fit into memory.
//
//   DF_TRY(const OpenFile file, open_temporary_file());
//   if (std::fwrite(bytes, 1, size, file.get()) != size) {
//     return tl::unexpected(temporary_file_error());
//   }
//
// Temporary files lie in the folder that TMPDIR names, else in /tmp.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "ingest/result.h"

namespace deskfall {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

/// Where temporary files go.
[[nodiscard]] std::string temporary_folder();

/// An empty file; whoever asked for it removes it. Returns its path.
[[nodiscard]] Result<std::string> make_temporary_file();

/// An empty file to write and read that has no name and is gone when closed.
[[nodiscard]] Result<OpenFile> open_temporary_file();

/// What errno says of a temporary file or folder, and what helps.
[[nodiscard]] Error temporary_file_error();

}  // namespace deskfall
