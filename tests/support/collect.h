// Collect: sinks that keep what a reader says, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event.h"
#include "ingest/parse_reporter.h"

namespace deskfall::test {

class EventList : public EventSink {
 public:
  void on_event(const Event& event) override { events.push_back(event); }

  std::vector<Event> events;
};

/// All bytes a DamageLog was told of.
inline std::int64_t counted(const DamageLog& log) {
  return log.accepted_bytes() + log.slack_bytes() + log.dropped_bytes();
}

/// ASCII text as UTF-16 bytes of either order.
inline std::string utf16le(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    out += '\0';
  }
  return out;
}
inline std::string utf16be(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += '\0';
    out += c;
  }
  return out;
}

}  // namespace deskfall::test
