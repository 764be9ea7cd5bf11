#include "ingest/evtx_tally.h"

#include <fmt/format.h>

#include <algorithm>

namespace deskfall::evtx {

namespace {

/// More than the chunks of a 4 GiB file; a log in order needs one.
constexpr std::size_t kMostRanges = 1U << 17U;

void tell_one(ParseReporter& reporter, const Oddity& oddity,
              std::string_view what) {
  if (oddity.count > 0) {
    const LogPlace& first = oddity.first;
    const std::string record =
        first.record ? fmt::format(", record {}", *first.record) : "";
    reporter.note(fmt::format("{}: {}, first at offset {} (chunk {}{})", what,
                              oddity.count, first.offset, first.chunk, record));
  }
}

}  // namespace

void EvtxTally::merge(const EvtxTally& later) {
  chunks += later.chunks;
  live += later.live;
  for (const IdRange& range : later.ids) {
    add_ids(range);
  }
  unused.merge(later.unused);
  header_crc.merge(later.header_crc);
  data_crc.merge(later.data_crc);
  size_copy.merge(later.size_copy);
  values_miscounted.merge(later.values_miscounted);
  types_differ.merge(later.types_differ);
  time_differs.merge(later.time_differs);
  rendered.merge(later.rendered);
  overwritten.merge(later.overwritten);
  rebuilt.merge(later.rebuilt);
}

void EvtxTally::tell(ParseReporter& reporter) const {
  tell_one(reporter, unused, "unused slots that hold bytes of something else");
  tell_one(reporter, header_crc, "chunk headers with a wrong checksum");
  tell_one(reporter, data_crc, "chunks whose records have a wrong checksum");
  tell_one(reporter, size_copy, "records whose two sizes differ");
  tell_one(reporter, values_miscounted,
           "records with other numbers of values than their templates");
  tell_one(reporter, types_differ,
           "records with values of other types than their template declares");
  tell_one(reporter, time_differs,
           "records whose header time and TimeCreated differ by more than "
           "a second");
  tell_one(reporter, rendered,
           "forwarded records with texts added by the collector");
  tell_one(reporter, overwritten,
           "remnants in slack whose template could not be proven, left out");
  tell_one(reporter, rebuilt,
           "remnants in slack read with a template from elsewhere in the file");
  tell_gaps(reporter);
}

void EvtxTally::add_ids(IdRange range) {
  if (!ids.empty() && ids.back().last + 1 == range.first) {
    ids.back().last = range.last;
  } else if (ids.size() < kMostRanges) {
    ids.push_back(range);
  }
}

void EvtxTally::tell_gaps(ParseReporter& reporter) const {
  // Chunks are reused in any order, so gaps show only in sorted ranges.
  std::vector<IdRange> sorted = ids;
  std::sort(
      sorted.begin(), sorted.end(),
      [](const IdRange& a, const IdRange& b) { return a.first < b.first; });
  std::int64_t gaps = 0;
  std::uint64_t missing = 0;
  std::uint64_t after = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const std::uint64_t last = sorted[i - 1].last;
    if (sorted[i].first > last && sorted[i].first - last > 1) {
      after = gaps == 0 ? last : after;
      ++gaps;
      missing += sorted[i].first - last - 1;
    }
    sorted[i].last = std::max(sorted[i].last, last);
  }
  if (gaps > 0) {
    reporter.note(
        fmt::format("{} record numbers are missing in {} gaps, the first one "
                    "after record {}",
                    missing, gaps, after));
  }
}

}  // namespace deskfall::evtx
