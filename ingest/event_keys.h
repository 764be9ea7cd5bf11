// EventKeys: what the index of a case is by, sorted, for any number of records.
//
//   DF_CHECK(keys.add({kind, time, id}));
//   DF_CHECK(keys.for_each([](const EventKey& key) { ... }));
//
// Records of a kind mostly come in the order of their time, so that keys are
// held by kind and there is little to sort. When too many are held they are
// written to a temporary file as a sorted run; runs are merged in the end.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ingest/open_file.h"
#include "ingest/result.h"

namespace deskfall {

/// The columns of event_by_kind_and_time in schema.sql, and the row.
struct EventKey {
  std::int64_t kind = 0;  ///< a row of table kind: small
  std::int64_t time = 0;
  std::int64_t id = 0;

  auto operator<=>(const EventKey&) const = default;
};

class EventKeys {
 public:
  /// Holds at most so many; 1.5 million take 24 to 48 MB, and 82 MB if each is
  /// of a kind of its own.
  explicit EventKeys(std::size_t most_held = 1'500'000)
      : most_held_(most_held) {}

  [[nodiscard]] Result<void> add(const EventKey& key);

  /// Every key in ascending order, once.
  [[nodiscard]] Result<void> for_each(
      const std::function<void(const EventKey&)>& use);

 private:
  struct Row {
    std::int64_t time = 0;
    std::int64_t id = 0;

    auto operator<=>(const Row&) const = default;
  };
  class Run;

  void sort();
  /// Writes what is held as a run.
  [[nodiscard]] Result<void> spill();
  [[nodiscard]] Result<void> merge(
      const std::function<void(const EventKey&)>& use);

  std::size_t most_held_;
  std::size_t held_ = 0;
  std::vector<std::vector<Row>> kinds_;
  OpenFile file_;
  std::vector<std::size_t> runs_;  ///< their sizes, in the order of the file
};

}  // namespace deskfall
