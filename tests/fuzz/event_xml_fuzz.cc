// Any bytes: no crash, and every byte is accounted for.
#include "ingest/event_xml.h"

#include <cstdint>
#include <cstdlib>

#include "ingest/byte_source.h"

namespace {

class Ignore : public deskfall::EventSink {
 public:
  void on_event(const deskfall::Event& event) override {
    if (event.offset < 0 || event.line < 1) {
      std::abort();
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto source =
      deskfall::open_buffer(std::as_bytes(std::span(data, size)));
  Ignore sink;
  deskfall::DamageLog damage;
  const auto done = deskfall::read_event_xml(*source, sink, damage);
  if (!done ||
      damage.accepted_bytes() + damage.slack_bytes() + damage.dropped_bytes() !=
          static_cast<std::int64_t>(size)) {
    std::abort();
  }
  return 0;
}
