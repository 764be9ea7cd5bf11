// Load: the sink that stands between a decoder and the case.
//
// It counts every record by kind and hour, follows the runs of record numbers
// that coverage is made of, and stores the records that are wanted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ingest/event.h"
#include "ingest/record_choice.h"
#include "ingest/store.h"

namespace deskfall {

class LoadSink : public EventSink {
 public:
  LoadSink(Store& store, std::int64_t source, const RecordChoice* choice,
           std::map<TallyKey, TallyCount>& tally)
      : store_(store), source_(source), choice_(choice), tally_(tally) {}

  void on_event(const Event& event) override;

  /// The runs of record numbers seen, sorted, neighbours joined.
  [[nodiscard]] std::vector<RecordRun> take_runs();

  /// The most frequent host; the first by name among equals.
  [[nodiscard]] std::string host() const;

  [[nodiscard]] std::int64_t events() const { return events_; }
  [[nodiscard]] std::int64_t recovered() const { return recovered_; }
  [[nodiscard]] std::int64_t kept() const { return kept_; }

  /// The first error of the store, which ends the run.
  [[nodiscard]] const Result<void>& status() const { return status_; }

 private:
  void count(const Event& event);
  void follow_run(const Event& event);

  /// The records of one channel of one host.
  struct Channel {
    std::vector<RecordRun> runs;
    std::int64_t records = 0;
  };
  using ChannelKey = std::pair<std::string, std::string>;  ///< host, channel

  Store& store_;
  std::int64_t source_;
  const RecordChoice* choice_;
  std::map<TallyKey, TallyCount>& tally_;
  TallyKey last_key_;
  TallyCount* last_count_ = nullptr;
  std::map<ChannelKey, Channel> channels_;
  std::map<ChannelKey, Channel>::iterator last_channel_ = channels_.end();
  std::int64_t events_ = 0;
  std::int64_t recovered_ = 0;
  std::int64_t kept_ = 0;
  Event working_;
  Result<void> status_;
};

}  // namespace deskfall
