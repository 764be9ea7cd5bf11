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
      writer_.piece(PieceKind::kSkip, step.slot);
      element.skip = writer_.here() - 1;
    }
    const std::uint32_t content_at = first_content();
    const bool only =
        step.only_slot != kNoSlot && !shape_.steps[content_at].holds_binxml;
    const bool marked =
        !only && content_at != step.end && !surely_filled(content_at, step.end);
    const Stretch before = only || marked ? writer_.cut() : Stretch{};
    writer_.literal("<");
    writer_.literal(shape_.name(step));
    const bool cut_inside = attributes(content_at, only || marked, before);
    at_ = content_at;
    if (content_at == step.end) {
      writer_.literal("/>");
      ++at_;
      end_skip(element);
      return;
    }
    writer_.literal(">");
    if (only || marked) {
      const Stretch tag = writer_.cut();
      Piece& piece = writer_.piece(
          only ? PieceKind::kElement : PieceKind::kOpen, step.only_slot);
      piece.lead = cut_inside ? Stretch{} : before;
      piece.open = tag;
      if (only) {
        end_tag(step);
        piece.close = writer_.cut();
        at_ = step.end + 1;
        end_skip(element);
        return;
      }
    }
    element.marked = marked;
    open_.push_back(element);
  }

  /// Writes the attributes up to `end`. Returns whether a piece was made; then
  /// `before`, the text in front of the element, has been given to it.
  bool attributes(std::uint32_t end, bool pending, Stretch before) {
    bool cut_inside = false;
    for (std::uint32_t i = at_ + 1; i < end; i = shape_.steps[i].end) {
      const Step& attribute = shape_.steps[i];
      const bool single = attribute.end == i + 2 &&
                          shape_.steps[i + 1].kind == StepKind::kOptionalSlot;
      bool dynamic = false;
      for (std::uint32_t k = i + 1; k < attribute.end; ++k) {
        dynamic = dynamic || is_slot(shape_.steps[k]);
      }
      if (dynamic && pending && !cut_inside) {
        // The element's own text follows `before` without a gap.
        const Stretch begun = writer_.cut();
        Piece& piece = writer_.piece(PieceKind::kLiteral);
        piece.lead = {before.at, before.size + begun.size};
        cut_inside = true;
      }
      if (single) {
        Piece& piece =
            writer_.piece(PieceKind::kOptional, shape_.steps[i + 1].slot);
        piece.in_attribute = true;
        begin_attribute(attribute);
        piece.open = writer_.cut();
        writer_.literal("'");
        piece.close = writer_.cut();
        continue;
      }
      begin_attribute(attribute);
      for (std::uint32_t k = i + 1; k < attribute.end; ++k) {
        content(shape_.steps[k], Escape::kXmlAttribute);
      }
      writer_.literal("'");
    }
    return cut_inside;
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
      Piece& piece = writer_.piece(PieceKind::kClose);
      end_tag(step);
      piece.close = writer_.cut();
    } else {
      end_tag(step);
    }
    end_skip(element);
  }

  void end_skip(const Element& element) {
    if (element.skip != kNone) {
      writer_.set_jump(element.skip);
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
