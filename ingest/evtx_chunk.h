// ChunkReader: one 64 KiB slot of an EVTX file, record by record.
//
// Records are walked by their own magic and size, never by the chunk header's
// counts: those are stale in live copies. A damaged record costs its own bytes
// only; reading goes on at the next place that looks like a record header
// whose two sizes agree. Checksums are compared and counted, never enforced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/evtx_output.h"
#include "ingest/evtx_remnants.h"
#include "ingest/evtx_tally.h"
#include "ingest/parse_reporter.h"

namespace deskfall::evtx {

/// Whether checksums were written at all (file flag 0x4 says they were not).
enum class Checksums : std::uint8_t { kCompare, kNotWritten };

/// What a slot gave, beside its records. Damage waits here until it is the
/// chunk's turn.
struct ChunkResult : ParseReporter {
  std::vector<Remnant> remnants;
  std::vector<LostRecord> lost;
  std::vector<Template> proven;
  std::vector<std::uint64_t> live_keys;
  EvtxTally tally;
  std::int64_t accepted_bytes = 0;
  std::int64_t slack_bytes = 0;
  std::vector<DamageLog::Dropped> ranges;
  std::vector<std::string> notes;

  void accepted(std::int64_t bytes) override { accepted_bytes += bytes; }
  void slack(std::int64_t bytes) override { slack_bytes += bytes; }
  void dropped(ByteRange range, std::string_view reason) override {
    ranges.push_back({range, std::string(reason)});
  }
  void note(std::string_view text) override { notes.emplace_back(text); }

  void clear();
  void tell(ParseReporter& reporter) const;
};

class ChunkReader {
 public:
  ChunkReader(RecordOutput& output, ChunkResult& result)
      : output_(output), result_(result) {}

  /// AnsiStrings are read with this code page instead of Windows-1252.
  void use(CodePage code_page) { stack_.use(std::move(code_page)); }

  /// Reads the chunk that begins with the first byte of `chunk`; it may be
  /// shorter than a slot (a file cut short). `index` counts slots, `offset` is
  /// the place of its first byte in the file.
  void read(Bytes chunk, std::int64_t index, std::int64_t offset,
            Checksums checksums);

  /// Accounts for bytes that are no chunk: a slot that was preallocated and
  /// never used (it may show what the disk held before), a chunk that lost its
  /// header, or something behind the last one.
  void read_other(Bytes bytes, std::int64_t index, std::int64_t offset);

 private:
  struct Record {
    std::size_t at = 0;
    std::size_t size = 0;
    bool sizes_agree = false;
  };

  /// How a record was come across.
  enum class Origin : std::uint8_t {
    kChain,   ///< it follows its predecessor
    kResync,  ///< found behind damage
    kSlack,   ///< found in unused space, or in a record that cannot be read
    kHidden   ///< found inside another record, behind its payload
  };

  void compare_checksums(std::size_t free_space);
  [[nodiscard]] RecordHead head_of(const Record& record) const;
  void hold_lost(const Record& record);
  std::size_t read_live(std::size_t limit);
  void read_rest(std::size_t begin);
  /// Looks for old records in unused space and holds the proven ones.
  void read_remnants(std::size_t begin);
  /// Looks for records within another one: behind its payload when it is longer
  /// than it needs to be, for tools that delete records grow the one in front
  /// over them (kHidden); anywhere when it cannot be read (kSlack).
  void read_inside(const Record& outer, std::size_t begin, Origin origin);
  /// Where the record ends; 0 when it cannot be read.
  std::size_t read_record(Record record, Origin origin);
  /// Counts a live record that nobody asked for.
  void pass_over(const Record& record, const RecordHead& head);
  void count_oddities(const Record& record, const ReadResult& read,
                      RecordHead& head);
  /// A record whose size is wrong; the next record tells where it ends.
  std::size_t read_unsized(std::size_t at, std::size_t end, Origin origin);
  [[nodiscard]] std::string_view lost_reason(std::size_t at, bool tried) const;
  [[nodiscard]] std::optional<Record> record_at(std::size_t at) const;
  /// The first in [from, to) whose two sizes agree.
  [[nodiscard]] std::optional<Record> find_record(std::size_t from,
                                                  std::size_t to,
                                                  std::size_t raster = 1) const;
  void drop(std::size_t begin, std::size_t end, std::string_view reason);

  RecordOutput& output_;
  ChunkResult& result_;
  Bytes chunk_;
  std::int64_t index_ = 0;
  std::int64_t offset_ = 0;
  std::uint64_t first_id_ = 0;  ///< as the chunk header claims
  std::uint64_t last_id_ = 0;
  bool checksum_fits_ = true;
  InstanceStack stack_;
  std::string_view problem_;
};

}  // namespace deskfall::evtx
