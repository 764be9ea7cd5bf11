// The EVTX reader over whole files, as events and as both kinds of text: never
// a crash, every byte counted, and the same records however they are read.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "ingest/evtx_dump.h"
#include "ingest/evtx_reader.h"

namespace {

using namespace deskfall;

struct CountingSink : EventSink, TextSink {
  std::int64_t events = 0;
  std::int64_t lines = 0;

  void on_event(const Event&) override { ++events; }
  void write(std::string_view text) override {
    for (const char c : text) {
      lines += c == '\n' ? 1 : 0;
    }
  }
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
  CountingSink sink;
  DamageLog damage;
  require(read_evtx(*open_buffer(bytes), sink, damage).has_value());
  require(accounted(damage) == static_cast<std::int64_t>(size));
  for (const DumpFormat format : {DumpFormat::kXml, DumpFormat::kJsonLines}) {
    DamageLog of_dump;
    sink.lines = 0;
    require(dump_evtx(*open_buffer(bytes), format, sink, of_dump).has_value());
    require(accounted(of_dump) == static_cast<std::int64_t>(size));
    if (format == DumpFormat::kJsonLines) {
      // The two readers bound a record's work in their own way, but an input
      // this small cannot reach the bound in one and not in the other.
      require(sink.lines == sink.events || size > 65536);
    }
  }
  return 0;
}
