// What must hold for any bytes given to the EVTX reader: no crash, every byte
// counted once, and the same records whether they are read as events, in
// batches for a case, or printed as text. The fuzz targets share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/evtx_dump.h"
#include "ingest/evtx_reader.h"
#include "ingest/normalise.h"

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
  std::vector<Event> live;

  void on_event(const Event& event) override {
    ++records;
    // Whatever was read must be text that JSON can carry.
    require(FieldList::from_json(event.fields.to_json()).has_value());
    if (!event.recovered) {
      live.push_back(event);
      normalise(live.back());
    }
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

/// Chooses records by a part of their kind, and of these some.
struct SomeRecords : RecordChoice {
  [[nodiscard]] bool wants(const Kind& kind) const override {
    return kind.event_id % 2 == 0;
  }
  [[nodiscard]] bool keeps(const Event& event) const override {
    return event.fields.size() != 1;
  }
};

/// Compares batches with the events that were read one by one.
struct BatchCheck : BatchSink {
  BatchCheck(const std::vector<Event>& read, const RecordChoice* chosen,
             BatchForm wanted)
      : live(read), choice_(chosen), form_(wanted) {}

  [[nodiscard]] const RecordChoice* choice() const override { return choice_; }
  [[nodiscard]] BatchForm form() const override { return form_; }
  void on_event(const Event& event) override {
    ++recovered;
    require(event.recovered);
  }
  void on_batch(EventBatch& batch) override {
    auto kept = batch.kept().begin();
    for (const RecordMark& mark : batch.marks()) {
      require(at < live.size());
      const Event& event = live[at++];
      const Kind& kind = batch.kinds[mark.kind];
      require(mark.time == event.time && mark.clock == event.clock &&
              mark.record_id == event.record_id);
      const bool wanted =
          choice_ == nullptr || (choice_->wants(kind) && choice_->keeps(event));
      if (!wanted) {
        continue;
      }
      require(kept != batch.kept().end() && kept->kind == mark.kind);
      require(kept->event.offset == event.offset &&
              kept->event.process_id == event.process_id &&
              kept->event.user_sid == event.user_sid);
      if (form_ == BatchForm::kRows) {
        require(kept->fields_json.view() == event.fields.to_json());
      } else {
        require(kept->event.fields == event.fields &&
                kept->event.host == kind.host &&
                kept->event.channel == kind.channel &&
                kept->event.provider == kind.provider);
      }
      ++kept;
    }
    require(kept == batch.kept().end());
  }

  const std::vector<Event>& live;
  std::size_t at = 0;
  std::size_t recovered = 0;

 private:
  const RecordChoice* choice_;
  BatchForm form_;
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
  const SomeRecords some;
  for (const RecordChoice* choice : {static_cast<const RecordChoice*>(nullptr),
                                     static_cast<const RecordChoice*>(&some)}) {
    for (const BatchForm form : {BatchForm::kEvents, BatchForm::kRows}) {
      BatchCheck batches(events.live, choice, form);
      DamageLog of_load;
      require(load_evtx(*open_buffer(bytes), batches, of_load, {}).has_value());
      require(batches.at == events.live.size());
      require(batches.at + batches.recovered == events.records);
      require(of_load.dropped_bytes() == damage.dropped_bytes());
    }
  }
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
