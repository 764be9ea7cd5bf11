// Folder, TemporaryPlace: files on the disk for one test.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace deskfall {

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "deskfallXXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string put(const std::string& name, const std::string& bytes) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string string() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Where temporary files go while a test runs.
class TemporaryPlace {
 public:
  explicit TemporaryPlace(const std::string& folder) {
    const char* before = std::getenv("TMPDIR");
    if (before != nullptr) {
      before_ = before;
    }
    set(folder);
  }
  ~TemporaryPlace() {
    before_ ? ::setenv("TMPDIR", before_->c_str(), 1) : ::unsetenv("TMPDIR");
  }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

  void set(const std::string& folder) {
    REQUIRE(::setenv("TMPDIR", folder.c_str(), 1) == 0);
  }

 private:
  std::optional<std::string> before_;
};

}  // namespace deskfall
