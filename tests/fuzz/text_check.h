// What every decoder of text owes, whatever the bytes: no crash, each record
// with its place, and every byte accounted for.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>

#include "ingest/byte_source.h"
#include "ingest/event.h"
#include "ingest/parse_reporter.h"

namespace deskfall::fuzz {

class Ignore : public EventSink {
 public:
  void on_event(const Event& event) override {
    if (event.offset < 0 || event.line < 1) {
      std::abort();
    }
  }
};

/// `read` is called with (source, sink, reporter) and returns a Result.
template <typename Read>
void check_text_decoder(const std::uint8_t* data, std::size_t size,
                        const Read& read) {
  const auto source = open_buffer(std::as_bytes(std::span(data, size)));
  Ignore sink;
  DamageLog damage;
  const bool done = read(*source, sink, damage).has_value();
  if (!done ||
      damage.accepted_bytes() + damage.slack_bytes() + damage.dropped_bytes() !=
          static_cast<std::int64_t>(size)) {
    std::abort();
  }
}

}  // namespace deskfall::fuzz
