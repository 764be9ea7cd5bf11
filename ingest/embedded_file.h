// EmbeddedFile: a file that was put into the binary at build time (templates,
// rules, the demo), so that the program needs nothing beside it.
//
// cmake/embed.cmake makes the accessor for each set of files.
#pragma once

#include <span>
#include <string_view>

namespace deskfall {

struct EmbeddedFile {
  std::string_view name;   ///< path as listed in the CMake file
  std::string_view bytes;  ///< whole content; lives as long as the program
};

/// The bytes of `name`, empty when there is no such file.
[[nodiscard]] inline std::string_view find_embedded(
    std::span<const EmbeddedFile> files, std::string_view name) {
  for (const EmbeddedFile& file : files) {
    if (file.name == name) {
      return file.bytes;
    }
  }
  return {};
}

}  // namespace deskfall
