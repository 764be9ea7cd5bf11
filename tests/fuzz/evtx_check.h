// What must hold for any bytes given to the EVTX reader: no crash, every byte
// counted once, and the same records whether they are read as events or
// printed as text. The fuzz targets share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "ingest/evtx_dump.h"
#include "ingest/evtx_reader.h"

namespace deskfall::fuzz {

inline void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

/// Counts records; a record takes one line in both kinds of text. Those that
/// lost their template are told as text only.
struct Counter : EventSink, TextSink {
  std::size_t records = 0;
  std::size_t incomplete = 0;

  void on_event(const Event& event) override {
    ++records;
    // Whatever was read must be text that JSON can carry.
    require(FieldList::from_json(event.fields.to_json()).has_value());
  }
  void write(std::string_view text) override {
    constexpr std::string_view kIncomplete = "incomplete\"]}\n";
    for (std::size_t at = 0; at < text.size(); ++at) {
      records += text[at] == '\n' ? 1U : 0U;
      incomplete +=
          text.substr(at, kIncomplete.size()) == kIncomplete ? 1U : 0U;
    }
  }
};

inline std::int64_t accounted(const DamageLog& damage) {
  return damage.accepted_bytes() + damage.slack_bytes() +
         damage.dropped_bytes();
}

inline void check_evtx(std::span<const std::byte> bytes) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  Counter events;
  DamageLog damage;
  require(read_evtx(*open_buffer(bytes), events, damage).has_value());
  require(accounted(damage) == size);
  for (const DumpFormat format : {DumpFormat::kXml, DumpFormat::kJsonLines}) {
    Counter lines;
    DamageLog of_dump;
    require(dump_evtx(*open_buffer(bytes), format, lines, of_dump).has_value());
    require(accounted(of_dump) == size);
    require(of_dump.dropped_bytes() == damage.dropped_bytes());
    if (format == DumpFormat::kJsonLines) {
      require(lines.records == events.records + lines.incomplete);
    }
  }
}

}  // namespace deskfall::fuzz
