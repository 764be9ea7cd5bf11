#include <fmt/format.h>

#include <array>
#include <csignal>

#include "cli/commands.h"
#include "cli/moment.h"
#include "ingest/bundle.h"
#include "ingest/dialog_text.h"
#include "ingest/event_xml.h"
#include "ingest/evtx_dump.h"
#include "ingest/evtx_escape.h"
#include "ingest/evtx_reader.h"
#include "ingest/firewall_log.h"
#include "ingest/sniff.h"

namespace deskfall {

namespace {

class ConsoleSink : public TextSink {
 public:
  explicit ConsoleSink(Console& console) : console_(console) {}
  void write(std::string_view text) override { console_.out(text); }

 private:
  Console& console_;
};

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
    if (in_time && options_.asks_for(event.event_id)) {
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
    if (count_ == 0 || event.time < first_) {
      first_ = event.time;
    }
    if (count_ == 0 || event.time > last_) {
      last_ = event.time;
    }
    ++count_;
  }

  [[nodiscard]] std::string line(const std::string& path) const {
    return count_ == 0
               ? std::string()
               : fmt::format("{:>9}  {}  {}  {}\n", count_, format_utc(first_),
                             format_utc(last_), path);
  }

 private:
  std::int64_t count_ = 0;
  Instant first_;
  Instant last_;
};

/// What `dump` writes; kFiles names the files alone.
enum class Output { kXml, kJsonLines, kFiles };

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
    const Result<void> done = output_ == Output::kFiles
                                  ? find(path, sniff(head), *whole, damage)
                                  : dump(sniff(head), *whole, damage);
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
    console_.say(path + ": " + error.what);
    complete_ = false;
  }

  void on_input(const std::string&, std::int64_t) override {}

  [[nodiscard]] bool complete() const { return complete_; }

 private:
  Result<void> dump(Format format, ByteSource& bytes, DamageLog& damage) {
    const DumpFormat written =
        output_ == Output::kXml ? DumpFormat::kXml : DumpFormat::kJsonLines;
    if (format == Format::kEvtx) {
      ConsoleSink sink(console_);
      return dump_evtx(bytes, written, sink, damage, options_);
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
  } else if (!args.format.empty() && args.format != "xml") {
    return fail(ErrorKind::kUsage, "unknown format '" + args.format + "'", "",
                "xml, jsonl or files");
  }
  EvtxOptions options;
  options.jobs = args.jobs;
  options.code_page = args.code_page;
  options.ids = args.event_ids;
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
