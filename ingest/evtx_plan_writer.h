// PlanWriter: what both plan builders share - collecting literal text and
// cutting it into pieces.
#pragma once

#include <string_view>

#include "ingest/evtx_escape.h"
#include "ingest/evtx_plan.h"

namespace deskfall::evtx {

class PlanWriter {
 public:
  explicit PlanWriter(RenderPlan& plan) : plan_(plan) { plan_.clear(); }

  void literal(std::string_view text) { plan_.text += text; }
  void escaped(std::string_view text, Escape escape) {
    append_escaped(plan_.text, text, escape);
  }

  /// Everything since the last piece becomes the lead of this one.
  Piece& piece(PieceKind kind, std::uint16_t slot = 0) {
    Piece next;
    next.kind = kind;
    next.slot = slot;
    next.lead = cut();
    plan_.pieces.push_back(next);
    return plan_.pieces.back();
  }

  [[nodiscard]] Piece& last() { return plan_.pieces.back(); }

  /// Text since the last cut.
  Stretch cut() {
    const auto end = static_cast<std::uint32_t>(plan_.text.size());
    const Stretch stretch{begin_, end - begin_};
    begin_ = end;
    return stretch;
  }

  [[nodiscard]] bool has_literal() const { return plan_.text.size() > begin_; }

  /// Index of the piece that comes next, with no literal in front of it.
  [[nodiscard]] std::uint32_t here() {
    if (has_literal()) {
      piece(PieceKind::kLiteral);
    }
    return static_cast<std::uint32_t>(plan_.pieces.size());
  }

  void set_jump(std::uint32_t piece) { plan_.pieces[piece].jump = here(); }

  void finish() {
    static_cast<void>(here());
    plan_.text.append(RenderPlan::kPadding, '\0');
    plan_.built = true;
  }

 private:
  RenderPlan& plan_;
  std::uint32_t begin_ = 0;
};

}  // namespace deskfall::evtx
