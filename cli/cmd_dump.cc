#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "cli/commands.h"
#include "cli/moment.h"
#include "ingest/bundle.h"
#include "ingest/dialog_text.h"
#include "ingest/event_xml.h"
#include "ingest/evtx_dump.h"
#include "ingest/evtx_escape.h"
#include "ingest/evtx_raw.h"
#include "ingest/evtx_reader.h"
#include "ingest/firewall_log.h"
#include "ingest/sniff.h"

namespace deskfall {

namespace {

class ConsoleSink : public TextSink {
 public:
  explicit ConsoleSink(Console& console) : console_(console) {}
  void write(std::string_view text) override {
    console_.out(text);
    has_written_ = true;
  }
  [[nodiscard]] bool has_written() const { return has_written_; }

 private:
  Console& console_;
  bool has_written_ = false;
};

/// 00001200: 2a2a 0000 9802 0000 ...  **......   as xxd does
std::string hex_dump(std::span<const std::byte> bytes, std::int64_t offset) {
  constexpr std::size_t kPerLine = 16;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += kPerLine) {
    out += fmt::format("{:08x}:", offset + static_cast<std::int64_t>(at));
    std::string text;
    for (std::size_t i = 0; i < kPerLine; ++i) {
      out += i % 2 == 0 ? " " : "";
      if (at + i >= bytes.size()) {
        out += "  ";
        continue;
      }
      const auto byte = std::to_integer<unsigned char>(bytes[at + i]);
      out += fmt::format("{:02x}", byte);
      text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    out += "  " + text + '\n';
  }
  return out;
}

/// Text logs have no whole record beyond the event they are read into.
class EventPrinter : public EventSink {
 public:
  EventPrinter(DumpFormat format, Console& console)
      : format_(format), console_(console) {}

  void on_event(const Event& event) override {
    line_.clear();
    format_ == DumpFormat::kXml ? add_xml(event) : add_json(event);
    line_ += '\n';
    console_.out(line_);
  }

 private:
  void add_json(const Event& event);
  void add_xml(const Event& event);
  void add_element(std::string_view name, std::string_view value);
  void escape(std::string_view text);

  DumpFormat format_;
  Console& console_;
  std::string line_;
};

void EventPrinter::add_json(const Event& event) {
  line_ += fmt::format(R"({{"offset":{},"line":{},"time":)", event.offset,
                       event.line);
  append_json_string(
      line_, event.clock == ClockNote::kNone ? "" : format_utc(event.time));
  const auto add = [this](std::string_view name, std::string_view value) {
    line_ += fmt::format(R"(,"{}":)", name);
    append_json_string(line_, value);
  };
  add("clock", clock_note_name(event.clock));
  add("host", event.host);
  add("channel", event.channel);
  add("provider", event.provider);
  line_ += fmt::format(R"(,"event_id":{},"record":{})", event.event_id,
                       event.record_id);
  add("activity_id", event.activity_id);
  line_ += ",\"fields\":";
  event.fields.append_json(line_);
  line_ += '}';
}

void EventPrinter::escape(std::string_view text) {
  evtx::append_escaped(line_, text, evtx::Escape::kXmlAttribute);
}

void EventPrinter::add_element(std::string_view name, std::string_view value) {
  line_ += fmt::format("<{}>", name);
  escape(value);
  line_ += fmt::format("</{}>", name);
}

void EventPrinter::add_xml(const Event& event) {
  line_ +=
      "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">"
      "<System><Provider Name=\"";
  escape(event.provider);
  line_ += "\"/>";
  add_element("EventID", std::to_string(event.event_id));
  if (event.clock != ClockNote::kNone) {
    line_ +=
        fmt::format("<TimeCreated SystemTime=\"{}\"/>", format_utc(event.time));
  }
  add_element("EventRecordID", std::to_string(event.record_id));
  add_element("Channel", event.channel);
  add_element("Computer", event.host);
  line_ += "</System><EventData>";
  for (std::size_t i = 0; i < event.fields.size(); ++i) {
    line_ += "<Data Name=\"";
    escape(event.fields.name(i));
    line_ += "\">";
    escape(event.fields.value(i));
    line_ += "</Data>";
  }
  line_ += "</EventData></Event>";
}

/// Passes on what was asked for; EVTX does so by itself, and sooner.
class Chosen : public EventSink {
 public:
  Chosen(const EvtxOptions& options, EventSink& next)
      : options_(options), next_(next) {}

  void on_event(const Event& event) override {
    const bool has_time = event.clock != ClockNote::kNone;
    const bool in_time =
        has_time ? options_.asks_for(event.time)
                 : !options_.from.has_value() && !options_.to.has_value();
    if (in_time && options_.asks_for(event.event_id) &&
        options_.asks_at(event.offset)) {
      next_.on_event(event);
    }
  }

 private:
  const EvtxOptions& options_;
  EventSink& next_;
};

/// How many records of a file were asked for, and from when to when.
class Found : public EventSink {
 public:
  void on_event(const Event& event) override {
    ++count_;
    if (event.clock == ClockNote::kNone) {
      return;
    }
    first_ = first_ ? std::min(*first_, event.time) : event.time;
    last_ = last_ ? std::max(*last_, event.time) : event.time;
  }

  [[nodiscard]] std::string line(const std::string& path) const {
    const auto text = [](const std::optional<Instant>& time) {
      return time ? format_utc(*time) : "-";
    };
    return count_ == 0 ? std::string()
                       : fmt::format("{:>9}  {}  {}  {}\n", count_,
                                     text(first_), text(last_), path);
  }

 private:
  std::int64_t count_ = 0;
  std::optional<Instant> first_;  ///< of those with a time
  std::optional<Instant> last_;
};

/// What `dump` writes; kFiles names the files alone.
enum class Output { kXml, kJsonLines, kFiles, kHex };

class Dumper : public BundleVisitor {
 public:
  Dumper(Output output, EvtxOptions options, Console& console)
      : output_(output), console_(console), options_(std::move(options)) {
    if (output == Output::kFiles) {
      options_.detail = Detail::kIdAndTime;
    }
  }

  void on_file(const std::string& path, ByteSource& bytes) override {
    const Result<std::size_t> got = bytes.read(head_);
    if (!got) {
      on_refused(path, got.error());
      return;
    }
    const auto head = std::span<const std::byte>(head_).first(*got);
    const auto whole = put_back({head.begin(), head.end()}, bytes);
    DamageLog damage;
    const Format format = sniff(head, path);
    if (format == Format::kUnknown) {
      console_.say(path + ": not a log that is known; nothing of it is shown");
    }
    const Result<void> done = output_ == Output::kFiles
                                  ? find(path, format, *whole, damage)
                                  : dump(format, *whole, damage);
    if (!done) {
      on_refused(path, done.error());
    }
    for (const DamageLog::Dropped& dropped : damage.ranges()) {
      console_.say(fmt::format("{}: bytes {} to {} dropped: {}", path,
                               dropped.range.begin, dropped.range.end,
                               dropped.reason));
    }
    complete_ = complete_ && damage.dropped_bytes() == 0;
  }

  void on_refused(const std::string& path, const Error& error) override {
    console_.say(Error{error.kind, error.what, path, error.hint}.text());
    complete_ = false;
  }

  void on_input(const std::string&, std::int64_t) override {}

  [[nodiscard]] bool complete() const { return complete_; }

 private:
  Result<void> dump(Format format, ByteSource& bytes, DamageLog& damage) {
    const DumpFormat written =
        output_ == Output::kXml ? DumpFormat::kXml : DumpFormat::kJsonLines;
    if (output_ == Output::kHex) {
      DF_TRY(const auto record, read_raw_record(bytes, *options_.only_at));
      console_.out(hex_dump(record, *options_.only_at));
      return {};
    }
    if (format == Format::kEvtx) {
      ConsoleSink sink(console_);
      DF_CHECK(dump_evtx(bytes, written, sink, damage, options_));
      if (options_.only_at && !sink.has_written()) {
        return fail(
            ErrorKind::kInput,
            fmt::format("no record begins at offset {}", *options_.only_at));
      }
      return {};
    }
    EventPrinter printer(written, console_);
    return read_text(format, bytes, printer, damage);
  }

  Result<void> find(const std::string& path, Format format, ByteSource& bytes,
                    DamageLog& damage) {
    Found found;
    Result<void> done = format == Format::kEvtx
                            ? read_evtx(bytes, found, damage, options_)
                            : read_text(format, bytes, found, damage);
    console_.out(found.line(path));
    return done;
  }

  Result<void> read_text(Format format, ByteSource& bytes, EventSink& sink,
                         DamageLog& damage) {
    Chosen chosen(options_, sink);
    switch (format) {
      case Format::kEventXml:
        return read_event_xml(bytes, chosen, damage);
      case Format::kDialog:
        return read_dialog_text(bytes, chosen, damage);
      case Format::kFirewallLog:
        return read_firewall_log(bytes, {}, chosen, damage);
      default:
        return {};
    }
  }

  Output output_;
  Console& console_;
  EvtxOptions options_;
  std::array<std::byte, kSniffBytes> head_{};
  bool complete_ = true;
};

}  // namespace

Finished run_dump(const Args& args, Console& console) {
  // A dump makes no files: a reader who had enough ends it at once.
  std::signal(SIGPIPE, SIG_DFL);
  Output output = Output::kXml;
  if (args.format == "jsonl" || args.format == "json") {
    output = Output::kJsonLines;
  } else if (args.format == "files") {
    output = Output::kFiles;
  } else if (args.format == "hex") {
    output = Output::kHex;
    if (!args.offset) {
      return fail(ErrorKind::kUsage, "bytes are shown of one record", "",
                  "name it with --offset, as v_event and reports do");
    }
  } else if (!args.format.empty() && args.format != "xml") {
    return fail(ErrorKind::kUsage, "unknown format '" + args.format + "'", "",
                "xml, jsonl, files or hex");
  }
  EvtxOptions options;
  options.jobs = args.jobs;
  options.code_page = args.code_page;
  options.ids = args.event_ids;
  options.only_at = args.offset;
  DF_TRY(const Zone zone, Zone::find(args.tz.empty() ? "UTC" : args.tz));
  DF_TRY(options.from, read_moment(args.from, "--from", zone));
  DF_TRY(options.to, read_moment(args.to, "--to", zone));
  if (options.to) {
    options.to->ticks -= 1;  // the words name the first moment left out
  }
  Dumper dumper(output, std::move(options), console);
  // One root over all files makes the whole a document for any XML parser.
  const bool xml = output == Output::kXml;
  console.out(xml ? "<Events>\n" : "");
  DF_CHECK(walk_bundle(args.inputs, {}, dumper));
  console.out(xml ? "</Events>\n" : "");
  return dumper.complete() ? ExitCode::kDone : ExitCode::kIncomplete;
}

}  // namespace deskfall
