// Doubts: what makes one record less than certain. A record is kept and told
// with its doubts, never dropped for them.
//
//   Doubts doubts;
//   doubts.add(Doubt::kChecksum);
//   doubts.text()                       "checksum"
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace deskfall {

/// In the order in which they are told.
enum class Doubt : std::uint8_t {
  kChecksum,    ///< the checksum of its part of the log is wrong
  kSizes,       ///< its two sizes differ
  kTimes,       ///< it says another time than its header
  kValues,      ///< fewer or more values than its template uses
  kTypes,       ///< values of other types than its template declares
  kForwarded,   ///< came through a collector, which may shift fields
  kHidden,      ///< somebody removed it; it was found inside another record
  kRebuilt,     ///< read with a template from elsewhere in the file
  kIncomplete,  ///< a template is lost: values without names
};

/// How the note of a source begins that tells of a hidden record. The report
/// raises such notes as alerts.
inline constexpr std::string_view kHiddenRecordNote = "hidden record";

class Doubts {
 public:
  void add(Doubt doubt) {
    bits_ = static_cast<std::uint16_t>(bits_ | bit(doubt));
  }
  void add_if(bool condition, Doubt doubt) {
    if (condition) {
      add(doubt);
    }
  }
  [[nodiscard]] bool has(Doubt doubt) const {
    return (bits_ & bit(doubt)) != 0;
  }
  [[nodiscard]] bool any() const { return bits_ != 0; }

  /// Names between commas; `quote` stands around each.
  [[nodiscard]] std::string text(std::string_view quote = "") const {
    std::string out;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (has(static_cast<Doubt>(i))) {
        out += out.empty() ? "" : ",";
        out += quote;
        out += kNames[i];
        out += quote;
      }
    }
    return out;
  }

  /// Reads what text() wrote; other words are passed over.
  [[nodiscard]] static Doubts parse(std::string_view text) {
    Doubts doubts;
    while (!text.empty()) {
      const std::size_t comma = text.find(',');
      const std::string_view word = text.substr(0, comma);
      for (std::size_t i = 0; i < kNames.size(); ++i) {
        doubts.add_if(word == kNames[i], static_cast<Doubt>(i));
      }
      text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    }
    return doubts;
  }

  bool operator==(const Doubts&) const = default;

 private:
  static constexpr std::array<std::string_view, 9> kNames = {
      "checksum",  "sizes",  "times",   "values",    "types",
      "forwarded", "hidden", "rebuilt", "incomplete"};

  static constexpr std::uint16_t bit(Doubt doubt) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(doubt));
  }

  std::uint16_t bits_ = 0;
};

}  // namespace deskfall
