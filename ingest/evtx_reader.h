// EVTX: the binary event log of Windows, read for what is there.
//
// The file header is a hint only (a third of real records lie beyond what it
// claims): every 64 KiB slot to the end of the file is visited. What unused
// space still holds comes last, marked as recovered. Memory stays that of some
// chunks, however long the file is.
//
// See evtx_format.h for the layout, evtx_template.h for the payload of
// records, evtx_event.h for how it becomes an Event.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/byte_source.h"
#include "ingest/event_batch.h"
#include "ingest/parse_reporter.h"
#include "ingest/result.h"

namespace deskfall {

/// How much of an event is decoded; kIdAndTime leaves the rest empty, and
/// costs no more than finding these two.
enum class Detail : std::uint8_t { kAll, kIdAndTime };

struct EvtxOptions {
  // Times are those of the records' headers. A record outside of the range is
  // passed over unread, and so are records hidden in it.
  std::optional<Instant> from;  ///< leave out records before
  std::optional<Instant> to;    ///< and after
  Detail detail = Detail::kAll;
  std::vector<std::uint32_t> ids;  ///< only these event ids; empty: all
  int jobs = 1;  ///< chunks decoded at the same time; order stays the same
  std::string code_page;  ///< of AnsiStrings, as in code_page.h; empty:
                          ///< windows-1252
  std::optional<std::int64_t> only_at;  ///< only the record at this offset

  [[nodiscard]] bool asks_for(Instant time) const {
    return (!from || time >= *from) && (!to || time <= *to);
  }
  [[nodiscard]] bool asks_for(std::uint32_t event_id) const {
    return ids.empty() ||
           std::find(ids.begin(), ids.end(), event_id) != ids.end();
  }
  [[nodiscard]] bool asks_at(std::int64_t offset) const {
    return !only_at || *only_at == offset;
  }
};

/// Reads every record of the log to `sink`: live ones in file order, then the
/// recovered ones. Damage goes to `reporter`; fails only when the source
/// itself cannot be read.
[[nodiscard]] Result<void> read_evtx(ByteSource& source, EventSink& sink,
                                     ParseReporter& reporter);
[[nodiscard]] Result<void> read_evtx(ByteSource& source, EventSink& sink,
                                     ParseReporter& reporter,
                                     const EvtxOptions& options);

/// The same in batches, a chunk each, made in the threads that decode; the
/// recovered ones still come one by one.
[[nodiscard]] Result<void> load_evtx(ByteSource& source, BatchSink& sink,
                                     ParseReporter& reporter,
                                     const EvtxOptions& options);

}  // namespace deskfall
