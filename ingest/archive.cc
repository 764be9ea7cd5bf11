#include "ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr std::size_t kBlock = std::size_t{64} * 1024;

struct CloseReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, CloseReader>;

enum class Raw : std::uint8_t { kNo, kYes };

Error complaint(archive* reader) {
  const char* text = archive_error_string(reader);
  return Error{ErrorKind::kInput,
               text != nullptr ? text : "the container is damaged",
               {},
               {}};
}

/// Raw data only as the inside of a compressor: a damaged tar would pass as
/// raw data otherwise, and be opened again and again.
Result<Reader> open_reader(int fd, const std::string& passphrase, Raw raw) {
  Reader reader(archive_read_new());
  if (!reader) {
    return fail(ErrorKind::kInternal, "libarchive could not be set up");
  }
  archive* const r = reader.get();
  archive_read_support_filter_gzip(r);
  archive_read_support_filter_bzip2(r);
  archive_read_support_filter_xz(r);
  archive_read_support_filter_zstd(r);
  archive_read_support_filter_lz4(r);
  if (raw == Raw::kYes) {
    archive_read_support_format_raw(r);
  } else {
    archive_read_support_format_zip(r);
    archive_read_support_format_7zip(r);
    archive_read_support_format_tar(r);
    archive_read_support_format_cab(r);
  }
  if (!passphrase.empty()) {
    archive_read_add_passphrase(r, passphrase.c_str());
  }
  if (::lseek(fd, 0, SEEK_SET) < 0 ||
      archive_read_open_fd(r, fd, kBlock) != ARCHIVE_OK) {
    return tl::unexpected<Error>(complaint(r));
  }
  return reader;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    append_utf8(out, next_code_point(text, at));
  }
  return out;
}

std::string name_of(archive_entry* entry) {
  if (const char* name = archive_entry_pathname_utf8(entry)) {
    return valid_utf8(name);
  }
  const char* name = archive_entry_pathname(entry);
  return name != nullptr ? valid_utf8(name) : std::string();
}

MemberKind kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr ||
      archive_entry_filetype(entry) == AE_IFLNK) {
    return MemberKind::kLink;
  }
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
    case 0:
      return MemberKind::kFile;
    case AE_IFDIR:
      return MemberKind::kFolder;
    default:
      return MemberKind::kOther;
  }
}

}  // namespace

struct Archive::State {
  Reader reader;
  bool is_single = false;
  /// The first header was read to know the format; next() hands it out.
  archive_entry* first = nullptr;
  int first_status = ARCHIVE_OK;
  std::optional<Error> member_error;
};

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::~Archive() = default;
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;

Result<Archive> Archive::open(int fd, const std::string& passphrase) {
  auto state = std::make_unique<State>();
  auto reader = open_reader(fd, passphrase, Raw::kNo);
  if (reader) {
    state->reader = std::move(*reader);
    state->first_status =
        archive_read_next_header(state->reader.get(), &state->first);
  }
  const bool unknown = !reader || (state->first_status == ARCHIVE_FATAL &&
                                   archive_format(state->reader.get()) == 0);
  if (!unknown) {
    return Archive(std::move(state));
  }
  auto raw = open_reader(fd, passphrase, Raw::kYes);
  if (!raw) {
    return tl::unexpected<Error>(reader ? complaint(state->reader.get())
                                        : std::move(reader).error());
  }
  state->first_status = archive_read_next_header(raw->get(), &state->first);
  if (archive_filter_count(raw->get()) < 2) {
    return fail(ErrorKind::kInput, "the container is damaged at its start");
  }
  state->reader = std::move(*raw);
  state->is_single = true;
  return Archive(std::move(state));
}

bool Archive::is_single() const {
  return state_->is_single;
}

Result<std::optional<Member>> Archive::next() {
  state_->member_error.reset();
  archive_entry* entry = state_->first;
  int status = state_->first_status;
  if (entry != nullptr || status != ARCHIVE_OK) {
    state_->first = nullptr;
    state_->first_status = ARCHIVE_OK;
  } else {
    status = archive_read_next_header(state_->reader.get(), &entry);
  }
  // A failed header may be followed by a good one, a fatal one never.
  constexpr int kMostRetries = 16;
  for (int i = 0; i < kMostRetries &&
                  (status == ARCHIVE_RETRY || status == ARCHIVE_FAILED);
       ++i) {
    status = archive_read_next_header(state_->reader.get(), &entry);
  }
  if (status == ARCHIVE_EOF) {
    return std::optional<Member>();
  }
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
    return tl::unexpected<Error>(complaint(state_->reader.get()));
  }
  Member member;
  member.name = name_of(entry);
  member.kind = kind_of(entry);
  member.lock = archive_entry_is_data_encrypted(entry) == 1 ? Lock::kEncrypted
                                                            : Lock::kNone;
  return std::optional<Member>(std::move(member));
}

Result<std::size_t> Archive::read(std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size() && !state_->member_error) {
    const la_ssize_t got = archive_read_data(
        state_->reader.get(), out.data() + filled, out.size() - filled);
    if (got == 0) {
      return filled;
    }
    if (got < 0) {
      state_->member_error = complaint(state_->reader.get());
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  // What came before the damage counts; the next call tells of it.
  if (filled == 0 && state_->member_error) {
    return tl::unexpected<Error>(*state_->member_error);
  }
  return filled;
}

}  // namespace deskfall
