// EventBatch: the records of one stretch of a log, made ready for a case by
// whoever decodes them, so that the one who writes the case only writes.
//
//   Event& event = batch.next();
//   decode(event);
//   batch.add(batch.kinds.number(event));
//
// Every record is marked, for counts and coverage; those that the choice keeps
// are there whole. Marks and records name their kind by its number in `kinds`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ingest/event.h"
#include "ingest/kind.h"
#include "ingest/out_buffer.h"
#include "ingest/record_choice.h"

namespace deskfall {

/// What is counted of a record, kept or not.
struct RecordMark {
  Instant time;
  std::uint64_t record_id = 0;
  KindId kind = 0;
  ClockNote clock = ClockNote::kNone;
  bool recovered = false;
};

/// How kept events come.
enum class BatchForm : std::uint8_t {
  kEvents,  ///< whole
  kRows     ///< fields as JSON too; what the kind tells may be left out
};

/// A record that is kept.
struct KeptEvent {
  Event event;
  KindId kind = 0;
  OutBuffer fields_json;    ///< BatchForm::kRows
  std::size_t content = 0;  ///< BatchForm::kEvents: hash of what its kind, time
                            ///< and number do not tell
};

class EventBatch {
 public:
  /// Without a choice every record is kept.
  EventBatch(const RecordChoice* choice, BatchForm form)
      : kinds(choice), choice_(choice), form_(form) {}

  KindLedger kinds;                ///< grows from batch to batch
  std::vector<std::int64_t> rows;  ///< of kinds, as far as the case has them

  void clear() {
    marks_.clear();
    kept_ = 0;
  }

  /// Room for the next record; whatever it held is to be overwritten.
  [[nodiscard]] Event& next();

  /// Where a decoder may write the fields of the record in next(), which is of
  /// this kind, as JSON, instead of into the event; null: not here.
  [[nodiscard]] OutBuffer* row_text(KindId kind);

  /// Adds the record in next(), which is of this kind. Its host, channel and
  /// provider may be empty then.
  void add(KindId kind);

  [[nodiscard]] std::span<const RecordMark> marks() const { return marks_; }
  [[nodiscard]] std::span<KeptEvent> kept() {
    return std::span(events_).first(kept_);
  }

 private:
  /// Writes host, channel and provider of its kind into an event.
  void name(Event& event, KindId kind) const;

  const RecordChoice* choice_;
  BatchForm form_;
  std::vector<RecordMark> marks_;  ///< in the order of the log
  std::vector<KeptEvent> events_;  ///< the first kept_, then spare ones
  std::size_t kept_ = 0;
};

/// Takes events one by one, or in batches.
class BatchSink : public EventSink {
 public:
  /// Batches are made for this choice (null: all) and in this form.
  [[nodiscard]] virtual const RecordChoice* choice() const = 0;
  [[nodiscard]] virtual BatchForm form() const = 0;

  /// The sink may take the events out of the batch.
  virtual void on_batch(EventBatch& batch) = 0;
};

}  // namespace deskfall
