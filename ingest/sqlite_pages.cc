#include "ingest/sqlite_pages.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "ingest/sqlite_row.h"

namespace deskfall {

namespace {

// The header of the file, section 1.3: offsets of what is used of it.
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kPageSizeAt = 16;
constexpr std::size_t kVersionsAt = 18;  // of who may write, and who may read
constexpr std::size_t kReservedAt = 20;
constexpr std::size_t kChangesAt = 24;
constexpr std::size_t kPagesAt = 28;
constexpr std::size_t kSchemaFormatAt = 44;
constexpr std::size_t kAutoVacuumAt = 52;
constexpr std::size_t kPagesValidForAt = 92;

/// Pages are written this many bytes at a time.
constexpr std::size_t kBufferBytes = 1 << 18;

bool has_usual_layout(std::string_view header) {
  const auto number = [header](std::size_t at, std::size_t size) {
    return read_big_endian(header.substr(at, size));
  };
  return header.starts_with("SQLite format 3") &&
         number(kVersionsAt, 2) == 0x0101 && number(kReservedAt, 1) == 0 &&
         number(kSchemaFormatAt, 4) == 4 && number(kAutoVacuumAt, 4) == 0;
}

}  // namespace

Result<SqlitePages> SqlitePages::open(const std::string& path) {
  SqlitePages pages;
  pages.path_ = path;
  pages.file_.reset(std::fopen(path.c_str(), "r+be"));
  if (!pages.file_) {
    return fail(ErrorKind::kOutput,
                std::string("cannot open: ") + std::strerror(errno), path);
  }
  std::setvbuf(pages.file_.get(), nullptr, _IOFBF, kBufferBytes);
  std::array<char, kHeaderBytes> bytes{};
  const std::size_t got =
      std::fread(bytes.data(), 1, bytes.size(), pages.file_.get());
  const std::string_view header(bytes.data(), got);
  if (got < kHeaderBytes || !has_usual_layout(header)) {
    return fail(ErrorKind::kInternal, "not a SQLite file of the usual layout",
                path);
  }
  const std::uint32_t size = read_big_endian(header.substr(kPageSizeAt, 2));
  pages.page_size_ = size == 1 ? 65536 : size;
  pages.changes_ = read_big_endian(header.substr(kChangesAt, 4));
  pages.pages_ = read_big_endian(header.substr(kPagesAt, 4));
  pages.seek(std::uint64_t{pages.pages_} * pages.page_size_);
  return pages;
}

std::uint32_t SqlitePages::append(std::string_view page) {
  const std::uint32_t number = next();
  if (number > pages_ + 1) {
    write(std::string(page_size_, '\0'));
  }
  write(page);
  pages_ = number;
  return pages_;
}

void SqlitePages::replace(std::uint32_t number, std::string_view page) {
  seek((std::uint64_t{number} - 1) * page_size_);
  write(page);
  seek(std::uint64_t{pages_} * page_size_);
}

Result<void> SqlitePages::finish() {
  // A changed counter makes SQLite forget what it had read of the file.
  std::array<char, 8> counts{};
  write_big_endian(counts.data(), changes_ + 1, 4);
  write_big_endian(counts.data() + 4, pages_, 4);
  seek(kChangesAt);
  write({counts.data(), counts.size()});
  seek(kPagesValidForAt);
  write({counts.data(), 4});
  if (std::fclose(file_.release()) != 0) {
    failed();
  }
  return status_;
}

void SqlitePages::write(std::string_view bytes) {
  if (status_ &&
      std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    failed();
  }
}

void SqlitePages::seek(std::uint64_t offset) {
  if (status_ && ::fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET)) {
    failed();
  }
}

void SqlitePages::failed() {
  if (status_) {
    status_ =
        fail(ErrorKind::kOutput,
             std::string("cannot write: ") + std::strerror(errno), path_,
             errno == ENOSPC || errno == EDQUOT ? "free some disk space" : "");
  }
}

}  // namespace deskfall
