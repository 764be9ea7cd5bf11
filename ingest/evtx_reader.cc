#include "ingest/evtx_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ingest/evtx_chunk.h"
#include "ingest/evtx_crc.h"

namespace deskfall {

namespace {

using namespace evtx;

constexpr std::string_view kChunkMagicText(kChunkMagic, sizeof kChunkMagic);

/// A window over the source that slides forward: two slots, so that a chunk
/// that begins anywhere in the first one is seen whole.
class Window {
 public:
  explicit Window(ByteSource& source)
      : source_(source), buffer_(2 * kChunkSize) {}

  /// Makes `count` bytes visible, fewer at the end of the source.
  [[nodiscard]] Result<void> want(std::size_t count) {
    if (have() >= count || at_end_) {
      return {};
    }
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
              buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    while (end_ < count && !at_end_) {
      DF_TRY(const std::size_t got,
             source_.read(std::span(buffer_).subspan(end_, count - end_)));
      end_ += got;
      at_end_ = got == 0;
    }
    return {};
  }

  void skip(std::size_t count) {
    begin_ += count;
    offset_ += static_cast<std::int64_t>(count);
  }

  [[nodiscard]] std::size_t have() const { return end_ - begin_; }
  [[nodiscard]] Bytes bytes() const {
    return Bytes(buffer_).subspan(begin_, have());
  }
  [[nodiscard]] std::int64_t offset() const { return offset_; }

 private:
  ByteSource& source_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t offset_ = 0;
  bool at_end_ = false;
};

/// What the file header claims. Nothing is decided by it except whether
/// checksums exist; the rest is compared with what was found.
struct FileHeader {
  bool present = false;
  std::uint16_t chunks = 0;
  std::uint32_t flags = 0;
  bool crc_fits = false;

  [[nodiscard]] Checksums checksums() const {
    return (flags & kFileWithoutChecksums) != 0 ? Checksums::kNotWritten
                                                : Checksums::kCompare;
  }
};

FileHeader read_header(Bytes head) {
  FileHeader header;
  if (head.size() < kFileHeaderSize || !has_magic(head, kFileMagic)) {
    return header;
  }
  header.present = true;
  header.chunks = load<std::uint16_t>(head, kFileChunkCountAt);
  header.flags = load<std::uint32_t>(head, kFileFlagsAt);
  header.crc_fits = crc32(0, head.first(kFileFlagsAt)) ==
                    load<std::uint32_t>(head, kFileCrcAt);
  return header;
}

void tell_header(const FileHeader& header, std::int64_t found,
                 ParseReporter& reporter) {
  if (!header.present) {
    reporter.note("no file header; chunks were searched for");
    return;
  }
  if ((header.flags & kFileDirty) != 0) {
    reporter.note("the log was open when it was copied (dirty flag)");
  }
  if (header.checksums() == Checksums::kNotWritten) {
    reporter.note("written without checksums; none were compared");
  } else if (!header.crc_fits) {
    reporter.note("checksum of the file header is wrong");
  }
  if (header.chunks != static_cast<std::uint16_t>(found)) {
    reporter.note(fmt::format("file header says {} chunks, found {}",
                              header.chunks, found));
  }
}

/// Whether a chunk begins here, not just text that looks like its magic.
bool is_chunk(Bytes bytes) {
  return has_magic(bytes, kChunkMagic) && has(bytes, kChunkHeaderLengthAt, 4) &&
         load<std::uint32_t>(bytes, kChunkHeaderLengthAt) == 128;
}

/// Offset of the first chunk that begins within [1, limit).
std::size_t find_chunk(Bytes bytes, std::size_t limit) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  std::size_t at = text.find(kChunkMagicText, 1);
  while (at < limit && !is_chunk(bytes.subspan(at))) {
    at = text.find(kChunkMagicText, at + 1);
  }
  return std::min(at, limit);
}

}  // namespace

Result<void> read_evtx(ByteSource& source, EventSink& sink,
                       ParseReporter& reporter) {
  Window window(source);
  EvtxTally tally;
  Remnants remnants;
  ChunkReader chunks(sink, reporter, tally, remnants);
  DF_CHECK(window.want(kFileHeaderSize));
  const FileHeader header = read_header(window.bytes());
  if (header.present) {
    reporter.accepted(kFileHeaderSize);
    window.skip(kFileHeaderSize);
  }
  std::int64_t index = 0;
  while (true) {
    DF_CHECK(window.want(kChunkSize));
    if (window.have() == 0) {
      break;
    }
    std::size_t size = std::min(window.have(), kChunkSize);
    if (has_magic(window.bytes(), kChunkMagic)) {
      chunks.read(window.bytes().first(size), index, window.offset(),
                  header.checksums());
    } else {
      // Lost the raster (no file header, bytes missing), or an unused slot.
      DF_CHECK(window.want(2 * kChunkSize));
      size = find_chunk(window.bytes(), size);
      chunks.read_other(window.bytes().first(size), index, window.offset());
    }
    window.skip(size);
    ++index;
  }
  remnants.give_out(sink);
  tell_header(header, tally.chunks, reporter);
  tally.tell(reporter);
  return {};
}

}  // namespace deskfall
