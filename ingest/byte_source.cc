#include "ingest/byte_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace deskfall {

namespace {

class FileSource : public ByteSource {
 public:
  FileSource(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~FileSource() override { ::close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const ssize_t got = ::read(fd_, out.data() + filled, out.size() - filled);
      if (got > 0) {
        filled += static_cast<std::size_t>(got);
        continue;
      }
      if (got == 0) {
        break;
      }
      if (errno != EINTR) {
        return fail(ErrorKind::kInput,
                    std::string("cannot read: ") + std::strerror(errno), path_);
      }
    }
    return filled;
  }

 private:
  int fd_;
  std::string path_;
};

class BufferSource : public ByteSource {
 public:
  explicit BufferSource(std::span<const std::byte> bytes) : rest_(bytes) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.begin(), count, out.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> rest_;
};

class PutBackSource : public ByteSource {
 public:
  PutBackSource(std::span<const std::byte> head, ByteSource& inner)
      : head_(head), inner_(inner) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t first = std::min(out.size(), head_.size());
    std::copy_n(head_.begin(), first, out.begin());
    head_ = head_.subspan(first);
    if (first == out.size()) {
      return first;
    }
    DF_TRY(const std::size_t more, inner_.read(out.subspan(first)));
    return first + more;
  }

 private:
  std::span<const std::byte> head_;
  ByteSource& inner_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(ErrorKind::kInput,
                std::string("cannot open: ") + std::strerror(errno), path);
  }
  return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(fd, path));
}

std::unique_ptr<ByteSource> open_buffer(std::span<const std::byte> bytes) {
  return std::make_unique<BufferSource>(bytes);
}

std::unique_ptr<ByteSource> put_back(std::span<const std::byte> head,
                                     ByteSource& inner) {
  return std::make_unique<PutBackSource>(head, inner);
}

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace deskfall
