// EventReader: one EVTX record as an Event, by plan where there is one.
//
// Records of templates with a plan (evtx_event_plan.h) - nearly all - take
// their values straight to where they belong; the others are walked. The two
// agree on every record; a test reads the fixtures and fuzz cases both ways.
#pragma once

#include <cstddef>

#include "ingest/event.h"
#include "ingest/evtx_event.h"
#include "ingest/evtx_instances.h"
#include "ingest/evtx_system.h"

namespace deskfall::evtx {

/// kWalk reads every record token by token: for tests.
enum class ReadMode : std::uint8_t { kPlan, kWalk };

class EventReader {
 public:
  explicit EventReader(ReadMode mode = ReadMode::kPlan) : mode_(mode) {}

  /// Reads the BinXML in [begin, end) of the stack's chunk. Whatever `event`
  /// held is forgotten. Events whose fields the filter does not want come
  /// without; whether a record can be read does not depend on it.
  ReadResult read(InstanceStack& stack, std::size_t begin, std::size_t end,
                  Event& event, const EvtxOptions& options);

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
  Outcome fill(InstanceStack& stack, Frame& frame, const FillPlan& plan,
               Event& event, const EvtxOptions& options);
  void add_field(std::string_view name, const FillStep& step,
                 const Value& value, Event& event);

  ReadMode mode_;
  bool walked_ = false;
  bool unwanted_ = false;  ///< fields are left out
  SystemSetter system_;
  EventFiller filler_;
  std::string scratch_;
};

}  // namespace deskfall::evtx
