// SystemSetter: the parts of an EVTX record's <System>, put into an Event.
//
// Both readers of records use it: the plan (evtx_event_plan.h) and the walk
// (EventFiller). Texts are appended, since a part may come in pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/event.h"
#include "ingest/evtx_event_plan.h"
#include "ingest/evtx_value.h"

namespace deskfall::evtx {

class SystemSetter {
 public:
  /// The event has been reset by the caller.
  void start(Event& event) {
    event_ = &event;
    has_time_ = false;
  }

  void put(SystemPart part, std::string_view text);
  /// NULL and BinXML are nobody's business here.
  void put(SystemPart part, const Value& value);

  /// TimeCreated was there and readable.
  [[nodiscard]] bool has_time() const { return has_time_; }

 private:
  [[nodiscard]] std::string* text_of(SystemPart part);
  void put_activity_id(std::string_view text);
  void put_time(std::optional<Instant> time);
  void put_number(SystemPart part, std::optional<std::uint64_t> number);

  Event* event_ = nullptr;
  bool has_time_ = false;
  std::string scratch_;
};

}  // namespace deskfall::evtx
