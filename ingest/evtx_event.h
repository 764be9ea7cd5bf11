// EventFiller: turns one walked EVTX record into an Event.
//
// It is the visitor walk_record talks to (evtx_walk.h). The System part
// goes to the members of Event, everything else to its fields:
//
//   EventData  <Data Name="x">1</Data>       x = 1
//              <Data>1</Data>                Data = 1
//   UserData   <W><P>1</P></W>               P = 1
//              <W><A><B r="2">1</B></A></W>  A/B/@r = 2, A/B = 1
//
// An element without text and children is a field with an empty value, unless
// it has attributes: then these are its fields. Namespace declarations and
// RenderingInfo (texts that a collector added) are left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event.h"
#include "ingest/evtx_system.h"
#include "ingest/evtx_template.h"
#include "ingest/evtx_value.h"
#include "ingest/kind.h"

namespace deskfall::evtx {

class EventFiller {
 public:
  /// Starts a record; `event` has been reset by the caller. Of kinds that the
  /// ledger does not want no fields are read; without one all are wanted.
  void start(Event& event, KindLedger* kinds);

  /// The number of its kind, which its first System tells.
  [[nodiscard]] std::optional<KindId> kind() const { return kind_; }

  /// System/TimeCreated was there and readable.
  [[nodiscard]] bool has_time() const { return system_.has_time(); }
  /// The record carries texts that an event collector added.
  [[nodiscard]] bool is_rendered() const { return is_rendered_; }

  void open(std::string_view name, Noun noun);
  void attribute(std::string_view name, Noun noun);
  void end_attribute();
  void text(std::string_view text);
  void cdata(std::string_view characters) { text(characters); }
  void instruction(std::string_view) {}
  void value(const Value& value);
  void close(std::string_view name, Noun noun);

 private:
  enum class Section : std::uint8_t {
    kNone,
    kSystem,
    kEventData,
    kUserData,
    kOther,
    kIgnored
  };

  /// Where characters go at the moment.
  enum class Target : std::uint8_t {
    kNothing,
    kSystem,    ///< part_ of System
    kText,      ///< text of a payload element
    kDataName,  ///< Data/@Name
    kAttribute  ///< any other attribute in the payload
  };

  /// A payload element that is open.
  struct Level {
    std::uint32_t path = 0;  ///< bytes of path_ before its name
    std::uint32_t text = 0;  ///< bytes of text_ before its own
    bool has_children = false;
    bool has_attributes = false;
    bool has_data_name = false;
  };

  void open_payload(std::string_view name, Noun noun);
  void close_payload(std::string_view name);
  void aim_at_system(SystemPart part) {
    part_ = part;
    target_ = part == SystemPart::kNone ? Target::kNothing : Target::kSystem;
  }

  Event* event_ = nullptr;
  SystemSetter system_;
  KindLedger* kinds_ = nullptr;
  std::optional<KindId> kind_;
  bool unwanted_ = false;  ///< fields are left out
  bool is_rendered_ = false;
  std::uint32_t depth_ = 0;
  Section section_ = Section::kNone;
  Noun element_ = Noun::kOther;  ///< child of System
  Target target_ = Target::kNothing;
  SystemPart part_ = SystemPart::kNone;
  SystemPart element_part_ = SystemPart::kNone;
  std::uint32_t payload_depth_ = 0;  ///< of elements that may be fields
  std::vector<Level> levels_;
  std::string path_;
  std::string text_;
  std::string attribute_;
  std::string data_name_;
  bool is_data_ = false;  ///< the open element is a <Data> of EventData
};

}  // namespace deskfall::evtx
