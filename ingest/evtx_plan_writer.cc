#include "ingest/evtx_plan_writer.h"

#include <algorithm>
#include <vector>

namespace deskfall::evtx {

void PlanWriter::finish() {
  if (!plan_.pieces.empty()) {
    settle_pieces();
  }
  plan_.text_size = plan_.text.size();
  plan_.text.append(RenderPlan::kPadding, '\0');
  plan_.built = true;
}

void PlanWriter::settle_pieces() {
  // New places of the pieces that stay, for the jumps.
  std::vector<std::uint32_t> places;
  std::uint32_t place = 0;
  for (const Piece& piece : plan_.pieces) {
    places.push_back(place);
    place += piece.kind == PieceKind::kNothing ? 0 : 1;
  }
  places.push_back(place);
  std::vector<std::size_t> uses;  // by slot
  for (Piece& piece : plan_.pieces) {
    if (piece.kind == PieceKind::kSkip) {
      piece.jump = places[piece.jump];
    } else if (piece.kind <= PieceKind::kElement) {
      uses.resize(std::max(uses.size(), piece.slot + std::size_t{1}));
      plan_.most_uses = std::max(plan_.most_uses, ++uses[piece.slot]);
    }
  }
  std::erase_if(plan_.pieces, [](const Piece& piece) {
    return piece.kind == PieceKind::kNothing;
  });
}

}  // namespace deskfall::evtx
