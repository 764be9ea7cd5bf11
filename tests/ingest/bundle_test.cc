#include "ingest/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "ingest/member_name.h"
#include "support/folder.h"

namespace deskfall {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::pair<std::string, std::string>>;

std::string pack(const Files& files, const std::string& format,
                 const std::string& filter = "none",
                 const std::string& passphrase = {}) {
  std::string out(std::size_t{4} << 20, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  REQUIRE(archive_write_set_format_by_name(writer, format.c_str()) == 0);
  if (filter != "none") {
    REQUIRE(archive_write_add_filter_by_name(writer, filter.c_str()) == 0);
  }
  archive_write_set_bytes_in_last_block(writer, 1);
  if (!passphrase.empty()) {
    REQUIRE(archive_write_set_options(writer, "zip:encryption=aes256") == 0);
    archive_write_set_passphrase(writer, passphrase.c_str());
  }
  REQUIRE(archive_write_open_memory(writer, out.data(), out.size(), &used) ==
          0);
  for (const auto& [name, bytes] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    REQUIRE(archive_write_header(writer, entry) == 0);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

class Seen : public BundleVisitor {
 public:
  void on_file(const std::string& path, ByteSource& bytes) override {
    std::string text;
    std::vector<std::byte> buffer(1000);
    while (const std::size_t got = bytes.read(buffer).value_or(0)) {
      text.append(reinterpret_cast<const char*>(buffer.data()), got);
    }
    files.emplace_back(path, text);
  }
  void on_refused(const std::string& path, const Error& error) override {
    refused.emplace_back(path, error.text());
    kinds.push_back(error.kind);
  }
  void on_input(const std::string& name, std::int64_t bytes) override {
    inputs.emplace_back(name, bytes);
  }

  Files files;
  Files refused;
  std::vector<ErrorKind> kinds;
  std::vector<std::pair<std::string, std::int64_t>> inputs;
};

Seen walk(const std::vector<std::string>& inputs,
          const BundleLimits& limits = {}) {
  Seen seen;
  REQUIRE(walk_bundle(inputs, limits, seen));
  return seen;
}

const Files kTwo = {{"logs/b.txt", "bee"}, {"a.txt", "ay"}};

TEST_CASE("A folder is walked by name, whatever the order of the inputs") {
  const Folder folder;
  folder.put("d/z.txt", "zz");
  folder.put("d/a/x.txt", "x");
  const std::string other = folder.put("c.txt", "c");
  fs::create_directories(folder.path() / "d/empty");
  const std::string d = (folder.path() / "d").string();
  const Seen seen = walk({d + "/", other});
  CHECK(seen.files ==
        Files{{other, "c"}, {d + "/a/x.txt", "x"}, {d + "/z.txt", "zz"}});
  REQUIRE(seen.inputs.size() == 2);
  CHECK(seen.inputs[1] == std::make_pair(d, std::int64_t{3}));
  CHECK(walk({other, d}).files == seen.files);
  CHECK(seen.refused.empty());
}

TEST_CASE("A missing input fails the walk") {
  Seen seen;
  const std::vector<std::string> inputs = {"/nowhere/at/all"};
  const auto walked = walk_bundle(inputs, {}, seen);
  REQUIRE_FALSE(walked);
  CHECK(walked.error().text() == "/nowhere/at/all: no such file or folder");
}

TEST_CASE("Every kind of container gives its members in its order") {
  const Folder folder;
  for (const auto& [format, filter] : Files{{"zip", "none"},
                                            {"7zip", "none"},
                                            {"ustar", "none"},
                                            {"ustar", "gzip"},
                                            {"ustar", "xz"},
                                            {"ustar", "bzip2"},
                                            {"ustar", "zstd"}}) {
    INFO(format << " " << filter);
    const std::string path = folder.put("x.bin", pack(kTwo, format, filter));
    const Seen seen = walk({path});
    CHECK(seen.refused.empty());
    CHECK(seen.files ==
          Files{{path + "/logs/b.txt", "bee"}, {path + "/a.txt", "ay"}});
    CHECK(seen.inputs[0].second ==
          static_cast<std::int64_t>(fs::file_size(path)));
  }
}

TEST_CASE("Archives inside archives are opened down to the limit") {
  const Folder folder;
  std::string bytes = pack(kTwo, "7zip");
  for (int i = 0; i < 3; ++i) {
    bytes = pack({{"in", bytes}}, i % 2 == 0 ? "zip" : "ustar", "gzip");
  }
  const std::string path = folder.put("deep", bytes);
  const Seen four = walk({path});
  REQUIRE(four.files.size() == 2);
  CHECK(four.files[1].first == path + "/in/in/in/a.txt");
  BundleLimits limits;
  limits.depth = 3;
  const Seen three = walk({path}, limits);
  CHECK(three.files.empty());
  CHECK(three.refused ==
        Files{{path + "/in/in/in", "archives are nested deeper than 3"}});
  CHECK(three.kinds[0] == ErrorKind::kLimit);
}

TEST_CASE("A compressed log is read under the name without its suffix") {
  const Folder folder;
  const std::string path =
      folder.put("x.evtx.gz", pack({{"whatever", "ElfFile"}}, "raw", "gzip"));
  const Seen seen = walk({path});
  CHECK(seen.files == Files{{path + "/x.evtx", "ElfFile"}});
}

TEST_CASE("Names that leave the archive are refused, the rest is read") {
  const Folder folder;
  const std::string path = folder.put("x.tar", pack({{"../up", "1"},
                                                     {"/abs", "2"},
                                                     {"a\\..\\..\\b", "3"},
                                                     {"C:\\win\\x", "4"},
                                                     {"dir\\ok", "5"}},
                                                    "ustar"));
  const Seen seen = walk({path});
  CHECK(seen.files == Files{{path + "/dir/ok", "5"}});
  REQUIRE(seen.refused.size() == 4);
  CHECK(seen.refused[0].first == path + "/../up");
  CHECK(seen.refused[0].second == "the name of the member leaves the archive");
}

TEST_CASE("Velociraptor's names are decoded once, others never") {
  CHECK(clean_member_name("uploads/auto/C%3A/x%254Operational.evtx") ==
        "uploads/auto/C:/x%4Operational.evtx");
  CHECK(clean_member_name("logs/Microsoft-X%4Debug.evtx") ==
        "logs/Microsoft-X%4Debug.evtx");
  CHECK(clean_member_name("./a\\b") == "a/b");
  CHECK_FALSE(stays_inside(clean_member_name("uploads/%2e%2e/%2e%2e/x")));
}

TEST_CASE("An encrypted member needs the passphrase and says so") {
  const Folder folder;
  const std::string path =
      folder.put("x.zip", pack(kTwo, "zip", "none", "open sesame"));
  const Seen without = walk({path});
  CHECK(without.files.empty());
  REQUIRE(without.refused.size() == 2);
  CHECK(without.refused[0].second ==
        "the member is encrypted (give --passphrase-file)");
  BundleLimits limits;
  limits.passphrase = "open sesame";
  CHECK(walk({path}, limits).files.size() == 2);
  limits.passphrase = "guess";
  const Seen wrong = walk({path}, limits);
  CHECK(wrong.files.empty());
  CHECK(wrong.refused.size() == 2);
}

TEST_CASE("Limits on members, bytes and ratio are told and obeyed") {
  const Folder folder;
  const std::string path = folder.put("x.zip", pack(kTwo, "zip"));
  BundleLimits limits;
  limits.members = 1;
  const Seen members = walk({path, path + ""}, limits);
  CHECK(members.files.size() == 1);
  CHECK(members.refused ==
        Files{{path, "more than 1 members over all archives"}});

  limits = {};
  limits.unpacked = 4;
  const Seen bytes = walk({path}, limits);
  REQUIRE(bytes.refused.size() == 1);
  CHECK(bytes.kinds[0] == ErrorKind::kLimit);
  CHECK(bytes.refused[0].first == path + "/a.txt");

  const std::string bomb = folder.put(
      "bomb.gz",
      pack({{"x", std::string(std::size_t{40} << 20, 'x')}}, "raw", "gzip"));
  limits = {};
  limits.ratio = 100;
  const Seen ratio = walk({bomb}, limits);
  REQUIRE(ratio.refused.size() == 1);
  CHECK(ratio.refused[0].second ==
        "unpacks to more than 100 times its size; not read further");
  REQUIRE(ratio.files.size() == 1);
  CHECK(ratio.files[0].second.size() <= (std::size_t{17} << 20));
}

TEST_CASE("A damaged archive gives what is readable and then the reason") {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += std::to_string(i * 7919) + " ";
  }
  for (const auto& [format, filter] : Files{{"zip", "none"},
                                            {"ustar", "none"},
                                            {"ustar", "gzip"},
                                            {"raw", "gzip"}}) {
    INFO(format << " " << filter);
    Files files;
    if (format != "raw") {
      files.emplace_back("first.txt", "whole");
    }
    files.emplace_back("second.txt", text);
    std::string bytes = pack(files, format, filter);
    bytes.resize(bytes.size() / 2);
    const std::string path = folder.put("cut.bin", bytes);
    const Seen seen = walk({path});
    REQUIRE(seen.files.size() == files.size());
    if (format != "raw") {
      CHECK(seen.files[0].second == "whole");
    }
    const std::string& part = seen.files.back().second;
    CHECK(part.size() > 10'000);
    CHECK(part == text.substr(0, part.size()));
    CHECK_FALSE(seen.refused.empty());
  }
  const Seen junk = walk({folder.put("j.zip", "PK\x03\x04 this is no zip")});
  CHECK(junk.files.empty());
  CHECK(junk.refused.size() == 1);
}

TEST_CASE("Links out of a folder are said and not followed") {
  const Folder folder;
  const Folder outside;
  const std::string secret = outside.put("secret.txt", "s");
  folder.put("a.txt", "a");
  fs::create_symlink(secret, folder.path() / "out");
  fs::create_symlink("a.txt", folder.path() / "in");
  fs::create_symlink("gone", folder.path() / "lost");
  fs::create_directory_symlink(".", folder.path() / "loop");
  const Seen seen = walk({folder.string()});
  CHECK(seen.files == Files{{folder.string() + "/a.txt", "a"}});
  REQUIRE(seen.refused.size() == 2);
  CHECK(seen.refused[0].second == "a link that leads nowhere");
  CHECK(seen.refused[1].first == folder.string() + "/out");
}

TEST_CASE("An unreadable file is said, the others are read") {
  if (::geteuid() == 0) {
    WARN("the superuser reads everything; skipped");
    return;
  }
  const Folder folder;
  const std::string path = folder.put("a.txt", "a");
  folder.put("b.txt", "b");
  fs::permissions(path, fs::perms::none);
  const Seen seen = walk({folder.string()});
  CHECK(seen.files.size() == 1);
  CHECK(seen.refused == Files{{path, "cannot open: Permission denied"}});
}

}  // namespace
}  // namespace deskfall
