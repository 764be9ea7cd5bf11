// RecordChoice: which records matter.
//
// A reader asks as early as it can: provider and id stand in front of the
// fields, and most records of a collection are nobody's business.
#pragma once

#include <cstdint>
#include <string_view>

#include "ingest/event.h"

namespace deskfall {

/// Says which events matter enough to decode their payload. Asked from several
/// threads when jobs > 1.
class EventFilter {
 public:
  virtual ~EventFilter() = default;

  /// False: the event comes without fields, which is several times faster.
  [[nodiscard]] virtual bool wants_fields(std::string_view provider,
                                          std::uint32_t event_id) const = 0;
};

/// Says which records a case keeps. Of those whose fields it does not want,
/// none.
class RecordChoice : public EventFilter {
 public:
  [[nodiscard]] virtual bool keeps(const Event& event) const = 0;
};

}  // namespace deskfall
