#include "ingest/evtx_event_read.h"

#include <cstring>

#include "ingest/evtx_walk.h"
#include "ingest/text.h"

namespace deskfall::evtx {

namespace {

/// Kinds that are remembered at a plan, and the bytes of values that tell one;
/// real ones have some 200.
constexpr std::size_t kKindSlots = 32;
constexpr std::size_t kMostKindBytes = 512;

void append_raw(std::string& out, const Value& value) {
  out += static_cast<char>(value.type);
  out += static_cast<char>(value.size & 0xffU);
  out += static_cast<char>(value.size >> 8U);
  out.append(reinterpret_cast<const char*>(value.data), value.size);
}

/// Whether `raw` begins with what append_raw() made of an equal value, which
/// is then taken off.
bool take_equal(std::string_view& raw, const Value& value) {
  constexpr std::size_t kHead = 3;
  const std::size_t size = kHead + value.size;
  const bool equal =
      raw.size() >= size && raw[0] == static_cast<char>(value.type) &&
      raw[1] == static_cast<char>(value.size & 0xffU) &&
      raw[2] == static_cast<char>(value.size >> 8U) &&
      (value.size == 0 ||
       std::memcmp(raw.data() + kHead, value.data, value.size) == 0);
  raw.remove_prefix(equal ? size : 0);
  return equal;
}

bool holds_elements(const Value& value) {
  return value.is(ValueType::kBinXml) && value.size > 0;
}

}  // namespace

ReadResult EventReader::read(InstanceStack& stack, std::size_t begin,
                             std::size_t end, Event& event,
                             const EvtxOptions& options, EventBatch* batch) {
  event.reset();
  unwanted_ = false;
  recalled_ = false;
  remembered_ = nullptr;
  batch_ = batch;
  writer_.start(event.fields);
  kind_.reset();
  system_.start(event);
  walked_ = mode_ == ReadMode::kWalk ||
            (stack.begin(begin, end) && !follow_plans(stack, event, options));
  ReadResult result;
  if (!walked_) {
    writer_.finish();
    result = stack.result();
  } else {
    event.reset();
    if (OutBuffer* const row = writer_.row()) {
      row->clear();
    }
    filler_.start(event, batch_ == nullptr ? nullptr : &batch_->kinds);
    result = walk_record(stack, begin, end, filler_);
    kind_ = filler_.kind();
  }
  if (batch_ != nullptr && !kind_) {
    kind_ = batch_->kinds.number(event);  // a record without System
  }
  return result;
}

/// False when the record needs the walk.
bool EventReader::follow_plans(InstanceStack& stack, Event& event,
                               const EvtxOptions& options) {
  while (!stack.empty()) {
    Frame& frame = stack.top();
    if (!frame.shape->is_definition) {
      return false;  // used once: a plan would not pay
    }
    FillPlan& plan =
        frame.shape->fill_plans[static_cast<std::size_t>(frame.place)];
    if (plan.state == FillPlan::State::kUnknown) {
      build_fill_plan(*frame.shape, frame.place, plan);
    }
    if (plan.state == FillPlan::State::kNeedsWalk) {
      return false;
    }
    switch (fill(stack, frame, plan, event, options)) {
      case Outcome::kLeft:
        stack.leave();
        break;
      case Outcome::kEntered:
        if (!stack.result().ok()) {
          return true;
        }
        break;
      case Outcome::kDone:
        return true;
      case Outcome::kNeedsWalk:
        return false;
    }
  }
  return true;
}

/// Finds the kind from the values that tell it, if it was met lately.
void EventReader::recall_kind(const InstanceStack& stack, const Frame& frame,
                              FillPlan& plan) {
  const FillStep& step = plan.steps[plan.kind_source->id_step];
  const auto number = step.slot == kNoSlot
                          ? parse_number(trim(plan.view(step.text)))
                          : to_number(stack.value(frame, step.slot));
  const auto id = static_cast<std::uint32_t>(number.value_or(0) & 0xffff);
  std::size_t hash = id;
  std::size_t bytes = 0;
  for (const std::uint16_t slot : plan.kind_source->slots) {
    hash = hash * 31 + stack.value(frame, slot).size;
    bytes += stack.value(frame, slot).size;
  }
  if (bytes > kMostKindBytes) {
    return;
  }
  plan.kinds.resize(kKindSlots);
  remembered_ = &plan.kinds[hash % kKindSlots];
  std::string_view values = remembered_->values;
  bool met =
      remembered_->ledger == &batch_->kinds && remembered_->event_id == id;
  for (const std::uint16_t slot : plan.kind_source->slots) {
    met = met && take_equal(values, stack.value(frame, slot));
  }
  if (met) {
    kind_ = remembered_->kind;
    recalled_ = true;
    unwanted_ = !batch_->kinds.wants(*kind_);
    return;
  }
  remembered_->ledger = nullptr;
  remembered_->event_id = id;
  remembered_->values.clear();
  for (const std::uint16_t slot : plan.kind_source->slots) {
    append_raw(remembered_->values, stack.value(frame, slot));
  }
}

void EventReader::learn_kind(const Event& event) {
  kind_ = batch_->kinds.number(event);
  unwanted_ = !batch_->kinds.wants(*kind_);
  if (remembered_ != nullptr) {
    remembered_->kind = *kind_;
    remembered_->ledger = &batch_->kinds;
  }
}

/// The kind is known now: where its rows take text, fields go there.
void EventReader::aim(Event& event) {
  if (batch_ == nullptr || unwanted_ || writer_.row() != nullptr ||
      !event.fields.empty()) {
    return;
  }
  if (OutBuffer* const row = batch_->row_text(*kind_)) {
    writer_.start(*row);
  }
}

bool EventReader::passes_over(SystemPart part,
                              const EvtxOptions& options) const {
  if (part == SystemPart::kEventId || part == SystemPart::kTime) {
    return false;
  }
  if (options.detail == Detail::kIdAndTime || !recalled_) {
    return options.detail == Detail::kIdAndTime;
  }
  switch (part) {
    case SystemPart::kEventRecordId:
      return false;
    case SystemPart::kComputer:
    case SystemPart::kChannel:
    case SystemPart::kProvider:
      return true;  // the kind tells them
    default:
      return unwanted_;
  }
}

EventReader::Outcome EventReader::fill(InstanceStack& stack, Frame& frame,
                                       FillPlan& plan, Event& event,
                                       const EvtxOptions& options) {
  if (batch_ != nullptr && plan.kind_source && frame.step == 0 && !kind_ &&
      remembered_ == nullptr) {
    recall_kind(stack, frame, plan);
  }
  const auto count = static_cast<std::uint32_t>(plan.steps.size());
  for (std::uint32_t i = frame.step; i < count; ++i) {
    const FillStep& step = plan.steps[i];
    switch (step.kind) {
      case FillKind::kSystem: {
        const bool pass = passes_over(step.part, options);
        if (step.slot == kNoSlot) {
          if (!pass) {
            system_.put(step.part, plan.view(step.text));
          }
          break;
        }
        const Value& value = stack.value(frame, step.slot);
        if (pass && options.detail == Detail::kIdAndTime) {
          break;
        }
        if (holds_elements(value) || value.is_string_array()) {
          return Outcome::kNeedsWalk;
        }
        if (!pass && !value.is_null() && !value.is(ValueType::kBinXml)) {
          system_.put(step.part, value);
        }
        break;
      }
      case FillKind::kField: {
        if (step.slot == kNoSlot) {
          if (!unwanted_) {
            writer_.add_constant(plan, step);
          }
          break;
        }
        const Value& value = stack.value(frame, step.slot);
        if (holds_elements(value) || !stack.spend(1 + value.size)) {
          return Outcome::kNeedsWalk;
        }
        if (!unwanted_) {
          writer_.add(plan, step, value);
        }
        break;
      }
      case FillKind::kSkip:
        if (stack.value(frame, step.slot).is_null()) {
          i = step.jump - 1;
        }
        break;
      case FillKind::kEnter: {
        const Value& value = stack.value(frame, step.slot);
        if (holds_elements(value)) {
          frame.step = i + 1;
          const std::size_t depth = stack.depth();
          if (stack.enter(value) && stack.depth() > depth) {
            stack.top().place = step.place;
          }
          return Outcome::kEntered;
        }
        break;
      }
      case FillKind::kInstance:
        frame.step = i + 1;
        if (stack.enter_instance(step.jump)) {
          stack.top().place = step.place;
        }
        return Outcome::kEntered;
      case FillKind::kEndOfSystem:
        if (options.detail == Detail::kIdAndTime) {
          return Outcome::kDone;
        }
        if (batch_ != nullptr && !kind_) {
          learn_kind(event);
        }
        unwanted_ = unwanted_ || !options.asks_for(event.event_id);
        aim(event);
        break;
    }
  }
  return Outcome::kLeft;
}

}  // namespace deskfall::evtx
