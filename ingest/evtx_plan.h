// EVTX plan: a template as ready-made text with holes.
//
// Where a Template says "open Level, value 3, close Level", its plan says
// "write `<Level>`, the value, `</Level>`", with all constant text between two
// holes in one piece. build_xml_plan and build_json_plan make such plans,
// RecordRenderer (evtx_render.h) fills them.
//
// XML follows EvtRender: one line, single quotes, <a/> for empty elements.
// JSON follows the widespread shape of evtx_dump: attributes below
// "#attributes", <Data Name="x"> as "x", names that repeat as one array in
// their order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace deskfall::evtx {

struct Template;

enum class PieceKind : std::uint8_t {
  kLiteral,   ///< `lead` only
  kValue,     ///< the value of `slot`, as part of a text
  kOptional,  ///< nothing when it is NULL, else `open` value `close`
  kElement,   ///< `open` value `close`; once per item of a string array
  kOpen,      ///< `open`; what follows up to kClose may turn out empty
  kClose,     ///< `close`, or the short form when there was nothing
  kSkip,      ///< go on at `jump` when `slot` is NULL
  kInstance   ///< a template instance at `jump` in the chunk
};

/// A stretch of RenderPlan::text.
struct Stretch {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
};

struct Piece {
  PieceKind kind = PieceKind::kLiteral;
  /// The value is an attribute's; JSON: also the kClose of "#attributes".
  bool in_attribute = false;
  bool in_array = false;  ///< JSON: items join the array that is open; kClose:
                          ///< a "#text" left alone takes the object's place
  std::uint16_t slot = 0;
  std::uint32_t jump = 0;
  Stretch lead;  ///< always written first
  Stretch open;
  Stretch close;
};

struct RenderPlan {
  /// Bytes behind `text`, so that whole registers can be copied from its end.
  static constexpr std::size_t kPadding = 32;

  std::vector<Piece> pieces;
  std::string text;
  bool built = false;

  void clear() {
    pieces.clear();
    text.clear();
    built = false;
  }
};

void build_xml_plan(const Template& shape, RenderPlan& plan);
void build_json_plan(const Template& shape, RenderPlan& plan);

}  // namespace deskfall::evtx
