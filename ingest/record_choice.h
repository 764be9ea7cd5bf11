// RecordChoice: which records a case keeps.
//
// A reader asks as early as it can: most records of a collection are of kinds
// that are nobody's business.
#pragma once

#include "ingest/event.h"
#include "ingest/kind.h"

namespace deskfall {

/// Asked from several threads when jobs > 1. Of kinds it does not want it
/// keeps no record.
class RecordChoice : public KindFilter {
 public:
  [[nodiscard]] virtual bool keeps(const Event& event) const = 0;
};

}  // namespace deskfall
