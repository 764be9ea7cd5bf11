#include "ingest/event_keys.h"

#include <tbb/parallel_for_each.h>
#include <tbb/parallel_sort.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace deskfall {

namespace {

/// Keys of a run that are read at a time.
constexpr std::size_t kBlock = 4096;

}  // namespace

/// A sorted stretch of the file, read block by block.
class EventKeys::Run {
 public:
  /// Keys `begin` to `end` of the file.
  Run(std::size_t begin, std::size_t end) : next_(begin), end_(end) {}

  [[nodiscard]] const EventKey& key() const { return block_[at_]; }

  /// Moves to the next key, at first to the first one; false at the end, or
  /// when the file cannot be read.
  [[nodiscard]] bool advance(std::FILE* file) {
    ++at_;
    if (at_ < block_.size()) {
      return true;
    }
    at_ = 0;
    block_.resize(std::min(kBlock, end_ - next_));
    const auto offset = static_cast<off_t>(next_ * sizeof(EventKey));
    if (block_.empty() || ::fseeko(file, offset, SEEK_SET) != 0) {
      return false;
    }
    const std::size_t got =
        std::fread(block_.data(), sizeof(EventKey), block_.size(), file);
    next_ += got;
    return got == block_.size();
  }

 private:
  std::size_t next_;  ///< the first key that was not read
  std::size_t end_;
  std::vector<EventKey> block_;
  std::size_t at_ = 0;
};

Result<void> EventKeys::add(const EventKey& key) {
  const auto kind = static_cast<std::size_t>(key.kind);
  if (kind >= kinds_.size()) {
    kinds_.resize(kind + 1);
  }
  kinds_[kind].push_back({key.time, key.id});
  ++held_;
  return held_ < most_held_ ? Result<void>() : spill();
}

void EventKeys::sort() {
  tbb::parallel_for_each(kinds_, [](std::vector<Row>& rows) {
    tbb::parallel_sort(rows.begin(), rows.end());
  });
}

Result<void> EventKeys::spill() {
  if (!file_) {
    DF_TRY(file_, open_temporary_file());
  }
  sort();
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    for (const Row& row : std::exchange(kinds_[kind], {})) {
      const EventKey key{static_cast<std::int64_t>(kind), row.time, row.id};
      if (std::fwrite(&key, sizeof key, 1, file_.get()) != 1) {
        return tl::unexpected<Error>(temporary_file_error());
      }
    }
  }
  runs_.push_back(std::exchange(held_, 0));
  return {};
}

Result<void> EventKeys::for_each(
    const std::function<void(const EventKey&)>& use) {
  if (!runs_.empty()) {
    DF_CHECK(spill());
    return merge(use);
  }
  sort();
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    for (const Row& row : std::exchange(kinds_[kind], {})) {
      use({static_cast<std::int64_t>(kind), row.time, row.id});
    }
  }
  return {};
}

Result<void> EventKeys::merge(const std::function<void(const EventKey&)>& use) {
  std::vector<Run> heap;
  std::size_t written = 0;
  for (const std::size_t size : runs_) {
    Run run(written, written + size);
    written += size;
    if (run.advance(file_.get())) {
      heap.push_back(std::move(run));
    }
  }
  const auto later = [](const Run& a, const Run& b) {
    return b.key() < a.key();
  };
  std::make_heap(heap.begin(), heap.end(), later);
  std::size_t given = 0;
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    use(heap.back().key());
    ++given;
    if (heap.back().advance(file_.get())) {
      std::push_heap(heap.begin(), heap.end(), later);
    } else {
      heap.pop_back();
    }
  }
  if (given != written) {
    return tl::unexpected<Error>(temporary_file_error());
  }
  return {};
}

}  // namespace deskfall
