// Any bytes as an input file: sniffed, and walked with small limits when they
// are an archive. No crash, and no limit is passed by more than one read.
#include "ingest/bundle.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "ingest/sniff.h"

namespace {

constexpr std::int64_t kMost = 4 * 1024 * 1024;

class Drain : public deskfall::BundleVisitor {
 public:
  void on_file(const std::string&, deskfall::ByteSource& bytes) override {
    std::vector<std::byte> buffer(65536);
    while (true) {
      const auto got = bytes.read(buffer);
      if (!got || *got == 0) {
        return;
      }
      total_ += static_cast<std::int64_t>(*got);
      if (total_ > 2 * kMost) {
        std::abort();
      }
    }
  }
  void on_refused(const std::string&, const deskfall::Error& error) override {
    if (error.what.empty()) {
      std::abort();
    }
  }
  void on_input(const std::string&, std::int64_t) override {}

 private:
  std::int64_t total_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (deskfall::sniff(bytes) != deskfall::Format::kArchive ||
      size > static_cast<std::size_t>(kMost)) {
    return 0;
  }
  const int fd = ::memfd_create("case", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) {
    return 0;
  }
  deskfall::BundleLimits limits;
  limits.members = 100;
  limits.unpacked = kMost;
  Drain drain;
  const std::vector<std::string> inputs = {"/proc/self/fd/" +
                                           std::to_string(fd)};
  const auto walked = deskfall::walk_bundle(inputs, limits, drain);
  ::close(fd);
  if (!walked) {
    std::abort();
  }
  return 0;
}
