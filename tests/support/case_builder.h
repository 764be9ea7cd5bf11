// Case builder: a case in memory from terse lines, for tests of the engine.
//
//   CaseBuilder b;
//   b.add("SRV01 +0.5 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F4A0");
//   const CaseData data = b.data();
//
// A line is host, seconds after kStart, log, event id; then fields, "@id" for
// the activity id and "#n" for the record number. Without "#n" a record gets
// the next number of its channel. "!recovered" marks it so; "!seconds" says
// that its time is no finer. Logs: core manager session rdpclient system
// schannel security time dialog.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "engine/clocks.h"

namespace deskfall::testing {

/// 2026-03-02T08:00:00Z.
[[nodiscard]] Instant start_time();
/// So many seconds after it.
[[nodiscard]] Instant at(double seconds);

class CaseBuilder {
 public:
  /// Adds a record; also to the run of its channel.
  CaseBuilder& add(std::string_view line);
  /// A run of record numbers, as ingest counts them.
  CaseBuilder& run(const std::string& host, const std::string& channel,
                   std::uint64_t first, std::uint64_t last, double from,
                   double to, std::int64_t source = 1);
  /// Says that a source lost bytes.
  CaseBuilder& damaged(std::int64_t source);
  /// Records are stored in reverse, as if the sources came the other way.
  CaseBuilder& reversed();

  /// Through a store in memory and load_case.
  [[nodiscard]] CaseData data() const;

 private:
  std::vector<Event> events_;
  std::vector<RecordRun> runs_;
  std::vector<std::int64_t> damaged_;
  std::map<std::string, std::uint64_t> next_;
};

/// The attempts of a case by the built-in rules, and what its clocks show.
struct Stitched {
  std::vector<Attempt> attempts;
  Clocks clocks;
};
[[nodiscard]] Stitched stitched(const CaseData& data);

}  // namespace deskfall::testing
