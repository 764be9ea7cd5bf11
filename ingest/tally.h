// Tally: how many records of each kind were read in each hour, kept or not.
// Those without a time have a count of their own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "ingest/instant.h"

namespace deskfall {

class Tally {
 public:
  struct Count {
    std::int64_t live = 0;
    std::int64_t recovered = 0;

    void add(bool is_recovered) { (is_recovered ? recovered : live) += 1; }
  };
  /// By ticks of the start of the hour.
  using Hours = std::map<std::int64_t, Count>;

  /// `kind` is the row of the case's table of kinds.
  void add(std::int64_t kind, Instant time, bool recovered) {
    OfKind& counted = of(kind);
    const std::int64_t into =
        ((time.ticks % kTicksPerHour) + kTicksPerHour) % kTicksPerHour;
    const std::int64_t hour = time.ticks - into;
    // Neighbouring records mostly share their hour.
    if (counted.last == nullptr || counted.last_hour != hour) {
      counted.last = &counted.hours[hour];
      counted.last_hour = hour;
    }
    counted.last->add(recovered);
  }
  void add_timeless(std::int64_t kind, bool recovered) {
    of(kind).timeless.add(recovered);
  }

  /// Calls use(row of the kind, hour, count) in their order; no hour is first.
  template <typename Use>
  void for_each(const Use& use) const {
    for (std::size_t row = 0; row < kinds_.size(); ++row) {
      const auto kind = static_cast<std::int64_t>(row);
      const Count& timeless = kinds_[row].timeless;
      if (timeless.live + timeless.recovered > 0) {
        use(kind, std::optional<std::int64_t>(), timeless);
      }
      for (const auto& [hour, count] : kinds_[row].hours) {
        use(kind, std::optional(hour), count);
      }
    }
  }

 private:
  struct OfKind {
    Hours hours;
    Count timeless;
    Count* last = nullptr;
    std::int64_t last_hour = 0;
  };

  [[nodiscard]] OfKind& of(std::int64_t kind) {
    const auto row = static_cast<std::size_t>(kind);
    if (row >= kinds_.size()) {
      kinds_.resize(row + 1);
    }
    return kinds_[row];
  }

  std::vector<OfKind> kinds_;
};

}  // namespace deskfall
