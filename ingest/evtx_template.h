// EVTX template: BinXML turned once into a short list of steps.
//
// A log writes the shape of a record once per chunk and then only the values.
// compile() walks the tokens of such a definition (or of a fragment that needs
// no definition) and keeps what a reader must do: open an element, write a
// literal, insert the value of slot 4. Names are resolved, so a Template no
// longer looks at the chunk, except for instances written inside it.
//
//   <Level>%3</Level>   becomes   kOpen "Level", kSlot 3, kClose
//
// compile() never recurses: elements nest on an explicit, bounded stack.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/evtx_event_plan.h"
#include "ingest/evtx_format.h"
#include "ingest/evtx_names.h"
#include "ingest/evtx_plan.h"
#include "ingest/evtx_value.h"

namespace deskfall::evtx {

enum class StepKind : std::uint8_t {
  kOpen,          ///< element begins; its attributes follow
  kAttribute,     ///< steps up to `end` are its value
  kClose,         ///< element ends
  kText,          ///< literal characters
  kCData,         ///< literal characters from a CDATA section
  kInstruction,   ///< processing instruction, "target data"
  kSlot,          ///< the value of `slot`
  kOptionalSlot,  ///< the same; an attribute made of these only may vanish
  kInstance       ///< a template instance at `at` in the chunk
};

inline constexpr std::uint16_t kNoSlot = 0xffff;

/// Declared types of a slot: not used, or used with two different ones.
inline constexpr std::uint8_t kUndeclared = 0xfe;
inline constexpr std::uint8_t kAnyType = 0xff;

struct Step {
  StepKind kind = StepKind::kText;
  Noun noun = Noun::kOther;
  bool holds_binxml = false;     ///< slot: declared to hold elements
  std::uint16_t slot = kNoSlot;  ///< kOpen: skip the element if this is NULL
  std::uint16_t only_slot = kNoSlot;  ///< kOpen: its whole content
  std::uint32_t end = 0;  ///< kOpen: its kClose; kAttribute: behind its value
  std::uint32_t at = 0;   ///< name or literal in Template::text
  std::uint32_t size = 0;
};

/// Where a definition names something, for TemplateStore (fragments, which are
/// read once, keep none): a run of bytes that
/// are the same in every chunk, then a name and the lengths around it, which
/// are not. Positions count from the first byte of the BinXML.
struct NameRef {
  std::uint32_t run_begin = 0;
  std::uint32_t run_end = 0;
  std::uint32_t at = 0;     ///< in Template::raw_names
  std::uint32_t size = 0;   ///< hash, length and characters
  std::uint8_t before = 0;  ///< bytes of a length in front of the name
  std::uint8_t after = 0;   ///< bytes of a length behind it
};

struct Template {
  std::vector<Step> steps;
  std::string text;  ///< every name and literal, UTF-8
  std::array<std::byte, 16> guid{};
  std::vector<std::uint8_t> types;  ///< declared, by slot
  std::size_t reach = 0;       ///< highest slot used + 1, even if only to ask
  bool chunk_bound = false;    ///< holds instances of the chunk it came from
  bool proven = false;         ///< an instance had its id
  std::vector<NameRef> names;  ///< in order of their fields
  std::string raw_names;
  std::uint32_t last_run = 0;  ///< where the run behind the last name begins
  bool is_definition = false;  ///< and so used for more than one record

  // Built on first use, by whoever reads: evtx_render.h, evtx_event_read.h.
  RenderPlan plan;
  std::array<FillPlan, kFillPlaces> fill_plans;  ///< by FillPlace

  /// Highest slot used + 1.
  [[nodiscard]] std::size_t slots() const { return types.size(); }
  [[nodiscard]] std::string_view name(const Step& step) const {
    return std::string_view(text).substr(step.at, step.size);
  }
  /// First four bytes of the GUID, which every instance repeats.
  [[nodiscard]] std::uint32_t id() const {
    return load<std::uint32_t>(guid, 0);
  }
  void clear();
};

/// Where BinXML stands decides whether its elements carry a dependency id.
enum class Place : std::uint8_t {
  kDefinition,  ///< they do
  kValue,       ///< they do not
  kRecord       ///< either; forwarded events leave it out
};

/// What became of a piece of BinXML.
struct Compiled {
  std::string_view problem;  ///< empty: all is well
  std::size_t end = 0;       ///< behind the last byte that was understood

  [[nodiscard]] bool ok() const { return problem.empty(); }
};

/// Compiles the BinXML in [begin, end) of the chunk into `out`. A name whose
/// stored hash does not fit was overwritten and ends it.
[[nodiscard]] Compiled compile(NameTable& names, std::size_t begin,
                               std::size_t end, Place place, Template& out);

/// A template instance: which definition, and where its values lie.
struct Instance {
  std::uint32_t id = 0;          ///< repeats the start of the GUID
  std::uint32_t definition = 0;  ///< offset in the chunk
  std::size_t descriptors = 0;   ///< `count` x {size u16, type u8, pad u8}
  std::size_t values = 0;
  std::size_t count = 0;
};

/// Reads the instance whose token stands at `at`; nothing when it does not fit
/// into [at, end) up to its values.
[[nodiscard]] std::optional<Instance> read_instance_head(Bytes chunk,
                                                         std::size_t at,
                                                         std::size_t end);

/// What came of reading the values of an instance.
struct ValuesRead {
  std::size_t end = 0;  ///< of the last one; 0 when one passes the limit
  bool odd = false;     ///< a value is neither NULL nor of its declared type
};

/// Reads its `count` values, all of which have to end before `end`. `types`
/// are the declared ones, by slot.
[[nodiscard]] ValuesRead read_values(Bytes chunk, const Instance& instance,
                                     std::size_t end,
                                     std::span<const std::uint8_t> types,
                                     Value* values);

/// Where the instance at `at` ends; nothing when it does not fit.
[[nodiscard]] std::optional<std::size_t> end_of_instance(Bytes chunk,
                                                         std::size_t at,
                                                         std::size_t end);

/// Compiles the definition at this offset, GUID included.
[[nodiscard]] Compiled compile_definition(NameTable& names, std::size_t at,
                                          Template& out);

}  // namespace deskfall::evtx
