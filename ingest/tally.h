// Tally: how many records of each kind were read in each hour, kept or not.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ingest/instant.h"

namespace deskfall {

class Tally {
 public:
  struct Count {
    std::int64_t live = 0;
    std::int64_t recovered = 0;
  };
  /// By ticks of the start of the hour.
  using Hours = std::map<std::int64_t, Count>;

  /// `kind` is the row of the case's table of kinds.
  void add(std::int64_t kind, Instant time, bool recovered) {
    const auto row = static_cast<std::size_t>(kind);
    if (row >= kinds_.size()) {
      kinds_.resize(row + 1);
    }
    OfKind& counted = kinds_[row];
    const std::int64_t into =
        ((time.ticks % kTicksPerHour) + kTicksPerHour) % kTicksPerHour;
    const std::int64_t hour = time.ticks - into;
    // Neighbouring records mostly share their hour.
    if (counted.last == nullptr || counted.last_hour != hour) {
      counted.last = &counted.hours[hour];
      counted.last_hour = hour;
    }
    (recovered ? counted.last->recovered : counted.last->live) += 1;
  }

  /// Calls use(row of the kind, hour, count) in their order.
  template <typename Use>
  void for_each(const Use& use) const {
    for (std::size_t row = 0; row < kinds_.size(); ++row) {
      for (const auto& [hour, count] : kinds_[row].hours) {
        use(static_cast<std::int64_t>(row), hour, count);
      }
    }
  }

 private:
  struct OfKind {
    Hours hours;
    Count* last = nullptr;
    std::int64_t last_hour = 0;
  };
  std::vector<OfKind> kinds_;
};

}  // namespace deskfall
