#include "ingest/event_batch.h"

#include <functional>
#include <string_view>

#include "ingest/normalise.h"

namespace deskfall {

namespace {

std::size_t content_of(const Event& event) {
  constexpr std::size_t kFactor = 1'000'003;
  const std::hash<std::string_view> text;
  return (event.fields.hash() * kFactor + text(event.activity_id)) * kFactor +
         (event.recovered ? 1 : 0);
}

}  // namespace

Event& EventBatch::next() {
  if (kept_ == events_.size()) {
    events_.emplace_back();
  }
  events_[kept_].fields_json.clear();
  return events_[kept_].event;
}

OutBuffer* EventBatch::row_text(KindId kind) {
  // Who chooses or normalises has to look at fields.
  const bool here = form_ == BatchForm::kRows && choice_ == nullptr &&
                    !needs_normalising(kinds[kind]);
  return here ? &events_[kept_].fields_json : nullptr;
}

void EventBatch::name(Event& event, KindId kind) const {
  const Kind& known = kinds[kind];
  event.host = known.host;
  event.channel = known.channel;
  event.provider = known.provider;
}

void EventBatch::add(KindId kind) {
  KeptEvent& record = events_[kept_];
  Event& event = record.event;
  marks_.push_back(
      {event.time, event.record_id, kind, event.clock, event.recovered});
  if (!kinds.wants(kind)) {
    return;
  }
  const bool normal = !needs_normalising(kinds[kind]);
  if (choice_ != nullptr || form_ == BatchForm::kEvents || !normal) {
    name(event, kind);
  }
  if (!normal) {
    normalise(event);
  }
  if (choice_ != nullptr && !choice_->keeps(event)) {
    return;
  }
  record.kind = kind;
  if (form_ == BatchForm::kEvents) {
    record.content = content_of(event);
  } else if (record.fields_json.size() == 0) {
    record.fields_json.append(event.fields.to_json());
  }
  ++kept_;
}

}  // namespace deskfall
