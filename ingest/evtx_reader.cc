#include "ingest/evtx_reader.h"

#include <fmt/format.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "ingest/evtx_chunk.h"
#include "ingest/evtx_crc.h"
#include "ingest/evtx_dump.h"
#include "ingest/evtx_rebuild.h"
#include "ingest/evtx_remnants.h"

namespace deskfall {

namespace {

using namespace evtx;  // NOLINT(google-build-using-namespace): our own

constexpr std::string_view kChunkMagicText(kChunkMagic, sizeof kChunkMagic);

/// Whether a chunk begins here, not just text that looks like its magic.
bool is_chunk(Bytes bytes) {
  return has_magic(bytes, kChunkMagic) && has(bytes, kChunkHeaderLengthAt, 4) &&
         load<std::uint32_t>(bytes, kChunkHeaderLengthAt) == 128;
}

/// The same where a chunk is due: it may have lost more of its header.
bool is_due_chunk(Bytes bytes) {
  const bool has_record =
      has(bytes, kChunkHeaderSize, 4) &&
      load<std::uint32_t>(bytes, kChunkHeaderSize) == kRecordMagic;
  return is_chunk(bytes) || (has_magic(bytes, kChunkMagic) && has_record);
}

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

  /// Reads a slot straight into `slot` when nothing is pending and a chunk
  /// comes next; otherwise what was read becomes visible here.
  [[nodiscard]] Result<bool> read_chunk(std::vector<std::byte>& slot) {
    if (have() > 0 || at_end_) {
      return false;
    }
    slot.resize(kChunkSize);
    DF_TRY(const std::size_t got, source_.read(slot));
    at_end_ = got < kChunkSize;
    slot.resize(got);
    if (is_due_chunk(slot)) {
      offset_ += static_cast<std::int64_t>(got);
      return true;
    }
    std::copy(slot.begin(), slot.end(), buffer_.begin());
    begin_ = 0;
    end_ = got;
    return false;
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

/// One slot on its way through the reader: its bytes, and what they gave.
struct Slot {
  Slot(std::unique_ptr<RecordOutput> records, const std::string& code_page)
      : output(std::move(records)), reader(*output, result) {
    if (code_page.empty()) {
      return;
    }
    if (auto page = CodePage::find(code_page)) {
      reader.use(std::move(*page));
    }
  }

  std::vector<std::byte> bytes;
  std::int64_t index = 0;
  std::int64_t offset = 0;
  bool is_chunk = false;
  std::unique_ptr<RecordOutput> output;
  ChunkResult result;
  ChunkReader reader;
};

using MakeOutput = std::function<std::unique_ptr<RecordOutput>()>;

/// Cuts the source into slots, has each decoded, and gives out in order.
class LogReader {
 public:
  LogReader(ByteSource& source, ParseReporter& reporter,
            const EvtxOptions& options, MakeOutput make)
      : window_(source),
        reporter_(reporter),
        code_page_(options.code_page),
        make_(std::move(make)) {}

  Result<void> run(int jobs) {
    if (!code_page_.empty()) {
      DF_TRY([[maybe_unused]] const CodePage known, CodePage::find(code_page_));
    }
    DF_CHECK(window_.want(kFileHeaderSize));
    header_ = read_header(window_.bytes());
    if (header_.present) {
      reporter_.accepted(kFileHeaderSize);
      window_.skip(kFileHeaderSize);
    }
    if (jobs > 1) {
      DF_CHECK(run_parallel(jobs));
    } else {
      Slot slot(make_(), code_page_);
      DF_TRY(bool more, next(slot));
      while (more) {
        decode(slot);
        give(slot);
        DF_TRY(more, next(slot));
      }
    }
    const std::unique_ptr<RecordOutput> output = make_();
    remnants_.give_out(*output);
    rebuild_lost(remnants_, library_, code_page_, *output, tally_);
    tell_header(header_, tally_.chunks, reporter_);
    tally_.tell(reporter_);
    return {};
  }

 private:
  Result<void> run_parallel(int jobs);

  /// Fills `slot` with the next one of the source; false at the end.
  Result<bool> next(Slot& slot) {
    slot.offset = window_.offset();
    DF_TRY(slot.is_chunk, window_.read_chunk(slot.bytes));
    if (slot.is_chunk) {
      slot.index = index_++;
      return true;
    }
    DF_CHECK(window_.want(kChunkSize));
    if (window_.have() == 0) {
      return false;
    }
    std::size_t size = std::min(window_.have(), kChunkSize);
    slot.is_chunk = is_due_chunk(window_.bytes());
    if (!slot.is_chunk) {
      // Lost the raster (no file header, bytes missing), or an unused slot.
      DF_CHECK(window_.want(2 * kChunkSize));
      size = find_chunk(window_.bytes(), size);
    }
    const Bytes bytes = window_.bytes().first(size);
    slot.bytes.assign(bytes.begin(), bytes.end());
    slot.index = index_++;
    window_.skip(size);
    return true;
  }

  /// May run beside other slots.
  void decode(Slot& slot) const {
    slot.output->clear();
    slot.result.clear();
    if (slot.is_chunk) {
      slot.reader.read(slot.bytes, slot.index, slot.offset,
                       header_.checksums());
    } else {
      slot.reader.read_other(slot.bytes, slot.index, slot.offset);
    }
  }

  void give(Slot& slot) {
    slot.output->give();
    slot.result.tell(reporter_);
    remnants_.add_live(slot.result.live_keys);
    remnants_.add(slot.result.remnants, *slot.output);
    remnants_.add(slot.result.lost, tally_);
    library_.add(slot.result.proven);
    tally_.merge(slot.result.tally);
  }

  Window window_;
  ParseReporter& reporter_;
  const std::string& code_page_;
  MakeOutput make_;
  FileHeader header_;
  std::int64_t index_ = 0;
  Remnants remnants_;
  TemplateLibrary library_;
  EvtxTally tally_;
};

Result<void> LogReader::run_parallel(int jobs) {
  // At most this many slots are under way: each compiles the templates it
  // meets, so that more of them cost. The last stage keeps their order, so slot
  // n is free again when slot n + under_way is filled.
  const std::size_t under_way = 3 * static_cast<std::size_t>(jobs);
  std::vector<std::unique_ptr<Slot>> slots;
  for (std::size_t i = 0; i < under_way; ++i) {
    slots.push_back(std::make_unique<Slot>(make_(), code_page_));
  }
  Result<void> outcome;
  std::size_t turn = 0;
  const auto read = [&](tbb::flow_control& control) -> Slot* {
    Slot& slot = *slots[turn++ % under_way];
    const Result<bool> more = next(slot);
    if (!more) {
      outcome = tl::unexpected<Error>(more.error());
    }
    if (!more || !*more) {
      control.stop();
    }
    return &slot;
  };
  const auto decode_slot = [this](Slot* slot) {
    decode(*slot);
    return slot;
  };
  const auto give_slot = [this](Slot* slot) { give(*slot); };
  // More threads than the machine has would only be complained about.
  tbb::task_arena arena(std::min(jobs, tbb::info::default_concurrency()));
  arena.execute([&] {
    tbb::parallel_pipeline(
        under_way,
        tbb::make_filter<void, Slot*>(tbb::filter_mode::serial_in_order, read) &
            tbb::make_filter<Slot*, Slot*>(tbb::filter_mode::parallel,
                                           decode_slot) &
            tbb::make_filter<Slot*, void>(tbb::filter_mode::serial_in_order,
                                          give_slot));
  });
  return outcome;
}

}  // namespace

Result<void> read_evtx(ByteSource& source, EventSink& sink,
                       ParseReporter& reporter) {
  return read_evtx(source, sink, reporter, EvtxOptions{});
}

Result<void> read_evtx(ByteSource& source, EventSink& sink,
                       ParseReporter& reporter, const EvtxOptions& options) {
  LogReader log(source, reporter, options,
                [&] { return std::make_unique<EventOutput>(sink, options); });
  return log.run(options.jobs);
}

Result<void> load_evtx(ByteSource& source, BatchSink& sink,
                       ParseReporter& reporter, const EvtxOptions& options) {
  LogReader log(source, reporter, options,
                [&] { return std::make_unique<BatchOutput>(sink, options); });
  return log.run(options.jobs);
}

Result<void> dump_evtx(ByteSource& source, DumpFormat format, TextSink& sink,
                       ParseReporter& reporter, const EvtxOptions& options) {
  LogReader log(source, reporter, options, [&] {
    return std::make_unique<TextOutput>(sink, format, options);
  });
  return log.run(options.jobs);
}

}  // namespace deskfall
