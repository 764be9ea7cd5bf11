// ChunkReader: one 64 KiB slot of an EVTX file, record by record.
//
// Records are walked by their own magic and size, never by the chunk header's
// counts: those are stale in live copies. A damaged record costs its own bytes
// only; reading goes on at the next place that looks like a record header
// whose two sizes agree. Checksums are compared and counted, never enforced.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/event.h"
#include "ingest/evtx_binxml.h"
#include "ingest/evtx_event.h"
#include "ingest/evtx_remnants.h"
#include "ingest/evtx_tally.h"
#include "ingest/parse_reporter.h"

namespace deskfall::evtx {

/// Whether checksums were written at all (file flag 0x4 says they were not).
enum class Checksums : std::uint8_t { kCompare, kNotWritten };

class ChunkReader {
 public:
  ChunkReader(EventSink& sink, ParseReporter& reporter, EvtxTally& tally,
              Remnants& remnants)
      : sink_(sink), reporter_(reporter), tally_(tally), remnants_(remnants) {}

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
    kSlack,   ///< found in unused space
    kHidden   ///< found inside another record, behind its payload
  };

  void compare_checksums(std::size_t free_space);
  std::size_t read_live(std::size_t limit);
  void read_rest(std::size_t begin);
  /// Looks for old records in unused space and holds the proven ones.
  void read_remnants(std::size_t begin);
  /// Looks behind the payload of a record that is longer than it needs to be:
  /// tools that delete records grow the one in front over them.
  void read_hidden(const Record& outer, std::size_t begin);
  bool read_record(const Record& record, Origin origin);
  /// `late` is TimeCreated minus the time in the record's header.
  void count_oddities(const Record& record, const ReadResult& result,
                      Ticks late);
  /// A record whose size field was lost; the next record tells where it ends.
  bool read_unsized(std::size_t at, std::size_t end);
  [[nodiscard]] std::string_view lost_reason(std::size_t at, bool tried) const;
  [[nodiscard]] std::optional<Record> record_at(std::size_t at) const;
  [[nodiscard]] std::optional<Record> find_record(std::size_t from,
                                                  std::size_t to,
                                                  std::size_t raster = 1) const;
  void drop(std::size_t begin, std::size_t end, std::string_view reason);

  EventSink& sink_;
  ParseReporter& reporter_;
  EvtxTally& tally_;
  Remnants& remnants_;
  Bytes chunk_;
  std::int64_t index_ = 0;
  std::int64_t offset_ = 0;
  std::uint64_t first_id_ = 0;  ///< as the chunk header claims
  std::uint64_t last_id_ = 0;
  BinXmlReader binxml_;
  EventFiller filler_;
  Event event_;
  std::string_view problem_;
};

}  // namespace deskfall::evtx
