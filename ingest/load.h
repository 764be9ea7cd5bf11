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

#include "ingest/event_batch.h"
#include "ingest/record_choice.h"
#include "ingest/store.h"
#include "ingest/tally.h"

namespace deskfall {

class LoadSink : public BatchSink {
 public:
  LoadSink(Store& store, std::int64_t source, const RecordChoice* choice,
           Tally& tally)
      : store_(store),
        source_(source),
        choice_(choice),
        tally_(tally),
        single_(choice, store.form()) {}

  void on_event(const Event& event) override;
  [[nodiscard]] const RecordChoice* choice() const override { return choice_; }
  [[nodiscard]] BatchForm form() const override { return store_.form(); }
  void on_batch(EventBatch& batch) override;

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
  /// The records of one channel of one host.
  struct Channel {
    std::vector<RecordRun> runs;
    std::int64_t records = 0;
  };
  using ChannelKey = std::pair<std::string, std::string>;  ///< host, channel

  Result<void> load(EventBatch& batch);
  /// Gives the new kinds of a batch their rows in the case.
  void add_kinds(EventBatch& batch);
  void count(const EventBatch& batch);
  void follow_run(const ChannelKey& key, Channel& channel,
                  const RecordMark& mark);

  Store& store_;
  std::int64_t source_;
  const RecordChoice* choice_;
  Tally& tally_;
  EventBatch single_;  ///< for events that come one by one
  std::map<ChannelKey, Channel> channels_;
  /// Where the records of a kind belong, by its row; null: not asked yet.
  std::vector<std::pair<const ChannelKey, Channel>*> channel_of_;
  std::int64_t events_ = 0;
  std::int64_t recovered_ = 0;
  std::int64_t kept_ = 0;
  Result<void> status_;
};

}  // namespace deskfall
