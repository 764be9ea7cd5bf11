// ParseReporter: where a decoder tells what it could not read.
//
// Damage is data, not control flow: a decoder reports the range and the reason
// and goes on. For every source the ranges add up:
//     accepted + slack + dropped = size of the source.
// DamageLog is the counting implementation that ends up in the case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deskfall {

/// Half-open byte range of a source.
struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] std::int64_t size() const { return end - begin; }
};

class ParseReporter {
 public:
  virtual ~ParseReporter() = default;

  /// `bytes` were read and understood.
  virtual void accepted(std::int64_t bytes) = 0;

  /// `bytes` belong to the format but hold no live data (EVTX slack, NUL runs
  /// of a preallocated log). Remnants found there are marked recovered.
  virtual void slack(std::int64_t bytes) = 0;

  /// The range could not be understood. `reason` names what was expected,
  /// with chunk or line where that helps.
  virtual void dropped(ByteRange range, std::string_view reason) = 0;

  /// Something worth telling that lost no bytes ("header says 1 chunk, found
  /// 16").
  virtual void note(std::string_view text) = 0;
};

/// Counts everything, keeps the first `kKeptRanges` dropped ranges and notes.
class DamageLog : public ParseReporter {
 public:
  static constexpr std::size_t kKeptRanges = 64;

  struct Dropped {
    ByteRange range;
    std::string reason;
  };

  void accepted(std::int64_t bytes) override { accepted_ += bytes; }
  void slack(std::int64_t bytes) override { slack_ += bytes; }
  void dropped(ByteRange range, std::string_view reason) override {
    dropped_bytes_ += range.size();
    ++dropped_count_;
    if (ranges_.size() < kKeptRanges) {
      ranges_.push_back({range, std::string(reason)});
    }
  }
  void note(std::string_view text) override {
    if (notes_.size() < kKeptRanges) {
      notes_.emplace_back(text);
    }
  }

  [[nodiscard]] std::int64_t accepted_bytes() const { return accepted_; }
  [[nodiscard]] std::int64_t slack_bytes() const { return slack_; }
  [[nodiscard]] std::int64_t dropped_bytes() const { return dropped_bytes_; }
  [[nodiscard]] std::int64_t dropped_count() const { return dropped_count_; }
  [[nodiscard]] const std::vector<Dropped>& ranges() const { return ranges_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::int64_t accepted_ = 0;
  std::int64_t slack_ = 0;
  std::int64_t dropped_bytes_ = 0;
  std::int64_t dropped_count_ = 0;
  std::vector<Dropped> ranges_;
  std::vector<std::string> notes_;
};

}  // namespace deskfall
