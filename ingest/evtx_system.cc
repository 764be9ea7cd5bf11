#include "ingest/evtx_system.h"

#include "ingest/text.h"

namespace deskfall::evtx {

/// The member that takes the part as text; null for the others.
std::string* SystemSetter::text_of(SystemPart part) {
  switch (part) {
    case SystemPart::kProvider:
      return &event_->provider;
    case SystemPart::kChannel:
      return &event_->channel;
    case SystemPart::kComputer:
      return &event_->host;
    case SystemPart::kUserSid:
      return &event_->user_sid;
    default:
      return nullptr;
  }
}

void SystemSetter::put(SystemPart part, std::string_view text) {
  if (std::string* member = text_of(part)) {
    *member += text;
  } else if (part == SystemPart::kActivityId) {
    put_activity_id(text);
  } else if (part == SystemPart::kTime) {
    put_time(parse_iso8601(trim(text)));
  } else {
    put_number(part, parse_number(trim(text)));
  }
}

void SystemSetter::put(SystemPart part, const Value& value) {
  if (std::string* member = text_of(part)) {
    append_text(*member, value);
  } else if (part == SystemPart::kActivityId) {
    if (value.is(ValueType::kGuid)) {
      append_guid(event_->activity_id, value.bytes());
    } else {
      scratch_.clear();
      append_text(scratch_, value);
      put_activity_id(scratch_);
    }
  } else if (part == SystemPart::kTime) {
    put_time(to_instant(value));
  } else {
    put_number(part, to_number(value));
  }
}

void SystemSetter::put_activity_id(std::string_view text) {
  for (const char c : text) {
    if (c != '{' && c != '}') {
      event_->activity_id +=
          c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
}

void SystemSetter::put_time(std::optional<Instant> time) {
  // FILETIME 0 is an empty field; the record's header knows better.
  if (time && *time != from_filetime(0)) {
    event_->time = *time;
    has_time_ = true;
  }
}

void SystemSetter::put_number(SystemPart part,
                              std::optional<std::uint64_t> number) {
  if (!number) {
    return;
  }
  switch (part) {
    case SystemPart::kEventId:  // the high half of old ids is the qualifiers
      event_->event_id = static_cast<std::uint32_t>(*number & 0xffff);
      return;
    case SystemPart::kLevel:
      event_->level = static_cast<std::uint8_t>(*number & 0xff);
      return;
    case SystemPart::kEventRecordId:
      event_->record_id = *number;
      return;
    case SystemPart::kProcessId:
      event_->process_id = static_cast<std::uint32_t>(*number);
      return;
    case SystemPart::kThreadId:
      event_->thread_id = static_cast<std::uint32_t>(*number);
      return;
    default:
      return;
  }
}

}  // namespace deskfall::evtx
