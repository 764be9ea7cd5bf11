#include "ingest/firewall_log.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/text.h"
#include "ingest/text_reader.h"

namespace deskfall {

namespace {

constexpr std::string_view kLost = "INFO-EVENTS-LOST";

/// Columns a header may name; 18 are known.
constexpr std::size_t kMostColumns = 64;

/// The value behind "#Name:", when the line is that directive.
std::optional<std::string_view> directive(std::string_view line,
                                          std::string_view name) {
  if (line.size() < name.size() ||
      !equals_ignore_case(line.substr(0, name.size()), name)) {
    return std::nullopt;
  }
  return trim(line.substr(name.size()));
}

/// Words of a row; runs of blanks part them.
void split_words(std::string_view line, std::vector<std::string_view>& words) {
  words.clear();
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end =
        std::min(line.find_first_of(" \t", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
}

class FirewallRows {
 public:
  FirewallRows(const FirewallLogOptions& options, EventSink& sink,
               ParseReporter& reporter)
      : options_(options), sink_(sink), reporter_(reporter) {}

  void take(const TextLine& line) {
    const std::string reason = line.end == LineEnd::kCut || in_cut_
                                   ? "longer than a row can be"
                                   : read_line(line);
    in_cut_ = line.end == LineEnd::kCut;
    if (reason.empty()) {
      reporter_.slack(line.nuls);
      reporter_.accepted(line.size - line.nuls);
    } else {
      reporter_.dropped({line.offset, line.offset + line.size},
                        "line " + std::to_string(line.number) + ": " + reason);
    }
  }

 private:
  /// Empty when the line was understood, else what is wrong with it.
  std::string read_line(const TextLine& line) {
    const std::string_view text = trim(line.text);
    if (text.empty()) {
      return {};
    }
    if (text.front() == '#') {
      read_header(text);
      return {};
    }
    if (columns_.empty()) {
      return "a row before any #Fields line";
    }
    split_words(text, words_);
    event_.reset();
    event_.offset = line.offset;
    event_.line = line.number;
    event_.host = options_.host;
    event_.channel = "pfirewall.log";
    event_.provider = "pfirewall";
    const auto place = [this](std::string_view name) {
      return static_cast<std::size_t>(
          std::find(columns_.begin(), columns_.end(), name) - columns_.begin());
    };
    const std::size_t action = place("action");
    const bool lost = action < words_.size() && words_[action] == kLost;
    if (!lost && !columns_fit()) {
      return std::to_string(words_.size()) +
             " columns where the header names " +
             std::to_string(columns_.size());
    }
    const std::size_t date = place("date");
    const std::size_t time = place("time");
    if (date >= words_.size() || time >= words_.size() ||
        !read_time(words_[date], words_[time])) {
      return "no date and time at its start";
    }
    if (lost) {
      add_lost(action);
    } else {
      add_fields();
    }
    sink_.on_event(event_);
    return {};
  }

  void read_header(std::string_view text) {
    if (const auto fields = directive(text, "#Fields:")) {
      split_words(*fields, words_);
      columns_.clear();
      for (const std::string_view name : words_) {
        if (columns_.size() < kMostColumns) {
          columns_.push_back(to_lower_ascii(name));
        }
      }
    } else if (const auto format = directive(text, "#Time Format:")) {
      is_utc_ = equals_ignore_case(*format, "UTC");
    }
  }

  /// Builds since Windows 10 write a pid behind the path; a log that was begun
  /// by an older build keeps its header, and the other way round.
  [[nodiscard]] bool columns_fit() const {
    if (words_.size() == columns_.size()) {
      return true;
    }
    return (words_.size() == columns_.size() + 1 &&
            columns_.back() == "path") ||
           (words_.size() + 1 == columns_.size() && columns_.back() == "pid");
  }

  bool read_time(std::string_view date, std::string_view time) {
    const std::string digits = std::string(date) + " " + std::string(time);
    const auto wall =
        digits.size() == 19 ? parse_iso8601(digits) : std::nullopt;
    if (!wall) {
      return false;
    }
    event_.precision = kTicksPerSecond;
    if (is_utc_) {
      event_.time = *wall;
      event_.clock = ClockNote::kExact;
    } else if (options_.zone) {
      const Zone::Reading reading = options_.zone->to_utc(*wall);
      event_.time = reading.instant;
      event_.clock = reading.note;
    } else {
      event_.time = *wall;
      event_.clock = ClockNote::kZoneUnknown;
    }
    return true;
  }

  void add_fields() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string_view name =
          i < columns_.size() ? std::string_view(columns_[i]) : "pid";
      if (name != "date" && name != "time" && words_[i] != "-") {
        event_.fields.add(name, words_[i]);
      }
    }
  }

  /// The count of lost records is the only value, and some builds write it one
  /// column early.
  void add_lost(std::size_t action) {
    event_.fields.add("action", kLost);
    for (std::size_t i = action + 1; i < words_.size(); ++i) {
      if (parse_number(words_[i])) {
        event_.fields.add("info", words_[i]);
        return;
      }
    }
  }

  const FirewallLogOptions& options_;
  EventSink& sink_;
  ParseReporter& reporter_;
  std::vector<std::string> columns_;
  std::vector<std::string_view> words_;
  bool is_utc_ = false;
  bool in_cut_ = false;
  Event event_;
};

}  // namespace

Result<void> read_firewall_log(ByteSource& source,
                               const FirewallLogOptions& options,
                               EventSink& sink, ParseReporter& reporter) {
  TextReader reader(source);
  FirewallRows rows(options, sink, reporter);
  TextLine line;
  while (true) {
    DF_TRY(const bool more, reader.next(line));
    if (!more) {
      return {};
    }
    rows.take(line);
  }
}

}  // namespace deskfall
