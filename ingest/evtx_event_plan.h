// EVTX event plan: how a template fills an Event, found out once.
//
// A log repeats a template for thousands of records. Its plan says which value
// goes to which member (EventID is value 3, the channel is constant), which
// names its fields have, and nothing about XML any more:
//
//   <EventID>%3</EventID>                  kSystem  event id  <- value 3
//   <Data Name='TargetUserName'>%1</Data>  kField   TargetUserName  <- value 1
//
// A template that does more than that (text beside elements, names that are
// values, RenderingInfo) has no plan; its records are walked token by token
// (evtx_walk.h, EventFiller), with the same outcome. So are records whose
// values turn out to be elements where the template has room for text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/kind.h"

namespace deskfall::evtx {

struct Template;
enum class Noun : std::uint8_t;

/// The parts of System that an Event keeps.
enum class SystemPart : std::uint8_t {
  kNone,
  kActivityId,
  kChannel,
  kComputer,
  kEventId,
  kEventRecordId,
  kLevel,
  kProcessId,
  kProvider,
  kThreadId,
  kTime,
  kUserSid
};

/// What the text of a child of System is, and what its attributes are.
[[nodiscard]] SystemPart system_part(Noun element);
[[nodiscard]] SystemPart system_part(Noun element, Noun attribute);

enum class FillKind : std::uint8_t {
  kSystem,       ///< `part` from `slot`, or from `text` when there is none
  kField,        ///< field `name` from the same; once per item of an array
  kSkip,         ///< go on at `jump` when `slot` is NULL
  kEnter,        ///< the template instance that `slot` holds, at `place`
  kInstance,     ///< the template instance at `jump` in the chunk, likewise
  kEndOfSystem,  ///< the members are complete, the payload follows
};

/// Where a template stands: it is the record, a child of its <Event>, or a
/// child of EventData or UserData.
enum class FillPlace : std::uint8_t {
  kRecord,
  kPayload,
  kInEventData,
  kInUserData
};
inline constexpr std::size_t kFillPlaces = 4;

/// A stretch of FillPlan::text.
struct FillText {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
};

struct FillStep {
  FillKind kind = FillKind::kSkip;
  SystemPart part = SystemPart::kNone;
  FillPlace place = FillPlace::kPayload;
  bool in_attribute = false;    ///< an array is one value, not one per item
  bool optional = false;        ///< no field at all when NULL
  bool drop_empty = false;      ///< no field when the text is empty
  std::uint16_t slot = 0xffff;  ///< kNoSlot: the text is constant
  std::uint32_t jump = 0;
  FillText name;
  FillText row_name;  ///< the same in quotes, as JSON, with its colon
  FillText text;
};

/// Which values of a record tell its kind, as far as its template does not.
struct KindSource {
  std::uint32_t id_step = 0;         ///< the step that gives the event id
  std::vector<std::uint16_t> slots;  ///< of host, channel and provider
};

/// A kind that some record of a plan turned out to be of.
struct PlanKind {
  const KindLedger* ledger = nullptr;  ///< whose number it is
  std::uint32_t event_id = 0;
  std::string values;  ///< of the slots: type, size and bytes of each
  KindId kind = 0;
};

struct FillPlan {
  enum class State : std::uint8_t { kUnknown, kUsable, kNeedsWalk };

  State state = State::kUnknown;
  /// Nothing when the kind is only known once System has been read.
  std::optional<KindSource> kind_source;
  std::vector<PlanKind> kinds;  ///< met lately, by a hash; EventReader's
  std::vector<FillStep> steps;
  std::string text;  ///< names and constant texts, UTF-8

  [[nodiscard]] std::string_view view(FillText part) const {
    return std::string_view(text).substr(part.at, part.size);
  }
  void clear() {
    state = State::kUnknown;
    kind_source.reset();
    kinds.clear();
    steps.clear();
    text.clear();
  }
};

/// Makes the plan, or finds that the template needs the walk.
void build_fill_plan(const Template& shape, FillPlace place, FillPlan& plan);

}  // namespace deskfall::evtx
