// The EVTX reader over whole files: never a crash, and every byte counted.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ingest/evtx_reader.h"

namespace {

struct NullSink : deskfall::EventSink {
  void on_event(const deskfall::Event&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto source =
      deskfall::open_buffer(std::as_bytes(std::span(data, size)));
  NullSink sink;
  deskfall::DamageLog damage;
  const auto done = deskfall::read_evtx(*source, sink, damage);
  const std::int64_t accounted =
      damage.accepted_bytes() + damage.slack_bytes() + damage.dropped_bytes();
  if (!done || accounted != static_cast<std::int64_t>(size)) {
    std::abort();
  }
  return 0;
}
