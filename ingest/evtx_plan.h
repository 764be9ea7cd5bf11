// EVTX plan: a template as ready-made text with holes.
//
// Where a Template says "open Level, value 3, close Level", its plan says
// "write `<Level>`, the value, `</Level>`". All constant text stands in one
// string in the order of the output; a piece says where in it something
// happens. What lies between two pieces is copied together with what they
// write themselves, so that a plain element costs one copy and one value:
//
//   <Level>  4  </Level><Task>  0  </Task><Opcode>  ...
//   |open  | ^  |close |open |
//
// build_xml_plan and build_json_plan make such plans, RecordRenderer
// (evtx_render.h) fills them.
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
  kValue,     ///< the value of `slot`, as part of a text
  kOptional,  ///< nothing when it is NULL, else open part, value, close part
  kElement,   ///< open part, value, close part; per item of a string array
  kOpen,      ///< open part; XML: what follows may turn out empty; JSON: it
              ///< may be a text alone
  kClose,     ///< close part, or the short form when there was nothing
  kSkip,      ///< go on at piece `jump` and text `end` when `slot` is NULL
  kInstance,  ///< a template instance at `jump` in the chunk
  kNothing    ///< left behind by a builder, taken out at the end
};

struct Piece {
  PieceKind kind = PieceKind::kValue;
  /// The value is an attribute's; JSON: also the kClose of "#attributes".
  bool in_attribute = false;
  bool in_array = false;  ///< JSON: items join the array that is open; kClose:
                          ///< a "#text" left alone takes the object's place
  std::uint16_t slot = 0;
  std::uint32_t jump = 0;
  // Places in RenderPlan::text: the open part begins, it ends and the value
  // and then the close part follow, the close part ends.
  std::uint32_t open = 0;
  std::uint32_t close = 0;
  std::uint32_t end = 0;
};

struct RenderPlan {
  /// Bytes behind `text`, so that whole registers can be copied from its end.
  static constexpr std::size_t kPadding = 32;

  std::vector<Piece> pieces;
  std::string text;
  std::size_t text_size = 0;  ///< without the padding
  std::size_t most_uses = 0;  ///< pieces that show the same slot, at most
  bool built = false;

  void clear() {
    pieces.clear();
    text.clear();
    text_size = 0;
    most_uses = 0;
    built = false;
  }
};

void build_xml_plan(const Template& shape, RenderPlan& plan);
void build_json_plan(const Template& shape, RenderPlan& plan);

}  // namespace deskfall::evtx
