// PlanWriter: what both plan builders share - collecting literal text and
// marking the pieces in it.
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

  /// How much text there is: where the next literal goes.
  [[nodiscard]] std::uint32_t here() const {
    return static_cast<std::uint32_t>(plan_.text.size());
  }

  /// Index of the piece that comes next.
  [[nodiscard]] std::uint32_t next() const {
    return static_cast<std::uint32_t>(plan_.pieces.size());
  }

  /// A piece that stands here. The text since `open` is its open part.
  Piece& piece(PieceKind kind, std::uint32_t open, std::uint16_t slot = 0) {
    Piece& made = plan_.pieces.emplace_back();
    made.kind = kind;
    made.slot = slot;
    made.open = open;
    made.close = here();
    made.end = here();
    return made;
  }
  Piece& piece(PieceKind kind, std::uint16_t slot = 0) {
    return piece(kind, here(), slot);
  }

  /// Adds the close part of the last piece.
  void end_piece(std::string_view close) {
    literal(close);
    plan_.pieces.back().end = here();
  }

  /// When `skip`, the index of a kSkip, skips, it goes on here.
  void end_skip(std::uint32_t skip) {
    plan_.pieces[skip].jump = next();
    plan_.pieces[skip].end = here();
    last_target_ = here();
  }

  /// Takes the comma off that stands at the end whatever the values are. False
  /// when there is no such comma: the last member may not be there.
  bool take_comma() {
    const bool certain = plan_.text.ends_with(',') && last_target_ != here() &&
                         (plan_.pieces.empty() || last().end < here());
    if (certain) {
      plan_.text.pop_back();
    }
    return certain;
  }

  /// The piece turned out to be plain text.
  void forget_piece(std::uint32_t index) {
    plan_.pieces[index].kind = PieceKind::kNothing;
  }

  [[nodiscard]] Piece& last() { return plan_.pieces.back(); }

  void finish();

 private:
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  void settle_pieces();

  RenderPlan& plan_;
  std::uint32_t last_target_ = kNowhere;  ///< where the last end_skip() leads
};

}  // namespace deskfall::evtx
