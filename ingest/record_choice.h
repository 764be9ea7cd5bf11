// RecordChoice: which records matter.
//
// A reader asks as early as it can: provider and id stand in front of the
// fields, and most records of a collection are nobody's business.
#pragma once

#include "ingest/event.h"

namespace deskfall {

/// Says which events matter enough to decode their payload. Asked from several
/// threads when jobs > 1.
class EventFilter {
 public:
  virtual ~EventFilter() = default;

  /// False: the event comes without fields, which is several times faster.
  /// `head` is the event without them.
  [[nodiscard]] virtual bool wants_fields(const Event& head) const = 0;
};

/// Says which records a case keeps. Of those whose fields it does not want it
/// keeps none.
class RecordChoice : public EventFilter {
 public:
  [[nodiscard]] virtual bool keeps(const Event& event) const = 0;
};

}  // namespace deskfall
