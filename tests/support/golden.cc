#include "tests/support/golden.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace deskfall {

namespace {

std::string run_diff(const std::string& expected, const std::string& actual) {
  const std::string command =
      "diff -u '" + expected + "' '" + actual + "' 2>&1";
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return "diff could not be started";
  }
  std::array<char, 4096> buffer{};
  while (const std::size_t count =
             fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.append(buffer.data(), count);
  }
  pclose(pipe);
  return out;
}

}  // namespace

std::string golden_difference(const std::string& name,
                              std::string_view actual) {
  const std::filesystem::path path =
      std::filesystem::path(DESKFALL_SOURCE_DIR) / "tests/golden" / name;
  if (std::getenv("DESKFALL_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << actual;
    return {};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return name + " is missing; run once with DESKFALL_UPDATE_GOLDEN=1";
  }
  const std::string expected((std::istreambuf_iterator<char>(in)), {});
  if (expected == actual) {
    return {};
  }
  const std::filesystem::path written =
      std::filesystem::temp_directory_path() /
      ("deskfall-golden-" + std::to_string(getpid()));
  std::ofstream(written, std::ios::binary) << actual;
  std::string difference = run_diff(path.string(), written.string());
  std::filesystem::remove(written);
  return difference;
}

}  // namespace deskfall
