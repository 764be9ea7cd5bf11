// The EVTX reader over whole files, as events and as both kinds of text: never
// a crash, and every byte counted.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ingest/evtx_dump.h"
#include "ingest/evtx_reader.h"

namespace {

using namespace deskfall;

struct NullSink : EventSink, TextSink {
  void on_event(const Event&) override {}
  void write(std::string_view) override {}
};

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

std::int64_t accounted(const DamageLog& damage) {
  return damage.accepted_bytes() + damage.slack_bytes() +
         damage.dropped_bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  NullSink sink;
  DamageLog damage;
  require(read_evtx(*open_buffer(bytes), sink, damage).has_value());
  require(accounted(damage) == static_cast<std::int64_t>(size));
  for (const DumpFormat format : {DumpFormat::kXml, DumpFormat::kJsonLines}) {
    DamageLog of_dump;
    require(dump_evtx(*open_buffer(bytes), format, sink, of_dump).has_value());
    require(accounted(of_dump) == static_cast<std::int64_t>(size));
  }
  return 0;
}
