// EvtxTally: what was odd about one log, counted while it is read and told as
// a handful of notes at its end, however many chunks it has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/parse_reporter.h"

namespace deskfall::evtx {

/// A place in a log.
struct LogPlace {
  std::int64_t offset = 0;  ///< in the file
  std::int64_t chunk = 0;   ///< slots are counted from 0
  std::optional<std::uint64_t> record;
};

/// How often something was met, and where first.
struct Oddity {
  std::int64_t count = 0;
  LogPlace first;

  void add(const LogPlace& place) {
    if (count++ == 0) {
      first = place;
    }
  }
  /// Appends what a later part of the same file counted.
  void merge(const Oddity& later) {
    if (count == 0) {
      first = later.first;
    }
    count += later.count;
  }
};

/// Record ids that follow each other without a gap, both ends included.
struct IdRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

struct EvtxTally {
  std::int64_t chunks = 0;  ///< slots that hold one
  std::int64_t live = 0;
  Oddity unused;             ///< slots without a chunk that are not empty
  Oddity header_crc;         ///< checksum of a chunk header is wrong
  Oddity data_crc;           ///< checksum of its records is wrong
  Oddity size_copy;          ///< the two sizes of a record differ
  Oddity values_miscounted;  ///< not as many as the template asks for
  Oddity types_differ;       ///< values of other types than declared
  Oddity time_differs;       ///< header and TimeCreated more than 1 s apart
  Oddity rendered;           ///< forwarded, with texts of the collector
  Oddity overwritten;        ///< remnants that could not be proven
  Oddity rebuilt;            ///< of these, read with a template from elsewhere

  std::vector<IdRange> ids;  ///< of live records, in file order

  void add_live(std::uint64_t record_id) {
    ++live;
    add_ids({record_id, record_id});
  }
  void merge(const EvtxTally& later);

  /// One note per kind that occurred.
  void tell(ParseReporter& reporter) const;

 private:
  void add_ids(IdRange range);
  void tell_gaps(ParseReporter& reporter) const;
};

}  // namespace deskfall::evtx
