#include "ingest/evtx_event.h"

#include "ingest/text.h"

namespace deskfall::evtx {

void EventFiller::start(Event& event, KindLedger* kinds) {
  event_ = &event;
  kinds_ = kinds;
  kind_.reset();
  unwanted_ = false;
  system_.start(event);
  is_rendered_ = false;
  depth_ = 0;
  section_ = Section::kNone;
  target_ = Target::kNothing;
  element_part_ = SystemPart::kNone;
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
    if (noun == Noun::kSystem) {
      section_ = Section::kSystem;
    } else if (noun == Noun::kRenderingInfo) {
      section_ = Section::kIgnored;
      is_rendered_ = true;
    } else if (unwanted_) {
      section_ = Section::kIgnored;
    } else if (noun == Noun::kEventData || noun == Noun::kUserData) {
      section_ =
          noun == Noun::kEventData ? Section::kEventData : Section::kUserData;
      payload_depth_ = 3;
    } else {
      section_ = Section::kOther;
      payload_depth_ = 2;
      open_payload(name, noun);
    }
    return;
  }
  if (section_ == Section::kSystem) {
    element_ = depth_ == 3 ? noun : Noun::kOther;
    element_part_ = system_part(element_);
    aim_at_system(element_part_);
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
    element_part_ = SystemPart::kNone;
    aim_at_system(element_part_);
  } else if (!levels_.empty()) {
    close_payload(name);
  }
  --depth_;
  if (depth_ <= 1) {
    // The payload follows the System part.
    if (section_ == Section::kSystem && kinds_ != nullptr && !kind_) {
      kind_ = kinds_->number(*event_);
      unwanted_ = !kinds_->wants(*kind_);
    }
    section_ = Section::kNone;
  }
}

void EventFiller::attribute(std::string_view name, Noun noun) {
  attribute_.clear();
  if (section_ == Section::kSystem) {
    aim_at_system(system_part(element_, noun));
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
  if (section_ == Section::kSystem) {
    aim_at_system(element_part_);
  } else {
    target_ = levels_.empty() ? Target::kNothing : Target::kText;
  }
}

void EventFiller::text(std::string_view text) {
  switch (target_) {
    case Target::kNothing:
      return;
    case Target::kSystem:
      system_.put(part_, text);
      return;
    case Target::kText:
      text_ += text;
      return;
    case Target::kDataName:
      data_name_ += text;
      return;
    case Target::kAttribute:
      attribute_ += text;
  }
}

void EventFiller::value(const Value& value) {
  switch (target_) {
    case Target::kNothing:
      return;
    case Target::kSystem:
      system_.put(part_, value);
      return;
    case Target::kText:
      append_text(text_, value);
      return;
    case Target::kDataName:
      append_text(data_name_, value);
      return;
    case Target::kAttribute:
      append_text(attribute_, value);
  }
}

}  // namespace deskfall::evtx
