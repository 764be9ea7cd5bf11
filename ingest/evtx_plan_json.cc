#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

#include "ingest/evtx_plan.h"
#include "ingest/evtx_plan_writer.h"
#include "ingest/evtx_template.h"

namespace deskfall::evtx {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

bool is_slot(const Step& step) {
  return step.kind == StepKind::kSlot || step.kind == StepKind::kOptionalSlot;
}

/// Every member is written with a comma behind it; closing an object or array
/// takes the last comma back - here, when the last member is there whatever
/// the values are, so that opening and closing are plain text; else while
/// rendering. Children of an element are grouped by name in order of first
/// occurrence, on an explicit stack.
class JsonPlanBuilder {
 public:
  JsonPlanBuilder(const Template& shape, RenderPlan& plan)
      : shape_(shape), writer_(plan), next_(shape.steps.size(), kNone) {}

  void run() {
    push(0, static_cast<std::uint32_t>(shape_.steps.size()), kNone, kNone);
    while (!stack_.empty()) {
      step_on();
    }
    writer_.finish();
  }

 private:
  /// Members of one object that share a name; each knows the next_ one.
  struct Group {
    std::string_view key;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;

    [[nodiscard]] bool is_array() const {
      return first != last && !key.empty();
    }
  };

  /// An element whose children are being written.
  struct Level {
    std::size_t groups = 0;        ///< where those begin, of groups_
    std::size_t group = 0;         ///< the one being written
    std::uint32_t member = kNone;  ///< of it, the step to be written
    std::uint32_t skip = kNone;    ///< its kSkip piece
    std::uint32_t open = kNone;    ///< its kOpen piece; kNone: no braces
    std::uint32_t array = kNone;   ///< kOpen of the group being written
  };

  static constexpr std::string_view kText = "#text";

  void push(std::uint32_t begin, std::uint32_t end, std::uint32_t skip,
            std::uint32_t open) {
    Level level;
    level.skip = skip;
    level.open = open;
    level.groups = groups_.size();
    level.group = level.groups;
    for (std::uint32_t i = begin; i < end; ++i) {
      const Step& step = shape_.steps[i];
      if (step.kind == StepKind::kInstruction || is_blank(step)) {
        continue;
      }
      std::string_view key = kText;
      if (step.kind == StepKind::kOpen) {
        key = key_of(i);
      } else if (step.kind == StepKind::kInstance || step.holds_binxml) {
        key = {};  // its root brings a name of its own
      }
      const auto group = std::find_if(
          groups_.begin() + static_cast<std::ptrdiff_t>(level.groups),
          groups_.end(),
          [key](const Group& known) { return known.key == key; });
      if (group == groups_.end()) {
        groups_.push_back({key, i, i});
      } else {
        next_[group->last] = i;
        group->last = i;
      }
      if (step.kind == StepKind::kOpen) {
        i = step.end;
      }
    }
    if (level.groups < groups_.size()) {
      level.member = groups_[level.groups].first;
    }
    stack_.push_back(level);
  }

  void step_on() {
    Level& level = stack_.back();
    if (level.group == groups_.size()) {
      const std::uint32_t skip = level.skip;
      if (level.open != kNone) {
        const bool only_text =
            groups_.size() == level.groups + 1 && groups_.back().key == kText;
        close(level.open, "}", only_text);
      }
      groups_.resize(level.groups);
      stack_.pop_back();
      end_skip(skip);
      return;
    }
    const Group group = groups_[level.group];
    if (group.is_array() && level.member == group.first) {
      level.array = open_with(group.key, "[");
    }
    if (level.member == kNone) {
      ++level.group;
      level.member =
          level.group < groups_.size() ? groups_[level.group].first : kNone;
      if (group.is_array()) {
        close(level.array, "]", false);
      }
      return;
    }
    const std::uint32_t at = level.member;
    level.member = next_[at];
    if (shape_.steps[at].kind == StepKind::kOpen) {
      element(at, group.is_array() ? std::string_view() : group.key,
              group.is_array());  // may push
    } else {
      text(at, group.key, group.is_array());
    }
  }

  /// Text, slot or instance beside elements or attributes.
  void text(std::uint32_t at, std::string_view key, bool array) {
    const Step& step = shape_.steps[at];
    if (step.kind == StepKind::kInstance) {
      writer_.piece(PieceKind::kInstance).jump = step.at;
      return;
    }
    if (is_slot(step)) {
      const std::uint32_t begin = writer_.here();
      name(array ? std::string_view() : step.holds_binxml ? kText : key);
      writer_.piece(PieceKind::kOptional, begin, step.slot).in_array = array;
      writer_.end_piece(",");
      return;
    }
    name(array ? std::string_view() : key);
    quoted(at, at + 1);
  }

  void element(std::uint32_t at, std::string_view key, bool array) {
    const Step& step = shape_.steps[at];
    std::uint32_t skip = kNone;
    if (step.slot != kNoSlot) {
      skip = writer_.next();
      writer_.piece(PieceKind::kSkip, step.slot);
    }
    std::uint32_t content = at + 1;
    bool attributes = false;
    while (shape_.steps[content].kind == StepKind::kAttribute) {
      attributes = attributes || !stands_for_element(at, content);
      content = shape_.steps[content].end;
    }
    if (!attributes && is_plain(content, step.end)) {
      plain(step, content, key, array);
      end_skip(skip);
      return;
    }
    const std::uint32_t open = open_with(key, "{");
    if (attributes) {
      const std::uint32_t inner = open_with("#attributes", "{");
      for (std::uint32_t i = at + 1; i < content; i = shape_.steps[i].end) {
        if (!stands_for_element(at, i)) {
          attribute(i);
        }
      }
      close_attributes(inner);
    }
    push(content, step.end, skip, open);
  }

  /// An element that holds nothing but characters.
  void plain(const Step& step, std::uint32_t content, std::string_view key,
             bool array) {
    if (step.only_slot != kNoSlot) {
      const std::uint32_t begin = writer_.here();
      name(key);
      writer_.piece(PieceKind::kElement, begin, step.only_slot).in_array =
          array;
      writer_.literal(",");
      return;
    }
    name(key);
    if (content == step.end) {
      writer_.literal("null,");
    } else {
      quoted(content, step.end);
    }
  }

  void attribute(std::uint32_t at) {
    const Step& step = shape_.steps[at];
    const Step& value =
        shape_.steps[std::min<std::size_t>(at + 1, shape_.steps.size() - 1)];
    if (step.end == at + 2 && is_slot(value)) {
      const bool stays = value.kind == StepKind::kSlot;
      const std::uint32_t begin = writer_.here();
      name(shape_.name(step));
      writer_
          .piece(stays ? PieceKind::kElement : PieceKind::kOptional, begin,
                 value.slot)
          .in_attribute = true;
      stays ? writer_.literal(",") : writer_.end_piece(",");
      return;
    }
    name(shape_.name(step));
    quoted(at + 1, step.end);
  }

  /// Texts and slots as one string.
  void quoted(std::uint32_t begin, std::uint32_t end) {
    writer_.literal("\"");
    for (std::uint32_t i = begin; i < end; ++i) {
      const Step& step = shape_.steps[i];
      if (is_slot(step)) {
        writer_.piece(PieceKind::kValue, step.slot);
      } else if (step.kind != StepKind::kInstruction) {
        writer_.escaped(shape_.name(step), Escape::kJson);
      }
    }
    writer_.literal("\",");
  }

  void name(std::string_view key) {
    if (!key.empty()) {
      writer_.literal("\"");
      writer_.escaped(key, Escape::kJson);
      writer_.literal("\":");
    }
  }

  /// Begins an object or array; returns its kOpen piece.
  std::uint32_t open_with(std::string_view key, std::string_view bracket) {
    const std::uint32_t begin = writer_.here();
    name(key);
    writer_.literal(bracket);
    writer_.piece(PieceKind::kOpen, begin);
    return writer_.next() - 1;
  }

  /// `only_text`: a text that is left alone takes the place of the object.
  void close(std::uint32_t open, std::string_view bracket, bool only_text) {
    if (only_text) {
      writer_.piece(PieceKind::kClose).in_array = true;
      writer_.end_piece(bracket);
    } else {
      end(open, bracket);
    }
    writer_.literal(",");
  }

  void close_attributes(std::uint32_t open) {
    if (end(open, "},") == PieceKind::kClose) {
      writer_.last().in_attribute = true;
    }
  }

  /// Closes by text alone, or by a piece that sees an open bracket in front of
  /// it when nothing came; either way the opening is plain text.
  PieceKind end(std::uint32_t open, std::string_view bracket) {
    writer_.forget_piece(open);
    if (writer_.take_comma()) {
      writer_.literal(bracket);
      return PieceKind::kNothing;
    }
    writer_.piece(PieceKind::kClose);
    writer_.end_piece(bracket);
    return PieceKind::kClose;
  }

  void end_skip(std::uint32_t skip) {
    if (skip != kNone) {
      writer_.end_skip(skip);
    }
  }

  /// The Name of a <Data> that is a constant takes the element's place.
  [[nodiscard]] bool stands_for_element(std::uint32_t element,
                                        std::uint32_t attribute) const {
    const Step& step = shape_.steps[attribute];
    return shape_.steps[element].noun == Noun::kData &&
           step.noun == Noun::kName && step.end == attribute + 2 &&
           shape_.steps[attribute + 1].kind == StepKind::kText;
  }

  [[nodiscard]] std::string_view key_of(std::uint32_t element) const {
    for (std::uint32_t i = element + 1;
         shape_.steps[i].kind == StepKind::kAttribute;
         i = shape_.steps[i].end) {
      if (stands_for_element(element, i)) {
        return shape_.name(shape_.steps[i + 1]);
      }
    }
    return shape_.name(shape_.steps[element]);
  }

  [[nodiscard]] bool is_plain(std::uint32_t begin, std::uint32_t end) const {
    return std::all_of(
        shape_.steps.begin() + static_cast<std::ptrdiff_t>(begin),
        shape_.steps.begin() + static_cast<std::ptrdiff_t>(end),
        [](const Step& step) {
          return step.kind != StepKind::kOpen &&
                 step.kind != StepKind::kInstance && !step.holds_binxml;
        });
  }

  /// White space between elements.
  [[nodiscard]] bool is_blank(const Step& step) const {
    return step.kind == StepKind::kText &&
           shape_.name(step).find_first_not_of(" \t\r\n") ==
               std::string_view::npos;
  }

  const Template& shape_;
  PlanWriter writer_;
  std::vector<Level> stack_;
  std::vector<Group> groups_;        ///< of all levels
  std::vector<std::uint32_t> next_;  ///< by step, in its group
};

}  // namespace

void build_json_plan(const Template& shape, RenderPlan& plan) {
  JsonPlanBuilder(shape, plan).run();
}

}  // namespace deskfall::evtx
