#include <limits>
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

/// Walks the steps once, front to back.
class XmlPlanBuilder {
 public:
  XmlPlanBuilder(const Template& shape, RenderPlan& plan)
      : shape_(shape), writer_(plan) {}

  void run() {
    for (at_ = 0; at_ < shape_.steps.size();) {
      const Step& step = shape_.steps[at_];
      switch (step.kind) {
        case StepKind::kOpen:
          open(step);
          continue;
        case StepKind::kClose:
          close(step);
          break;
        case StepKind::kInstance:
          writer_.piece(PieceKind::kInstance).jump = step.at;
          break;
        default:
          content(step, Escape::kXmlText);
      }
      ++at_;
    }
    writer_.finish();
  }

 private:
  struct Element {
    std::uint32_t skip = kNone;  ///< its kSkip piece
    bool marked = false;         ///< began with kOpen
  };

  void content(const Step& step, Escape escape) {
    const std::string_view text = shape_.name(step);
    if (is_slot(step)) {
      writer_.piece(PieceKind::kValue, step.slot).in_attribute =
          escape == Escape::kXmlAttribute;
    } else if (step.kind == StepKind::kText) {
      writer_.escaped(text, escape);
    } else if (step.kind == StepKind::kCData) {
      const bool whole = text.find("]]>") == std::string_view::npos;
      writer_.literal(whole ? "<![CDATA[" : "");
      if (whole) {
        writer_.literal(text);
      } else {
        writer_.escaped(text, escape);
      }
      writer_.literal(whole ? "]]>" : "");
    } else if (step.kind == StepKind::kInstruction &&
               text.find("?>") == std::string_view::npos) {
      writer_.literal("<?");
      writer_.literal(text);
      writer_.literal("?>");
    }
  }

  void open(const Step& step) {
    Element element;
    if (step.slot != kNoSlot) {
      element.skip = writer_.next();
      writer_.piece(PieceKind::kSkip, step.slot);
    }
    const std::uint32_t content_at = first_content();
    const std::uint32_t tag = writer_.here();
    writer_.literal("<");
    writer_.literal(shape_.name(step));
    const bool is_constant = attributes(content_at);
    at_ = content_at;
    if (content_at == step.end) {
      writer_.literal("/>");
      ++at_;
      end_skip(element);
      return;
    }
    writer_.literal(">");
    if (step.only_slot != kNoSlot && !shape_.steps[content_at].holds_binxml) {
      // Items of a string array repeat the tag, which takes a constant one.
      writer_.piece(PieceKind::kElement, is_constant ? tag : writer_.here(),
                    step.only_slot);
      end_tag(step);
      writer_.last().end = writer_.here();
      at_ = step.end + 1;
      end_skip(element);
      return;
    }
    element.marked = !surely_filled(content_at, step.end);
    if (element.marked) {
      writer_.piece(PieceKind::kOpen);
    }
    open_.push_back(element);
  }

  /// Writes the attributes up to `end`. Returns whether all are constant.
  bool attributes(std::uint32_t end) {
    const std::uint32_t pieces = writer_.next();
    for (std::uint32_t i = at_ + 1; i < end; i = shape_.steps[i].end) {
      const Step& attribute = shape_.steps[i];
      const std::uint32_t begin = writer_.here();
      begin_attribute(attribute);
      if (attribute.end == i + 2 &&
          shape_.steps[i + 1].kind == StepKind::kOptionalSlot) {
        writer_.piece(PieceKind::kOptional, begin, shape_.steps[i + 1].slot)
            .in_attribute = true;
        writer_.end_piece("'");
        continue;
      }
      for (std::uint32_t k = i + 1; k < attribute.end; ++k) {
        content(shape_.steps[k], Escape::kXmlAttribute);
      }
      writer_.literal("'");
    }
    return writer_.next() == pieces;
  }

  void begin_attribute(const Step& attribute) {
    writer_.literal(" ");
    writer_.literal(shape_.name(attribute));
    writer_.literal("='");
  }

  void end_tag(const Step& step) {
    writer_.literal("</");
    writer_.literal(shape_.name(step));
    writer_.literal(">");
  }

  void close(const Step& step) {
    const Element element = open_.back();
    open_.pop_back();
    if (element.marked) {
      writer_.piece(PieceKind::kClose);
    }
    end_tag(step);
    if (element.marked) {
      writer_.last().end = writer_.here();
    }
    end_skip(element);
  }

  void end_skip(const Element& element) {
    if (element.skip != kNone) {
      writer_.end_skip(element.skip);
    }
  }

  /// First step behind the attributes of the element at at_.
  [[nodiscard]] std::uint32_t first_content() const {
    std::uint32_t i = at_ + 1;
    while (shape_.steps[i].kind == StepKind::kAttribute) {
      i = shape_.steps[i].end;
    }
    return i;
  }

  /// Whether the content cannot vanish whatever the values are.
  [[nodiscard]] bool surely_filled(std::uint32_t i, std::uint32_t end) const {
    while (i < end) {
      const Step& step = shape_.steps[i];
      if (step.kind == StepKind::kOpen) {
        if (step.slot == kNoSlot) {
          return true;
        }
        i = step.end;
      } else if (!is_slot(step) && step.kind != StepKind::kInstance &&
                 step.size > 0) {
        return true;
      }
      ++i;
    }
    return false;
  }

  const Template& shape_;
  PlanWriter writer_;
  std::uint32_t at_ = 0;
  std::vector<Element> open_;
};

}  // namespace

void build_xml_plan(const Template& shape, RenderPlan& plan) {
  XmlPlanBuilder(shape, plan).run();
}

}  // namespace deskfall::evtx
