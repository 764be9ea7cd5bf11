// walk_record: tells a visitor what an EVTX record says, in document order.
//
//   open(name, noun)  attribute(name, noun)  text(utf8)  value(Value)
//   end_attribute()   cdata(utf8)  instruction(utf8)  close(name, noun)
//
// Text and value stand in the attribute that was begun last, or else in the
// element. An element around a string array comes once per item; NULL values
// are not told; an attribute made of optional NULLs does not come at all.
#pragma once

#include <algorithm>

#include "ingest/evtx_instances.h"

namespace deskfall::evtx {

template <typename Visitor>
class RecordWalk {
 public:
  RecordWalk(InstanceStack& stack, Visitor& visitor)
      : stack_(stack), visitor_(visitor) {}

  void run() {
    while (!stack_.empty()) {
      Frame& frame = stack_.top();
      if (frame.step == frame.shape->steps.size()) {
        stack_.leave();
      } else if (!stack_.spend(1) ||
                 !step(frame, frame.shape->steps[frame.step])) {
        return;
      }
    }
  }

 private:
  bool step(Frame& frame, const Step& step) {
    const Template& shape = *frame.shape;
    switch (step.kind) {
      case StepKind::kOpen:
        if (step.slot != kNoSlot && stack_.item(frame, step.slot).is_null()) {
          frame.step = step.end + 1;
          return true;
        }
        begin_repetition(frame, step);
        visitor_.open(shape.name(step), step.noun);
        break;
      case StepKind::kClose:
        visitor_.close(shape.name(step), step.noun);
        if (repeats(frame)) {
          return true;
        }
        break;
      case StepKind::kAttribute:
        return attribute(frame, step);
      case StepKind::kInstance: {
        const std::size_t at = step.at;
        ++frame.step;  // before entering, which may move the frames
        return stack_.enter_instance(at);
      }
      case StepKind::kSlot:
      case StepKind::kOptionalSlot: {
        const Value value = stack_.item(frame, step.slot);
        if (value.is(ValueType::kBinXml)) {
          ++frame.step;
          return stack_.enter(value);
        }
        if (!piece(frame, step)) {
          return false;
        }
        break;
      }
      default:
        if (!piece(frame, step)) {
          return false;
        }
    }
    ++frame.step;
    return true;
  }

  /// An element whose whole content is a string array comes once per item.
  void begin_repetition(Frame& frame, const Step& open) {
    if (open.only_slot == kNoSlot || frame.repeated != Frame::kNone) {
      return;
    }
    const Value value = stack_.item(frame, open.only_slot);
    if (value.is_string_array()) {
      frame.rest = value;
      frame.item = take_item(frame.rest);
      frame.repeated = frame.step;
    }
  }

  bool repeats(Frame& frame) {
    if (frame.repeated == Frame::kNone ||
        frame.shape->steps[frame.repeated].end != frame.step) {
      return false;
    }
    if (frame.rest.size == 0) {
      frame.repeated = Frame::kNone;
      return false;
    }
    frame.item = take_item(frame.rest);
    frame.step = frame.repeated;
    return true;
  }

  bool attribute(Frame& frame, const Step& step) {
    const auto& steps = frame.shape->steps;
    const auto begin =
        steps.begin() + static_cast<std::ptrdiff_t>(frame.step) + 1;
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(step.end);
    const bool vanishes =
        begin != end && std::all_of(begin, end, [&](const Step& part) {
          return part.kind == StepKind::kOptionalSlot &&
                 stack_.item(frame, part.slot).is_null();
        });
    if (!vanishes) {
      visitor_.attribute(frame.shape->name(step), step.noun);
      for (auto part = begin; part != end; ++part) {
        if (!piece(frame, *part)) {
          return false;
        }
      }
      visitor_.end_attribute();
    }
    frame.step = step.end;
    return true;
  }

  bool piece(const Frame& frame, const Step& step) {
    switch (step.kind) {
      case StepKind::kText:
        visitor_.text(frame.shape->name(step));
        return stack_.spend(step.size);
      case StepKind::kCData:
        visitor_.cdata(frame.shape->name(step));
        return stack_.spend(step.size);
      case StepKind::kInstruction:
        visitor_.instruction(frame.shape->name(step));
        return stack_.spend(step.size);
      default: {
        const Value value = stack_.item(frame, step.slot);
        if (value.is_null() || value.is(ValueType::kBinXml)) {
          return true;
        }
        visitor_.value(value);
        return stack_.spend(value.size);
      }
    }
  }

  InstanceStack& stack_;
  Visitor& visitor_;
};

/// Walks the BinXML in [begin, end) of the stack's chunk.
template <typename Visitor>
ReadResult walk_record(InstanceStack& stack, std::size_t begin, std::size_t end,
                       Visitor& visitor) {
  if (stack.begin(begin, end)) {
    RecordWalk<Visitor>(stack, visitor).run();
  }
  return stack.result();
}

}  // namespace deskfall::evtx
