#include "ingest/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ingest/archive.h"
#include "ingest/member_name.h"
#include "ingest/open_file.h"
#include "ingest/sniff.h"

namespace deskfall {

namespace {

namespace fs = std::filesystem;

/// Small archives of empty logs reach any ratio.
constexpr std::int64_t kRatioFloor = 16LL << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Error input_error(std::string what, std::string hint = {}) {
  return Error{ErrorKind::kInput, std::move(what), {}, std::move(hint)};
}

Error limit_error(std::string what, std::string hint = {}) {
  return Error{ErrorKind::kLimit, std::move(what), {}, std::move(hint)};
}

/// Bytes unpacked so far, in all archives and in the one at hand.
struct Budget {
  const BundleLimits& limits;
  std::int64_t members = 0;
  std::int64_t unpacked = 0;
  bool spent = false;  ///< a limit over all archives was reached
};

struct Opened {
  Archive archive;
  std::int64_t packed = 0;
  std::int64_t unpacked = 0;
};

/// The current member. Damage and limits end it early; error() tells.
class MemberSource : public ByteSource {
 public:
  MemberSource(Opened& opened, Budget& budget)
      : opened_(opened), budget_(budget) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (error_) {
      return 0;
    }
    auto got = opened_.archive.read(out);
    if (!got) {
      error_ = std::move(got).error();
      return 0;
    }
    const auto count = static_cast<std::int64_t>(*got);
    opened_.unpacked += count;
    budget_.unpacked += count;
    const BundleLimits& limits = budget_.limits;
    if (budget_.unpacked > limits.unpacked) {
      budget_.spent = true;
      error_ = limit_error("more than " + std::to_string(limits.unpacked) +
                               " bytes unpacked over all archives",
                           "raise --max-unpacked");
      return 0;
    }
    if (opened_.unpacked > kRatioFloor &&
        opened_.unpacked / limits.ratio >=
            std::max<std::int64_t>(opened_.packed, 1)) {
      error_ =
          limit_error("unpacks to more than " + std::to_string(limits.ratio) +
                      " times its size; not read further");
      return 0;
    }
    return got;
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  Opened& opened_;
  Budget& budget_;
  std::optional<Error> error_;
};

class Walk {
 public:
  Walk(const BundleLimits& limits, BundleVisitor& visitor)
      : limits_(limits), visitor_(visitor), budget_{limits} {}

  void input(const std::string& path) {
    std::string name = path;
    while (name.size() > 1 && name.back() == '/') {
      name.pop_back();
    }
    std::error_code error;
    const std::int64_t bytes =
        fs::is_directory(path, error) ? folder(name) : file(name);
    visitor_.on_input(name, bytes);
  }

 private:
  /// Everything below a folder, by name; returns the bytes of its files.
  std::int64_t folder(const std::string& root) {
    std::int64_t bytes = 0;
    std::vector<std::string> pending{root};
    while (!pending.empty()) {
      const std::string path = std::move(pending.back());
      pending.pop_back();
      std::error_code error;
      const fs::file_status status = fs::symlink_status(path, error);
      if (path != root && fs::is_symlink(status)) {
        link(root, path);
      } else if (fs::is_directory(path, error)) {
        list(path, pending);
      } else if (fs::is_regular_file(status)) {
        bytes += file(path);
      } else {
        visitor_.on_refused(path, input_error("not a regular file"));
      }
    }
    return bytes;
  }

  void list(const std::string& path, std::vector<std::string>& pending) {
    std::error_code error;
    std::vector<std::string> names;
    fs::directory_iterator entries(path, error);
    while (!error && entries != fs::directory_iterator()) {
      names.push_back(entries->path().filename().string());
      entries.increment(error);
    }
    if (error) {
      visitor_.on_refused(
          path, input_error("cannot list the folder: " + error.message()));
    }
    std::sort(names.rbegin(), names.rend());
    const std::string base = path.back() == '/' ? path : path + '/';
    for (const std::string& name : names) {
      pending.push_back(base + name);
    }
  }

  void link(const std::string& root, const std::string& path) {
    std::error_code error;
    const std::string home = fs::canonical(root, error).string();
    const std::string target =
        error ? std::string() : fs::canonical(path, error).string();
    if (error) {
      visitor_.on_refused(path, input_error("a link that leads nowhere"));
    } else if (target != home && target.rfind(home + '/', 0) != 0) {
      visitor_.on_refused(
          path, input_error("a link out of the input is not followed",
                            "name its target as an input of its own"));
    }
  }

  /// One file of the disk; returns its bytes.
  std::int64_t file(const std::string& path) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat about {};
    if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0) {
      visitor_.on_refused(path, input_error(std::string("cannot open: ") +
                                            std::strerror(errno)));
      return 0;
    }
    auto source = open_file(path);
    if (!source) {
      visitor_.on_refused(path, input_error(source.error().what));
      return 0;
    }
    std::vector<std::byte> head(kSniffBytes);
    const auto got = (*source)->read(head);
    if (!got) {
      visitor_.on_refused(path, input_error(got.error().what));
      return 0;
    }
    head.resize(*got);
    const auto whole = put_back(head, **source);
    if (sniff(head) != Format::kArchive) {
      visitor_.on_file(path, *whole);
    } else if (S_ISREG(about.st_mode)) {
      archive(fd.get(), about.st_size, path, 1);
    } else {
      nested(*whole, path, 1);
    }
    return about.st_size;
  }

  /// An archive that can only be read front to back: through a temporary file,
  /// because zip and 7z keep their list of members at the end.
  void nested(ByteSource& source, const std::string& path, int depth) {
    if (depth > limits_.depth) {
      visitor_.on_refused(path, limit_error("archives are nested deeper than " +
                                            std::to_string(limits_.depth)));
      return;
    }
    const Result<OpenFile> made = open_temporary_file();
    if (!made) {
      visitor_.on_refused(path, made.error());
      return;
    }
    std::FILE* const spool = made->get();
    std::vector<std::byte> buffer(kSniffBytes);
    std::int64_t size = 0;
    while (true) {
      const auto got = source.read(buffer);
      if (!got || *got == 0) {
        break;
      }
      if (std::fwrite(buffer.data(), 1, *got, spool) != *got) {
        visitor_.on_refused(path, temporary_file_error());
        return;
      }
      size += static_cast<std::int64_t>(*got);
    }
    if (std::fflush(spool) != 0) {
      visitor_.on_refused(path, temporary_file_error());
      return;
    }
    archive(::fileno(spool), size, path, depth);
  }

  /// The members of one archive. Calls itself through nested(), never deeper
  /// than BundleLimits::depth.
  void archive(int fd, std::int64_t packed, const std::string& path,
               int depth) {
    if (depth > limits_.depth) {
      visitor_.on_refused(path, limit_error("archives are nested deeper than " +
                                            std::to_string(limits_.depth)));
      return;
    }
    if (budget_.spent) {
      visitor_.on_refused(
          path, limit_error("not opened: a limit over all archives was "
                            "reached before"));
      return;
    }
    auto archive = Archive::open(fd, limits_.passphrase);
    if (!archive) {
      visitor_.on_refused(path, archive.error());
      return;
    }
    Opened opened{std::move(*archive), packed, 0};
    while (!budget_.spent) {
      auto next = opened.archive.next();
      if (!next) {
        visitor_.on_refused(path, next.error());
        return;
      }
      if (!*next || member(opened, **next, path, depth) == After::kStop) {
        return;
      }
    }
  }

  enum class After : std::uint8_t { kGoOn, kStop };

  After member(Opened& opened, const Member& member, const std::string& path,
               int depth) {
    if (member.kind == MemberKind::kFolder) {
      return After::kGoOn;
    }
    if (++budget_.members > limits_.members) {
      budget_.spent = true;
      visitor_.on_refused(
          path, limit_error("more than " + std::to_string(limits_.members) +
                            " members over all archives"));
      return After::kStop;
    }
    const std::string name = opened.archive.is_single()
                                 ? single_name(path)
                                 : clean_member_name(member.name);
    const std::string full = path + '/' + name;
    if (!stays_inside(name)) {
      visitor_.on_refused(
          full, input_error("the name of the member leaves the archive"));
      return After::kGoOn;
    }
    if (member.kind != MemberKind::kFile) {
      visitor_.on_refused(
          full, input_error(member.kind == MemberKind::kLink
                                ? "a link inside an archive is not followed"
                                : "not a regular file"));
      return After::kGoOn;
    }
    if (member.lock == Lock::kEncrypted && limits_.passphrase.empty()) {
      visitor_.on_refused(full, input_error("the member is encrypted",
                                            "give --passphrase-file"));
      return After::kGoOn;
    }
    MemberSource source(opened, budget_);
    std::vector<std::byte> head(kSniffBytes);
    head.resize(source.read(head).value_or(0));
    const auto whole = put_back(head, source);
    if (sniff(head) == Format::kArchive) {
      nested(*whole, full, depth + 1);
    } else if (!head.empty() || !source.error()) {
      visitor_.on_file(full, *whole);
    }
    if (!source.error()) {
      return After::kGoOn;
    }
    visitor_.on_refused(full, *source.error());
    return source.error()->kind == ErrorKind::kLimit ? After::kStop
                                                     : After::kGoOn;
  }

  /// "logs/x.evtx.gz" holds "x.evtx".
  static std::string single_name(const std::string& path) {
    const std::string file = path.substr(path.rfind('/') + 1);
    const std::size_t dot = file.rfind('.');
    return dot == 0 || dot == std::string::npos ? file : file.substr(0, dot);
  }

  const BundleLimits& limits_;
  BundleVisitor& visitor_;
  Budget budget_;
};

}  // namespace

Result<void> walk_bundle(std::span<const std::string> inputs,
                         const BundleLimits& limits, BundleVisitor& visitor) {
  std::vector<std::string> sorted(inputs.begin(), inputs.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const std::string& input : sorted) {
    std::error_code error;
    if (!fs::exists(input, error)) {
      return fail(ErrorKind::kInput, "no such file or folder", input);
    }
  }
  // "logs" and "./logs" are one input.
  std::set<std::string> places;
  std::erase_if(sorted, [&places](const std::string& input) {
    std::error_code error;
    return !places.insert(fs::weakly_canonical(input, error).string()).second;
  });
  BundleLimits checked = limits;
  // The walk nests as deep as the limit says, so the limit has one itself.
  constexpr int kDeepest = 64;
  checked.depth = std::clamp(checked.depth, 0, kDeepest);
  checked.ratio = std::max<std::int64_t>(checked.ratio, 1);
  Walk walk(checked, visitor);
  for (const std::string& input : sorted) {
    walk.input(input);
  }
  return {};
}

}  // namespace deskfall
