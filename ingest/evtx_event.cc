#include "ingest/evtx_event.h"

#include "ingest/text.h"

namespace deskfall::evtx {

void EventFiller::start(Event& event, const EventFilter* filter) {
  event_ = &event;
  filter_ = filter;
  done_ = false;
  has_time_ = false;
  is_rendered_ = false;
  depth_ = 0;
  section_ = Section::kNone;
  target_ = Target::kNothing;
  element_target_ = Target::kNothing;
  levels_.clear();
  path_.clear();
  text_.clear();
  is_data_ = false;
}

void EventFiller::open(std::string_view name, Noun noun) {
  ++depth_;
  if (depth_ == 1) {
    return;
  }
  if (depth_ == 2) {
    target_ = Target::kNothing;
    switch (noun) {
      case Noun::kSystem:
        section_ = Section::kSystem;
        return;
      case Noun::kEventData:
        section_ = Section::kEventData;
        payload_depth_ = 3;
        return;
      case Noun::kUserData:
        section_ = Section::kUserData;
        payload_depth_ = 3;
        return;
      case Noun::kRenderingInfo:
        section_ = Section::kIgnored;
        is_rendered_ = true;
        return;
      default:
        section_ = Section::kOther;
        payload_depth_ = 2;
        open_payload(name, noun);
        return;
    }
  }
  if (section_ == Section::kSystem) {
    element_ = depth_ == 3 ? noun : Noun::kOther;
    element_target_ = system_element();
    target_ = element_target_;
  } else if (section_ != Section::kIgnored && depth_ >= payload_depth_) {
    open_payload(name, noun);
  }
}

void EventFiller::open_payload(std::string_view name, Noun noun) {
  if (!levels_.empty()) {
    levels_.back().has_children = true;
  }
  Level level;
  level.path = static_cast<std::uint32_t>(path_.size());
  level.text = static_cast<std::uint32_t>(text_.size());
  levels_.push_back(level);
  // The element below UserData is a wrapper, named after the event's schema.
  if (section_ != Section::kUserData || depth_ > payload_depth_) {
    if (!path_.empty()) {
      path_ += '/';
    }
    path_ += name;
  }
  // The Name attribute stands for the element only in a plain <Data>.
  is_data_ = section_ == Section::kEventData && depth_ == payload_depth_ &&
             noun == Noun::kData;
  target_ = Target::kText;
}

void EventFiller::close_payload(std::string_view name) {
  const Level level = levels_.back();
  levels_.pop_back();
  const std::string_view text = std::string_view(text_).substr(level.text);
  if (!text.empty() || !(level.has_children || level.has_attributes)) {
    std::string_view field = path_;
    if (level.has_data_name) {
      field = data_name_;
    } else if (path_.empty()) {
      field = name;  // a wrapper that holds nothing but text
    }
    if (!path_.empty() || !text.empty()) {
      event_->fields.add(field, text);
    }
  }
  is_data_ = false;
  text_.resize(level.text);
  path_.resize(level.path);
  target_ = levels_.empty() ? Target::kNothing : Target::kText;
}

void EventFiller::close(std::string_view name, Noun) {
  if (section_ == Section::kSystem) {
    element_target_ = Target::kNothing;
    target_ = Target::kNothing;
  } else if (!levels_.empty()) {
    close_payload(name);
  }
  --depth_;
  if (depth_ <= 1) {
    // The payload follows the System part.
    done_ = section_ == Section::kSystem && filter_ != nullptr &&
            !filter_->wants_fields(event_->provider, event_->event_id);
    section_ = Section::kNone;
  }
}

EventFiller::Target EventFiller::system_element() const {
  switch (element_) {
    case Noun::kEventId:
      return Target::kEventId;
    case Noun::kLevel:
      return Target::kLevel;
    case Noun::kEventRecordId:
      return Target::kEventRecordId;
    case Noun::kChannel:
      return Target::kChannel;
    case Noun::kComputer:
      return Target::kComputer;
    default:
      return Target::kNothing;
  }
}

EventFiller::Target EventFiller::system_attribute(Noun noun) const {
  switch (element_) {
    case Noun::kProvider:
      return noun == Noun::kName ? Target::kProvider : Target::kNothing;
    case Noun::kTimeCreated:
      return noun == Noun::kSystemTime ? Target::kTime : Target::kNothing;
    case Noun::kCorrelation:
      return noun == Noun::kActivityId ? Target::kActivityId : Target::kNothing;
    case Noun::kExecution:
      if (noun == Noun::kProcessId) {
        return Target::kProcessId;
      }
      return noun == Noun::kThreadId ? Target::kThreadId : Target::kNothing;
    case Noun::kSecurity:
      return noun == Noun::kUserId ? Target::kUserSid : Target::kNothing;
    default:
      return Target::kNothing;
  }
}

void EventFiller::attribute(std::string_view name, Noun noun) {
  attribute_.clear();
  if (section_ == Section::kSystem) {
    target_ = system_attribute(noun);
    return;
  }
  if (levels_.empty() || noun == Noun::kXmlns) {
    target_ = Target::kNothing;
    return;
  }
  if (is_data_ && noun == Noun::kName) {
    target_ = Target::kDataName;
    data_name_.clear();
    levels_.back().has_data_name = true;
    return;
  }
  target_ = Target::kAttribute;
  levels_.back().has_attributes = true;
  path_ += path_.empty() ? "@" : "/@";
  path_ += name;
}

void EventFiller::end_attribute() {
  if (target_ == Target::kAttribute) {
    event_->fields.add(path_, attribute_);
    const std::size_t mark = path_.rfind('@');
    path_.resize(mark == 0 ? 0 : mark - 1);
  }
  target_ = section_ == Section::kSystem ? element_target_
            : levels_.empty()            ? Target::kNothing
                                         : Target::kText;
}

void EventFiller::text(std::string_view text) {
  switch (target_) {
    case Target::kNothing:
      return;
    case Target::kText:
      text_ += text;
      return;
    case Target::kDataName:
      data_name_ += text;
      return;
    case Target::kAttribute:
      attribute_ += text;
      return;
    case Target::kProvider:
      event_->provider += text;
      return;
    case Target::kChannel:
      event_->channel += text;
      return;
    case Target::kComputer:
      event_->host += text;
      return;
    case Target::kUserSid:
      event_->user_sid += text;
      return;
    case Target::kActivityId:
      put_activity_id(text);
      return;
    case Target::kTime:
      put_time(parse_iso8601(trim(text)));
      return;
    default:
      put_number(parse_number(trim(text)));
  }
}

void EventFiller::value(const Value& value) {
  switch (target_) {
    case Target::kNothing:
      return;
    case Target::kText:
      append_text(text_, value);
      return;
    case Target::kDataName:
      append_text(data_name_, value);
      return;
    case Target::kAttribute:
      append_text(attribute_, value);
      return;
    case Target::kProvider:
      append_text(event_->provider, value);
      return;
    case Target::kChannel:
      append_text(event_->channel, value);
      return;
    case Target::kComputer:
      append_text(event_->host, value);
      return;
    case Target::kUserSid:
      append_text(event_->user_sid, value);
      return;
    case Target::kActivityId:
      if (value.is(ValueType::kGuid)) {
        append_guid(event_->activity_id, value.bytes());
      } else {
        attribute_.clear();
        append_text(attribute_, value);
        put_activity_id(attribute_);
      }
      return;
    case Target::kTime:
      put_time(to_instant(value));
      return;
    default:
      put_number(to_number(value));
  }
}

void EventFiller::put_activity_id(std::string_view text) {
  for (const char c : text) {
    if (c != '{' && c != '}') {
      event_->activity_id +=
          c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
}

void EventFiller::put_time(std::optional<Instant> time) {
  // FILETIME 0 is an empty field; the record's header knows better.
  if (time && *time != from_filetime(0)) {
    event_->time = *time;
    has_time_ = true;
  }
}

void EventFiller::put_number(std::optional<std::uint64_t> number) {
  if (!number) {
    return;
  }
  switch (target_) {
    case Target::kEventId:  // the high half of old ids is the qualifiers
      event_->event_id = static_cast<std::uint32_t>(*number & 0xffff);
      return;
    case Target::kLevel:
      event_->level = static_cast<std::uint8_t>(*number & 0xff);
      return;
    case Target::kEventRecordId:
      event_->record_id = *number;
      return;
    case Target::kProcessId:
      event_->process_id = static_cast<std::uint32_t>(*number);
      return;
    case Target::kThreadId:
      event_->thread_id = static_cast<std::uint32_t>(*number);
      return;
    default:
      return;
  }
}

}  // namespace deskfall::evtx
