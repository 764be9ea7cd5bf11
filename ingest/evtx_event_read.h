// EventReader: one EVTX record as an Event, by plan where there is one.
//
// Records of templates with a plan (evtx_event_plan.h) - nearly all - take
// their values straight to where they belong; the others are walked. The two
// agree on every record; a test reads the fixtures and fuzz cases both ways.
#pragma once

#include <cstddef>
#include <optional>

#include "ingest/event.h"
#include "ingest/event_batch.h"
#include "ingest/evtx_event.h"
#include "ingest/evtx_field_writer.h"
#include "ingest/evtx_instances.h"
#include "ingest/evtx_reader.h"
#include "ingest/evtx_system.h"

namespace deskfall::evtx {

/// kWalk reads every record token by token: for tests.
enum class ReadMode : std::uint8_t { kPlan, kWalk };

class EventReader {
 public:
  explicit EventReader(ReadMode mode = ReadMode::kPlan) : mode_(mode) {}

  /// Reads the BinXML in [begin, end) of the stack's chunk. Whatever `event`
  /// held is forgotten.
  ///
  /// For a batch, of which `event` is next(): the record's kind() is told, and
  /// host, channel and provider may be left to it. Of kinds that are not wanted
  /// only time and record number are sure to be there; of others fields may be
  /// in the batch's row_text() instead. Whether a record can be read does not
  /// depend on any of this.
  ReadResult read(InstanceStack& stack, std::size_t begin, std::size_t end,
                  Event& event, const EvtxOptions& options,
                  EventBatch* batch = nullptr);

  /// The kind of the last record that was read for a batch.
  [[nodiscard]] KindId kind() const { return kind_.value_or(0); }

  /// Whether the last record was read by plan.
  [[nodiscard]] bool used_plan() const { return !walked_; }
  /// System/TimeCreated was there and readable.
  [[nodiscard]] bool has_time() const {
    return walked_ ? filler_.has_time() : system_.has_time();
  }
  /// The record carries texts that an event collector added.
  [[nodiscard]] bool is_rendered() const {
    return walked_ && filler_.is_rendered();
  }

 private:
  /// What became of a frame.
  enum class Outcome : std::uint8_t { kLeft, kEntered, kDone, kNeedsWalk };

  bool follow_plans(InstanceStack& stack, Event& event,
                    const EvtxOptions& options);
  void recall_kind(const InstanceStack& stack, const Frame& frame,
                   FillPlan& plan);
  void learn_kind(const Event& event);
  /// Whether this part of System is passed over.
  [[nodiscard]] bool passes_over(SystemPart part,
                                 const EvtxOptions& options) const;
  Outcome fill(InstanceStack& stack, Frame& frame, FillPlan& plan, Event& event,
               const EvtxOptions& options);
  void aim(Event& event);

  ReadMode mode_;
  bool walked_ = false;
  bool unwanted_ = false;  ///< fields are left out
  EventBatch* batch_ = nullptr;
  std::optional<KindId> kind_;
  bool recalled_ = false;  ///< the kind was known before System was read
  PlanKind* remembered_ = nullptr;  ///< where to keep it otherwise
  SystemSetter system_;
  EventFiller filler_;
  FieldWriter writer_;
};

}  // namespace deskfall::evtx
