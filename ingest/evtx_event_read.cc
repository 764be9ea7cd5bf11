#include "ingest/evtx_event_read.h"

#include "ingest/evtx_walk.h"

namespace deskfall::evtx {

namespace {

bool holds_elements(const Value& value) {
  return value.is(ValueType::kBinXml) && value.size > 0;
}

}  // namespace

ReadResult EventReader::read(InstanceStack& stack, std::size_t begin,
                             std::size_t end, Event& event,
                             const EvtxOptions& options) {
  event.reset();
  walked_ = false;
  unwanted_ = false;
  if (mode_ == ReadMode::kPlan) {
    system_.start(event);
    if (!stack.begin(begin, end) || follow_plans(stack, event, options)) {
      return stack.result();
    }
    event.reset();
  }
  walked_ = true;
  filler_.start(event, options.filter);
  return walk_record(stack, begin, end, filler_);
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

EventReader::Outcome EventReader::fill(InstanceStack& stack, Frame& frame,
                                       const FillPlan& plan, Event& event,
                                       const EvtxOptions& options) {
  const auto count = static_cast<std::uint32_t>(plan.steps.size());
  for (std::uint32_t i = frame.step; i < count; ++i) {
    const FillStep& step = plan.steps[i];
    switch (step.kind) {
      case FillKind::kSystem: {
        if (options.detail == Detail::kIdAndTime &&
            step.part != SystemPart::kEventId &&
            step.part != SystemPart::kTime) {
          break;
        }
        if (step.slot == kNoSlot) {
          system_.put(step.part, plan.view(step.text));
          break;
        }
        const Value& value = stack.value(frame, step.slot);
        if (holds_elements(value) || value.is_string_array()) {
          return Outcome::kNeedsWalk;
        }
        if (!value.is_null() && !value.is(ValueType::kBinXml)) {
          system_.put(step.part, value);
        }
        break;
      }
      case FillKind::kField: {
        const std::string_view name = plan.view(step.name);
        if (step.slot == kNoSlot) {
          if (!unwanted_) {
            event.fields.add(name, plan.view(step.text));
          }
          break;
        }
        const Value& value = stack.value(frame, step.slot);
        if (holds_elements(value) || !stack.spend(1 + value.size)) {
          return Outcome::kNeedsWalk;
        }
        if (!unwanted_) {
          add_field(name, step, value, event);
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
        unwanted_ =
            !options.asks_for(event.event_id) ||
            (options.filter != nullptr && !options.filter->wants_fields(event));
        break;
    }
  }
  return Outcome::kLeft;
}

void EventReader::add_field(std::string_view name, const FillStep& step,
                            const Value& value, Event& event) {
  if (value.is_null() && step.optional) {
    return;
  }
  if (value.is_string_array() && !step.in_attribute) {
    Value rest = value;
    do {
      scratch_.clear();
      append_text(scratch_, take_item(rest));
      if (!scratch_.empty() || !step.drop_empty) {
        event.fields.add(name, scratch_);
      }
    } while (rest.size > 0);
    return;
  }
  if (step.drop_empty) {
    scratch_.clear();
    append_text(scratch_, value);
    if (!scratch_.empty()) {
      event.fields.add(name, scratch_);
    }
    return;
  }
  append_text(event.fields.begin_value(name), value);
  event.fields.end_value();
}

}  // namespace deskfall::evtx
