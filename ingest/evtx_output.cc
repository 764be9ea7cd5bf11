#include "ingest/evtx_output.h"

#include "ingest/evtx_digits.h"

namespace deskfall::evtx {

namespace {

/// 10000-01-01.
constexpr Instant kNoSuchTime{2'534'023'008'000'000'000};

/// Puts what a record's header tells into its event.
void complete(const RecordHead& head, bool has_time, Event& event) {
  if (!has_time) {
    event.time = from_filetime(head.time);
  }
  if (event.record_id == 0) {
    event.record_id = head.id;
  }
  // FILETIME 0 is no time, nor is one behind the last day of a calendar.
  event.clock = event.time > from_filetime(0) && event.time < kNoSuchTime
                    ? ClockNote::kExact
                    : ClockNote::kNone;
  event.offset = head.offset;
  event.recovered = head.recovered;
  event.doubts = head.doubts;
  event.written = from_filetime(head.time);
}

RecordFacts facts_of(const EventReader& reader, const Event& event) {
  RecordFacts facts;
  if (reader.has_time()) {
    facts.time = event.time;
  }
  facts.is_rendered = reader.is_rendered();
  return facts;
}

/// Whether the record, or what may be hidden in it, is asked for.
bool is_asked_for(const EvtxOptions& options, const RecordHead& head) {
  constexpr std::int64_t kReach{kChunkSize};
  return options.asks_for(from_filetime(head.time)) &&
         (!options.only_at || (*options.only_at >= head.offset &&
                               *options.only_at - head.offset < kReach));
}

}  // namespace

bool EventOutput::asks_for(const RecordHead& head) const {
  return is_asked_for(options_, head);
}

ReadResult EventOutput::read(InstanceStack& stack, const RecordHead&,
                             std::size_t begin, std::size_t end) {
  if (count_ == events_.size()) {
    events_.emplace_back();
  }
  return reader_.read(stack, begin, end, events_[count_], options_);
}

RecordFacts EventOutput::facts() const {
  return facts_of(reader_, events_[count_]);
}

void EventOutput::keep(const RecordHead& head) {
  complete(head, reader_.has_time(), events_[count_]);
  if (asks_for(head) && options_.asks_at(head.offset) &&
      options_.asks_for(events_[count_].event_id)) {
    ++count_;
  }
}

void EventOutput::take(const RecordHead& head, Remnant& remnant) {
  complete(head, reader_.has_time(), events_[count_]);
  remnant.event = events_[count_];
}

void EventOutput::give() {
  for (std::size_t i = 0; i < count_; ++i) {
    sink_.on_event(events_[i]);
  }
}

void EventOutput::give(const Remnant& remnant) {
  if (options_.asks_for(*remnant.event.written) &&
      options_.asks_at(remnant.event.offset) &&
      options_.asks_for(remnant.event.event_id)) {
    sink_.on_event(remnant.event);
  }
}

ReadResult BatchOutput::read(InstanceStack& stack, const RecordHead& head,
                             std::size_t begin, std::size_t end) {
  event_ = &batch_.next();
  // A recovered one is taken away, as an event.
  return reader_.read(stack, begin, end, *event_, options_,
                      head.recovered ? nullptr : &batch_);
}

RecordFacts BatchOutput::facts() const {
  return facts_of(reader_, *event_);
}

void BatchOutput::keep(const RecordHead& head) {
  complete(head, reader_.has_time(), *event_);
  batch_.add(reader_.kind());
}

void BatchOutput::take(const RecordHead& head, Remnant& remnant) {
  complete(head, reader_.has_time(), *event_);
  remnant.event = *event_;
}

TextOutput::TextOutput(TextSink& sink, DumpFormat format,
                       const EvtxOptions& options)
    : sink_(sink),
      options_(options),
      format_(format),
      renderer_(format == DumpFormat::kXml ? RecordStyle::kXml
                                           : RecordStyle::kJson) {
  look_options_.detail = Detail::kIdAndTime;
}

void TextOutput::clear() {
  text_.clear();
  kept_ = 0;
}

ReadResult TextOutput::read(InstanceStack& stack, const RecordHead& head,
                            std::size_t begin, std::size_t end) {
  text_.truncate(kept_);
  if (!options_.ids.empty()) {
    const ReadResult looked =
        look_.read(stack, begin, end, seen_, look_options_);
    is_wanted_ = looked.ok() && options_.asks_for(seen_.event_id);
    if (!is_wanted_) {
      return looked;
    }
  }
  begin_text(head);
  const ReadResult result = renderer_.render(stack, begin, end, text_);
  text_.append(format_ == DumpFormat::kXml ? "\n" : "}\n");
  return result;
}

bool TextOutput::asks_for(const RecordHead& head) const {
  return is_asked_for(options_, head);
}

void TextOutput::begin_text(const RecordHead& head) {
  if (format_ == DumpFormat::kXml && !head.recovered) {
    return;
  }
  const auto number = [this](std::uint64_t value) {
    text_.set_end(write_decimal(text_.ensure(kMostShortText), value));
  };
  const auto offset = static_cast<std::uint64_t>(head.offset);
  if (format_ == DumpFormat::kXml) {
    text_.append("<!-- recovered, offset ");
    number(offset);
    text_.append(" -->");
    return;
  }
  text_.append("{\"offset\":");
  number(offset);
  text_.append(",\"record\":");
  number(head.id);
  text_.append(head.recovered ? ",\"recovered\":true,"
                              : ",\"recovered\":false,");
}

void TextOutput::add_doubts(const RecordHead& head) {
  if (!head.doubts.any()) {
    return;
  }
  if (format_ == DumpFormat::kXml) {
    text_.truncate(text_.size() - 1);
    text_.append("<!-- doubts: " + head.doubts.text() + " -->\n");
  } else {
    text_.truncate(text_.size() - 2);
    text_.append(",\"doubts\":[" + head.doubts.text("\"") + "]}\n");
  }
}

void TextOutput::keep(const RecordHead& head) {
  if (is_wanted_ && asks_for(head) && options_.asks_at(head.offset)) {
    add_doubts(head);
    kept_ = text_.size();
  }
}

void TextOutput::take(const RecordHead& head, Remnant& remnant) {
  if (is_wanted_ && asks_for(head) && options_.asks_at(head.offset)) {
    add_doubts(head);
    remnant.text = text_.view().substr(kept_);
  }
}

void TextOutput::give() {
  if (kept_ > 0) {
    sink_.write(text_.view().substr(0, kept_));
  }
}

void TextOutput::give(const Remnant& remnant) {
  if (!remnant.text.empty()) {
    sink_.write(remnant.text);
  }
}

}  // namespace deskfall::evtx
