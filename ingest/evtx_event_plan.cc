#include "ingest/evtx_event_plan.h"

#include <algorithm>
#include <limits>

#include "ingest/event.h"
#include "ingest/evtx_template.h"

namespace deskfall::evtx {

namespace {

constexpr std::uint32_t kNoStep = std::numeric_limits<std::uint32_t>::max();

/// Follows the rules of EventFiller (evtx_event.h) for the templates that need
/// no look at the values; gives up on all others.
class FillPlanBuilder {
 public:
  FillPlanBuilder(const Template& shape, FillPlace place, FillPlan& plan)
      : shape_(shape), plan_(plan) {
    depth_ = place == FillPlace::kRecord    ? 0
             : place == FillPlace::kPayload ? 1
                                            : kSectionDepth;
    section_ = place == FillPlace::kInEventData  ? Section::kEventData
               : place == FillPlace::kInUserData ? Section::kUserData
                                                 : Section::kNone;
  }

  bool run() {
    while (at_ < shape_.steps.size()) {
      const Step& step = shape_.steps[at_];
      bool usable = true;
      switch (step.kind) {
        case StepKind::kOpen:
          usable = open(step);
          break;
        case StepKind::kClose:
          close();
          ++at_;
          break;
        case StepKind::kInstance:
          usable = add_inner(FillKind::kInstance);
          plan_.steps.back().jump = step.at;
          ++at_;
          break;
        case StepKind::kSlot:
        case StepKind::kOptionalSlot:
          usable = add_inner(FillKind::kEnter);
          plan_.steps.back().slot = step.slot;
          ++at_;
          break;
        default:
          // Characters beside elements matter in the payload only.
          usable = section_ == Section::kNone || section_ == Section::kSystem;
          ++at_;
      }
      if (!usable) {
        return false;
      }
    }
    return true;
  }

 private:
  enum class Section : std::uint8_t { kNone, kSystem, kEventData, kUserData };

  /// An element whose children are being looked at.
  struct Element {
    std::uint32_t skip = kNoStep;  ///< its kSkip step
    std::size_t path = 0;          ///< bytes of path_ in front of its name
  };

  static constexpr std::uint32_t kSectionDepth = 2;

  FillStep& add(FillKind kind) {
    plan_.steps.emplace_back().kind = kind;
    return plan_.steps.back();
  }

  /// A template inside this one, which may stand below Event or a section.
  bool add_inner(FillKind kind) {
    add(kind).place = section_ == Section::kEventData  ? FillPlace::kInEventData
                      : section_ == Section::kUserData ? FillPlace::kInUserData
                                                       : FillPlace::kPayload;
    return depth_ == 1 ||
           (depth_ == kSectionDepth && section_ != Section::kSystem);
  }

  FillText keep(std::string_view text) {
    const FillText kept{static_cast<std::uint32_t>(plan_.text.size()),
                        static_cast<std::uint32_t>(text.size())};
    plan_.text += text;
    return kept;
  }

  void name(FillStep& fill, std::string_view name) {
    std::string row_name;
    append_json_string(row_name, name);
    fill.name = keep(name);
    fill.row_name = keep(row_name + ':');
  }

  bool open(const Step& step) {
    Element element;
    element.path = path_.size();
    ++depth_;
    if (step.slot != kNoSlot) {
      element.skip = static_cast<std::uint32_t>(plan_.steps.size());
      add(FillKind::kSkip).slot = step.slot;
    }
    if (depth_ == 1) {
      at_ = behind_attributes();
    } else if (depth_ == kSectionDepth) {
      if (!open_section(step)) {
        return false;
      }
      at_ = behind_attributes();
    } else if (section_ == Section::kSystem) {
      return system_child(step) && end_leaf(step, element);
    } else {
      return payload_element(step, element);
    }
    open_.push_back(element);
    return true;
  }

  bool open_section(const Step& step) {
    switch (step.noun) {
      case Noun::kSystem:
        section_ = Section::kSystem;
        return behind_attributes() == at_ + 1;
      case Noun::kEventData:
        section_ = Section::kEventData;
        return true;
      case Noun::kUserData:
        section_ = Section::kUserData;
        return true;
      default:
        return false;
    }
  }

  void close() {
    const Element element = open_.back();
    open_.pop_back();
    if (depth_ == kSectionDepth) {
      if (section_ == Section::kSystem) {
        add(FillKind::kEndOfSystem);
      }
      section_ = Section::kNone;
    }
    finish(element);
  }

  void finish(const Element& element) {
    if (element.skip != kNoStep) {
      plan_.steps[element.skip].jump =
          static_cast<std::uint32_t>(plan_.steps.size());
    }
    path_.resize(element.path);
    --depth_;
  }

  bool end_leaf(const Step& step, const Element& element) {
    at_ = step.end + 1;
    finish(element);
    return true;
  }

  /// First step behind the attributes of the element at at_.
  [[nodiscard]] std::uint32_t behind_attributes() const {
    std::uint32_t i = at_ + 1;
    while (shape_.steps[i].kind == StepKind::kAttribute) {
      i = shape_.steps[i].end;
    }
    return i;
  }

  /// The only part in [begin, end): a constant text or a value. Null when
  /// there are several or others.
  [[nodiscard]] const Step* only_part(std::uint32_t begin,
                                      std::uint32_t end) const {
    if (end != begin + 1) {
      return nullptr;
    }
    const Step& part = shape_.steps[begin];
    const bool is_slot =
        part.kind == StepKind::kSlot || part.kind == StepKind::kOptionalSlot;
    return part.kind == StepKind::kText || (is_slot && !part.holds_binxml)
               ? &part
               : nullptr;
  }

  void set_source(FillStep& fill, const Step& part) {
    if (part.kind == StepKind::kText) {
      fill.text = keep(shape_.name(part));
    } else {
      fill.slot = part.slot;
    }
  }

  bool system_value(SystemPart part, std::uint32_t begin, std::uint32_t end) {
    if (begin == end) {
      return true;
    }
    const Step* source = only_part(begin, end);
    if (source != nullptr && part != SystemPart::kNone) {
      FillStep& fill = add(FillKind::kSystem);
      fill.part = part;
      set_source(fill, *source);
    }
    return source != nullptr;
  }

  bool system_child(const Step& step) {
    std::uint32_t i = at_ + 1;
    for (; shape_.steps[i].kind == StepKind::kAttribute;
         i = shape_.steps[i].end) {
      const SystemPart part = system_part(step.noun, shape_.steps[i].noun);
      if (!system_value(part, i + 1, shape_.steps[i].end)) {
        return false;
      }
    }
    return system_value(system_part(step.noun), i, step.end);
  }

  bool payload_element(const Step& step, Element& element) {
    const std::string_view own_name = shape_.name(step);
    // The element below UserData is a wrapper, named after the event's schema.
    const bool is_child = depth_ == kSectionDepth + 1;
    const bool is_wrapper = is_child && section_ == Section::kUserData;
    if (!is_wrapper) {
      path_ += path_.empty() ? "" : "/";
      path_ += own_name;
    }
    const bool is_data =
        is_child && section_ == Section::kEventData && step.noun == Noun::kData;
    std::string field = path_;
    bool has_attributes = false;
    bool optional_attributes = false;
    std::uint32_t i = at_ + 1;
    for (; shape_.steps[i].kind == StepKind::kAttribute;
         i = shape_.steps[i].end) {
      const Step& attribute = shape_.steps[i];
      if (attribute.noun == Noun::kXmlns) {
        continue;
      }
      const Step* part = only_part(i + 1, attribute.end);
      if (part == nullptr) {
        return false;
      }
      if (is_data && attribute.noun == Noun::kName) {
        field = shape_.name(*part);
        if (part->kind != StepKind::kText) {
          return false;
        }
        continue;
      }
      has_attributes = true;
      FillStep& fill = add(FillKind::kField);
      name(fill, path_ + (path_.empty() ? "@" : "/@") +
                     std::string(shape_.name(attribute)));
      fill.in_attribute = true;
      fill.optional = part->kind == StepKind::kOptionalSlot;
      optional_attributes = optional_attributes || fill.optional;
      set_source(fill, *part);
    }
    if (has_children(i, step.end)) {
      at_ = i;
      open_.push_back(element);
      return true;
    }
    return leaf(i, step.end, field, has_attributes, optional_attributes) &&
           end_leaf(step, element);
  }

  /// Whether there are elements in [begin, end), and nothing beside them.
  [[nodiscard]] bool has_children(std::uint32_t begin,
                                  std::uint32_t end) const {
    return begin < end && shape_.steps[begin].kind == StepKind::kOpen;
  }

  bool leaf(std::uint32_t begin, std::uint32_t end, const std::string& field,
            bool has_attributes, bool optional_attributes) {
    const Step* part = only_part(begin, end);
    if (optional_attributes || (part == nullptr && begin != end) ||
        (part != nullptr && path_.empty())) {
      return false;
    }
    if (path_.empty() || (part == nullptr && has_attributes)) {
      return true;
    }
    FillStep& fill = add(FillKind::kField);
    name(fill, field);
    fill.drop_empty = has_attributes;
    if (part != nullptr) {
      set_source(fill, *part);
    }
    return true;
  }

  const Template& shape_;
  FillPlan& plan_;
  std::uint32_t at_ = 0;
  std::uint32_t depth_ = 0;
  Section section_ = Section::kNone;
  std::vector<Element> open_;
  std::string path_;
};

}  // namespace

SystemPart system_part(Noun element) {
  switch (element) {
    case Noun::kEventId:
      return SystemPart::kEventId;
    case Noun::kLevel:
      return SystemPart::kLevel;
    case Noun::kEventRecordId:
      return SystemPart::kEventRecordId;
    case Noun::kChannel:
      return SystemPart::kChannel;
    case Noun::kComputer:
      return SystemPart::kComputer;
    default:
      return SystemPart::kNone;
  }
}

SystemPart system_part(Noun element, Noun attribute) {
  switch (element) {
    case Noun::kProvider:
      return attribute == Noun::kName ? SystemPart::kProvider
                                      : SystemPart::kNone;
    case Noun::kTimeCreated:
      return attribute == Noun::kSystemTime ? SystemPart::kTime
                                            : SystemPart::kNone;
    case Noun::kCorrelation:
      return attribute == Noun::kActivityId ? SystemPart::kActivityId
                                            : SystemPart::kNone;
    case Noun::kExecution:
      if (attribute == Noun::kProcessId) {
        return SystemPart::kProcessId;
      }
      return attribute == Noun::kThreadId ? SystemPart::kThreadId
                                          : SystemPart::kNone;
    case Noun::kSecurity:
      return attribute == Noun::kUserId ? SystemPart::kUserSid
                                        : SystemPart::kNone;
    default:
      return SystemPart::kNone;
  }
}

namespace {

bool is_of_kind(const FillStep& step) {
  return step.kind == FillKind::kSystem &&
         (step.part == SystemPart::kProvider ||
          step.part == SystemPart::kChannel ||
          step.part == SystemPart::kComputer ||
          step.part == SystemPart::kEventId);
}

/// See FillPlan::kind_source.
std::optional<KindSource> find_kind_source(const FillPlan& plan) {
  KindSource source;
  bool has_id = false;
  std::uint32_t skipped_to = 0;       // steps before it may be left out,
  std::uint16_t skip_slot = kNoSlot;  // when this is NULL
  for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
    const FillStep& step = plan.steps[i];
    const bool may_be_skipped = i < skipped_to;
    if (step.kind == FillKind::kEndOfSystem) {
      return has_id && !may_be_skipped ? std::optional(source) : std::nullopt;
    }
    if (step.kind == FillKind::kEnter || step.kind == FillKind::kInstance) {
      return std::nullopt;
    }
    if (step.kind == FillKind::kSkip) {
      skip_slot = may_be_skipped ? kNoSlot : step.slot;
      skipped_to = std::max(skipped_to, step.jump);
    }
    if (!is_of_kind(step)) {
      continue;
    }
    // An element that is left out when its only value is NULL says the same
    // as one that shows it: nothing.
    if (may_be_skipped && (step.slot == kNoSlot || step.slot != skip_slot)) {
      return std::nullopt;
    }
    if (step.part != SystemPart::kEventId) {
      if (step.slot != kNoSlot) {
        source.slots.push_back(step.slot);
      }
    } else if (has_id) {
      return std::nullopt;
    } else {
      source.id_step = i;
      has_id = true;
    }
  }
  return std::nullopt;
}

}  // namespace

void build_fill_plan(const Template& shape, FillPlace place, FillPlan& plan) {
  plan.clear();
  const bool usable = FillPlanBuilder(shape, place, plan).run();
  plan.state = usable ? FillPlan::State::kUsable : FillPlan::State::kNeedsWalk;
  if (usable && place == FillPlace::kRecord) {
    plan.kind_source = find_kind_source(plan);
  }
}

}  // namespace deskfall::evtx
