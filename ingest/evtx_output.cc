#include "ingest/evtx_output.h"

#include <fmt/format.h>

#include "ingest/evtx_walk.h"

namespace deskfall::evtx {

namespace {

bool within(Instant time, const EvtxOptions& options) {
  return (!options.from || time >= *options.from) &&
         (!options.to || time <= *options.to);
}

}  // namespace

ReadResult EventOutput::read(InstanceStack& stack, std::size_t begin,
                             std::size_t end) {
  if (count_ == events_.size()) {
    events_.emplace_back();
  }
  Event& event = events_[count_];
  event.reset();
  filler_.start(event, options_.filter);
  return walk_record(stack, begin, end, filler_);
}

RecordFacts EventOutput::facts() const {
  RecordFacts facts;
  if (filler_.has_time()) {
    facts.time = events_[count_].time;
  }
  facts.is_rendered = filler_.is_rendered();
  return facts;
}

void EventOutput::complete(const RecordHead& head) {
  Event& event = events_[count_];
  if (!filler_.has_time()) {
    event.time = from_filetime(head.time);
  }
  if (event.record_id == 0) {
    event.record_id = head.id;
  }
  event.clock = ClockNote::kExact;
  event.offset = head.offset;
  event.recovered = head.recovered;
}

bool EventOutput::in_range(const Event& event) const {
  return within(event.time, options_);
}

void EventOutput::keep(const RecordHead& head) {
  complete(head);
  if (in_range(events_[count_])) {
    ++count_;
  }
}

void EventOutput::take(const RecordHead& head, Remnant& remnant) {
  complete(head);
  remnant.event = events_[count_];
}

void EventOutput::give() {
  for (std::size_t i = 0; i < count_; ++i) {
    sink_.on_event(events_[i]);
  }
}

void EventOutput::give(const Remnant& remnant) {
  if (in_range(remnant.event)) {
    sink_.on_event(remnant.event);
  }
}

void TextOutput::clear() {
  text_.clear();
}

ReadResult TextOutput::read(InstanceStack& stack, std::size_t begin,
                            std::size_t end) {
  record_.clear();
  return renderer_.render(stack, begin, end, record_);
}

bool TextOutput::in_range(const RecordHead& head) const {
  return within(from_filetime(head.time), options_) &&
         (!options_.only_at || *options_.only_at == head.offset);
}

void TextOutput::frame(const RecordHead& head, OutBuffer& out) const {
  if (format_ == DumpFormat::kXml) {
    if (head.recovered) {
      out.append(fmt::format("<!-- recovered, offset {} -->", head.offset));
    }
    out.append(record_.view());
    out.append("\n");
    return;
  }
  char* end = out.ensure(96);
  end = fmt::format_to(end, "{{\"offset\":{},\"record\":{},\"recovered\":{},",
                       head.offset, head.id, head.recovered);
  out.set_end(end);
  out.append(record_.view());
  out.append("}\n");
}

void TextOutput::keep(const RecordHead& head) {
  if (in_range(head)) {
    frame(head, text_);
  }
}

void TextOutput::take(const RecordHead& head, Remnant& remnant) {
  if (in_range(head)) {
    OutBuffer text;
    frame(head, text);
    remnant.text = text.view();
  }
}

void TextOutput::give() {
  if (text_.size() > 0) {
    sink_.write(text_.view());
  }
}

void TextOutput::give(const Remnant& remnant) {
  if (!remnant.text.empty()) {
    sink_.write(remnant.text);
  }
}

}  // namespace deskfall::evtx
