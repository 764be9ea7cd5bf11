// EVTX BinXML: reads the payload of records, template by template.
//
// BinXmlReader holds the compiled templates of one chunk and walks a record
// over them, telling a visitor what it meets, in document order:
//
//   open(name, noun)  attribute(name, noun)  text(utf8)  value(Value)
//   end_attribute()   cdata(utf8)  instruction(utf8)  close(name, noun)
//
// Text and value stand in the attribute that was begun last, or else in the
// element. An element around a string array comes once per item; NULL values
// are not told. Nested template instances are entered on an explicit stack;
// depth and total work of a record are bounded, so that a crafted record
// cannot keep the reader busy.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "ingest/evtx_template.h"
#include "ingest/evtx_value.h"

namespace deskfall::evtx {

struct ReadResult {
  std::string_view problem;     ///< empty: the record was read
  std::size_t end = 0;          ///< behind its last BinXML byte
  bool values_missing = false;  ///< fewer values than the template uses

  [[nodiscard]] bool ok() const { return problem.empty(); }
};

class BinXmlReader {
 public:
  /// Forgets the templates of the last chunk.
  void start_chunk(Bytes chunk);

  /// Walks the BinXML in [begin, end) of the chunk. Every template has to
  /// prove that it is the one the record was written with: its GUID begins
  /// with the id in the record (true for all 673,356 instances in live records
  /// of 1,586 public files) and its names carry the right hashes. A definition
  /// that was overwritten by another one would print values under wrong names.
  template <typename Visitor>
  ReadResult read(std::size_t begin, std::size_t end, Visitor& visitor);

 private:
  static constexpr std::uint32_t kNone =
      std::numeric_limits<std::uint32_t>::max();

  /// Steps plus bytes handed to the visitor, per record. The largest record
  /// of 1,586 public files is 56 KB.
  static constexpr std::size_t kMostWork = 8U << 20U;

  /// Compiled steps and text per chunk. Definitions that do not overlap stay
  /// far below it, since all of them fit into 64 KiB.
  static constexpr std::size_t kMostCompiled = 1U << 20U;

  struct CachedTemplate {
    std::uint32_t offset = 0;
    std::string_view problem;
    std::unique_ptr<Template> plan;
  };

  /// One template instance that is being walked.
  struct Frame {
    const Template* plan = nullptr;
    std::uint32_t step = 0;
    std::uint32_t first_value = 0;
    std::uint32_t value_count = 0;
    std::uint32_t repeated = kNone;  ///< the kOpen of a string array
    Value item;                      ///< what stands for its slot now
    Value rest;                      ///< items still to come
  };

  bool enter_fragment(std::size_t begin, std::size_t end, Place place);
  bool enter_instance(std::size_t at, std::size_t end);
  void enter_plan(const Template& plan, std::size_t values);
  void leave();
  const CachedTemplate& definition(std::uint32_t offset);
  bool give_up(std::string_view problem);

  [[nodiscard]] Value value_of(const Frame& frame, std::uint16_t slot) const {
    if (frame.repeated != kNone &&
        slot == frame.plan->steps[frame.repeated].only_slot) {
      return frame.item;
    }
    return slot < frame.value_count ? values_[frame.first_value + slot]
                                    : Value{};
  }
  [[nodiscard]] bool attribute_vanishes(const Frame& frame,
                                        const Step& attribute) const;
  [[nodiscard]] std::size_t offset_of(const Value& value) const {
    return static_cast<std::size_t>(value.data - chunk_.data());
  }

  template <typename Visitor>
  bool walk_step(Frame& frame, const Step& step, Visitor& visitor);
  template <typename Visitor>
  void walk_piece(const Frame& frame, const Step& step, Visitor& visitor);

  Bytes chunk_;
  std::vector<CachedTemplate> cache_;  ///< by first use; kept for its memory
  std::size_t cached_ = 0;             ///< entries of this chunk
  std::size_t compiled_ = 0;           ///< work spent on them

  // The record being walked.
  std::vector<Frame> frames_;
  std::vector<Value> values_;
  std::array<Template, kMostInstances> fragments_;  ///< by depth
  std::size_t work_ = 0;
  ReadResult result_;
};

template <typename Visitor>
ReadResult BinXmlReader::read(std::size_t begin, std::size_t end,
                              Visitor& visitor) {
  frames_.clear();
  values_.clear();
  work_ = 0;
  result_ = ReadResult{};
  if (!enter_fragment(begin, end, Place::kRecord)) {
    return result_;
  }
  if (frames_.empty()) {
    give_up("record without content");
    return result_;
  }
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.step == frame.plan->steps.size()) {
      leave();
      continue;
    }
    if (++work_ > kMostWork) {
      give_up("record expands without end");
      return result_;
    }
    if (!walk_step(frame, frame.plan->steps[frame.step], visitor)) {
      return result_;
    }
  }
  return result_;
}

template <typename Visitor>
bool BinXmlReader::walk_step(Frame& frame, const Step& step, Visitor& visitor) {
  const Template& plan = *frame.plan;
  switch (step.kind) {
    case StepKind::kOpen: {
      if (step.slot != kNoSlot && value_of(frame, step.slot).is_null()) {
        frame.step = step.end + 1;
        return true;
      }
      if (step.only_slot != kNoSlot && frame.repeated == kNone) {
        const Value value = value_of(frame, step.only_slot);
        if (value.is_string_array()) {
          frame.rest = value;
          frame.item = take_item(frame.rest);
          frame.repeated = frame.step;
        }
      }
      visitor.open(plan.name(step), step.noun);
      break;
    }
    case StepKind::kAttribute:
      if (!attribute_vanishes(frame, step)) {
        visitor.attribute(plan.name(step), step.noun);
        for (std::uint32_t i = frame.step + 1; i < step.end; ++i) {
          walk_piece(frame, plan.steps[i], visitor);
        }
        visitor.end_attribute();
      }
      frame.step = step.end;
      return true;
    case StepKind::kClose:
      visitor.close(plan.name(step), step.noun);
      if (frame.repeated != kNone &&
          plan.steps[frame.repeated].end == frame.step) {
        if (frame.rest.size > 0) {
          frame.item = take_item(frame.rest);
          frame.step = frame.repeated;
          return true;
        }
        frame.repeated = kNone;
      }
      break;
    case StepKind::kInstance: {
      const std::size_t at = step.at;
      ++frame.step;  // before entering, which may move the frames
      return enter_instance(at, chunk_.size());
    }
    case StepKind::kSlot:
    case StepKind::kOptionalSlot: {
      const Value value = value_of(frame, step.slot);
      if (value.is(ValueType::kBinXml)) {
        ++frame.step;
        const std::size_t at = offset_of(value);
        return value.size == 0 ||
               enter_fragment(at, at + value.size, Place::kValue);
      }
      walk_piece(frame, step, visitor);
      break;
    }
    default:
      walk_piece(frame, step, visitor);
  }
  ++frame.step;
  return true;
}

template <typename Visitor>
void BinXmlReader::walk_piece(const Frame& frame, const Step& step,
                              Visitor& visitor) {
  switch (step.kind) {
    case StepKind::kText:
      work_ += step.size;
      visitor.text(frame.plan->name(step));
      return;
    case StepKind::kCData:
      work_ += step.size;
      visitor.cdata(frame.plan->name(step));
      return;
    case StepKind::kInstruction:
      work_ += step.size;
      visitor.instruction(frame.plan->name(step));
      return;
    case StepKind::kSlot:
    case StepKind::kOptionalSlot: {
      const Value value = value_of(frame, step.slot);
      if (!value.is_null() && !value.is(ValueType::kBinXml)) {
        work_ += value.size;
        visitor.value(value);
      }
      return;
    }
    default:
      return;
  }
}

}  // namespace deskfall::evtx
