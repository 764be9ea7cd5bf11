#include "ingest/evtx_tally.h"

#include <fmt/format.h>

namespace deskfall::evtx {

namespace {

void tell_one(ParseReporter& reporter, const Oddity& oddity,
              std::string_view what) {
  if (oddity.count > 0) {
    reporter.note(fmt::format("{}: {}, first at offset {}", what, oddity.count,
                              oddity.first));
  }
}

}  // namespace

void EvtxTally::merge(const EvtxTally& later) {
  chunks += later.chunks;
  live += later.live;
  recovered += later.recovered;
  unused.merge(later.unused);
  header_crc.merge(later.header_crc);
  data_crc.merge(later.data_crc);
  size_copy.merge(later.size_copy);
  values_missing.merge(later.values_missing);
  time_differs.merge(later.time_differs);
  rendered.merge(later.rendered);
  overwritten.merge(later.overwritten);
}

void EvtxTally::tell(ParseReporter& reporter) const {
  tell_one(reporter, unused, "unused slots that hold bytes of something else");
  tell_one(reporter, header_crc, "chunk headers with a wrong checksum");
  tell_one(reporter, data_crc, "chunks whose records have a wrong checksum");
  tell_one(reporter, size_copy, "records whose two sizes differ");
  tell_one(reporter, values_missing,
           "records with fewer values than their template");
  tell_one(reporter, time_differs,
           "records whose header time and TimeCreated differ by more than "
           "a second");
  tell_one(reporter, rendered,
           "forwarded records with texts added by the collector");
  tell_one(reporter, overwritten,
           "remnants in slack whose template could not be proven, left out");
}

}  // namespace deskfall::evtx
