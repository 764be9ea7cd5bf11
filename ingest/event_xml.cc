#include "ingest/event_xml.h"

#include <string>
#include <string_view>

#include "ingest/event_record.h"
#include "ingest/text_reader.h"

namespace deskfall {

namespace {

/// A record of the event log fits into 64 KiB of binary; its XML with rendered
/// text stays far below this.
constexpr std::size_t kLongestRecord = std::size_t{16} * 1024 * 1024;

enum class Tag : std::uint8_t { kNone, kOpen, kClose };

/// Finds the record tags in pieces of text and cuts records out of them.
class RecordScanner {
 public:
  RecordScanner(EventSink& sink, ParseReporter& reporter)
      : sink_(sink), reporter_(reporter) {}

  void take(TextReader& reader, const TextLine& line) {
    std::size_t begin = 0;  // of what is not yet in record_
    std::size_t at = 0;
    while (true) {
      at = line.text.find('<', at);
      if (at == std::string_view::npos) {
        break;
      }
      std::size_t after = at;
      const Tag tag = tag_at(line.text, after);
      if (tag == Tag::kOpen) {
        start_record(reader.offset_of(at), line.number);
        begin = at;
      } else if (tag == Tag::kClose && state_ == State::kRecord) {
        record_.append(line.text.substr(begin, after - begin));
        end_record(reader.offset_of(after));
      }
      at = after;
    }
    if (state_ == State::kRecord) {
      record_.append(line.text.substr(begin));
      if (line.end == LineEnd::kFeed) {
        record_ += '\n';
      }
      if (record_.size() > kLongestRecord) {
        state_ = State::kLost;
        reason_ = "line " + std::to_string(line_) +
                  ": an <Event> of more than 16 MiB";
        record_.clear();
      }
    }
  }

  void finish(std::int64_t size) {
    if (state_ == State::kRecord) {
      state_ = State::kLost;
      reason_ =
          "line " + std::to_string(line_) + ": the file ends before </Event>";
    }
    close_gap(size);
    if (records_ == 0 && size > 0) {
      reporter_.note("no <Event> record found");
    }
  }

 private:
  enum class State : std::uint8_t {
    kOutside,  ///< between records
    kRecord,   ///< behind <Event, collecting
    kLost      ///< behind <Event, given up until the next one
  };

  /// Which record tag stands at the '<' at `at`; moves behind it.
  static Tag tag_at(std::string_view text, std::size_t& at) {
    constexpr std::string_view kOpen = "<Event";
    constexpr std::string_view kClose = "</Event";
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t start = at++;
    if (text.compare(start, kOpen.size(), kOpen) == 0) {
      const std::size_t end = start + kOpen.size();
      if (end == text.size() || text[end] == '>' ||
          kBlank.find(text[end]) != std::string_view::npos) {
        at = end;
        return Tag::kOpen;
      }
    } else if (text.compare(start, kClose.size(), kClose) == 0) {
      const std::size_t end =
          text.find_first_not_of(kBlank, start + kClose.size());
      if (end != std::string_view::npos && text[end] == '>') {
        at = end + 1;
        return Tag::kClose;
      }
    }
    return Tag::kNone;
  }

  void start_record(std::int64_t offset, std::int64_t line) {
    if (state_ == State::kRecord) {
      state_ = State::kLost;
      reason_ = "line " + std::to_string(line_) +
                ": the next <Event> begins before </Event>";
    }
    close_gap(offset);
    state_ = State::kRecord;
    line_ = line;
    record_.clear();
  }

  void end_record(std::int64_t end) {
    const RecordReading reading = read_event_record(record_, event_);
    if (!reading.ok) {
      state_ = State::kOutside;
      reporter_.dropped({counted_, end}, "line " + std::to_string(line_) +
                                             ": " + reading.reason);
      counted_ = end;
      return;
    }
    if (!reading.reason.empty()) {
      reporter_.note("line " + std::to_string(line_) + ": " + reading.reason);
    }
    ++records_;
    event_.offset = counted_;
    event_.line = line_;
    sink_.on_event(event_);
    reporter_.accepted(end - counted_);
    counted_ = end;
    state_ = State::kOutside;
  }

  /// Counts the bytes up to `offset`: text between records holds no data, a
  /// record without end is lost.
  void close_gap(std::int64_t offset) {
    if (offset > counted_) {
      if (state_ == State::kLost) {
        reporter_.dropped({counted_, offset}, reason_);
      } else {
        reporter_.slack(offset - counted_);
      }
      counted_ = offset;
    }
    state_ = State::kOutside;
  }

  EventSink& sink_;
  ParseReporter& reporter_;
  Event event_;
  State state_ = State::kOutside;
  std::string record_;
  std::string reason_;
  std::int64_t line_ = 0;     ///< of the record's first tag
  std::int64_t counted_ = 0;  ///< bytes told to the reporter
  std::int64_t records_ = 0;
};

}  // namespace

Result<void> read_event_xml(ByteSource& source, EventSink& sink,
                            ParseReporter& reporter) {
  TextReader reader(source);
  RecordScanner scanner(sink, reporter);
  TextLine line;
  while (true) {
    const Result<bool> more = reader.next(line);
    if (!more || !*more) {
      scanner.finish(reader.position());
      return more ? Result<void>() : tl::unexpected<Error>(more.error());
    }
    scanner.take(reader, line);
  }
}

}  // namespace deskfall
