// Event: one record of any log, in one shape.
//
// Whatever the format, a decoder fills an Event and hands it to an EventSink.
// The Event may be reused for the next record, so that after the first few
// records no memory is asked for; a sink that keeps it takes a copy.
//
// Fields keep order and repeated names: two unnamed <Data> elements are two
// fields called "Data". UserData is flattened below its wrapper element:
// <EventXML><Param1>bob</Param1></EventXML> gives Param1 = bob, deeper paths
// are joined with '/', attributes with '@' (CertificateChain/@ref).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/doubt.h"
#include "ingest/instant.h"

namespace deskfall {

/// Ordered (name, value) pairs in one flat buffer.
class FieldList {
 public:
  struct Entry {
    std::uint32_t name_at = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value_at = 0;
    std::uint32_t value_size = 0;

    bool operator==(const Entry&) const = default;
  };

  void clear() {
    text_.clear();
    entries_.clear();
  }

  void add(std::string_view name, std::string_view value);

  /// Adds a field whose value is what the caller appends to the text returned,
  /// up to end_value().
  [[nodiscard]] std::string& begin_value(std::string_view name);
  void end_value();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::string_view name(std::size_t index) const {
    const Entry& entry = entries_[index];
    return std::string_view(text_).substr(entry.name_at, entry.name_size);
  }
  [[nodiscard]] std::string_view value(std::size_t index) const {
    const Entry& entry = entries_[index];
    return std::string_view(text_).substr(entry.value_at, entry.value_size);
  }

  /// The first field of this name; "Data[2]" asks for the third field called
  /// "Data". Names compare exactly.
  [[nodiscard]] std::optional<std::string_view> get(
      std::string_view wanted) const;

  /// The same, or an empty text.
  [[nodiscard]] std::string_view text(std::string_view name) const {
    return get(name).value_or(std::string_view{});
  }

  /// A JSON object in field order; repeated names are repeated keys, which
  /// SQLite's json_each lists one by one. Control characters are escaped.
  [[nodiscard]] std::string to_json() const;
  void append_json(std::string& out) const;

  /// By names and values in their order.
  [[nodiscard]] std::strong_ordering operator<=>(const FieldList& other) const;
  bool operator==(const FieldList& other) const { return *this <=> other == 0; }

  /// Equal for equal lists; 64 bits of names, values and their bounds.
  [[nodiscard]] std::size_t hash() const;

  /// Reads what to_json wrote (flat object of strings). Nothing on other text.
  [[nodiscard]] static std::optional<FieldList> from_json(
      std::string_view json);

 private:
  std::string text_;
  std::vector<Entry> entries_;
};

struct Event {
  // Where it was found.
  std::int64_t offset = 0;  ///< first byte of the record in its source
  std::int64_t line = 0;    ///< 1-based; 0 in binary formats
  bool recovered = false;   ///< found in slack, not in the live log
  Doubts doubts;            ///< what makes it less than certain

  // When. `precision` is the grain of the stored time.
  Instant time;
  ClockNote clock = ClockNote::kNone;
  Ticks precision = 1;
  std::optional<Instant> written;  ///< EVTX: when the log took it, as its
                                   ///< header says; mostly equal to `time`

  // What. Texts are UTF-8. GUIDs are upper case without braces. Provider is
  // the name as written ("Microsoft-Windows-..."), event_id the low 16 bits.
  std::string host;
  std::string channel;
  std::string provider;
  std::uint32_t event_id = 0;
  std::uint8_t level = 0;
  std::uint64_t record_id = 0;  ///< EventRecordID; 0 when there is none
  std::string activity_id;
  std::uint32_t process_id = 0;
  std::uint32_t thread_id = 0;
  std::string user_sid;
  FieldList fields;

  /// Empties every member but keeps its memory.
  void reset();
};

/// Takes events as they are decoded, in the order of the source.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

/// Appends `text` as a JSON string with quotes. Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace deskfall
