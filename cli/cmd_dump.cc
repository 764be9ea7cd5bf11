#include <fmt/format.h>

#include <array>

#include "cli/commands.h"
#include "ingest/bundle.h"
#include "ingest/dialog_text.h"
#include "ingest/event_xml.h"
#include "ingest/evtx_dump.h"
#include "ingest/evtx_escape.h"
#include "ingest/firewall_log.h"
#include "ingest/sniff.h"

namespace deskfall {

namespace {

class ConsoleSink : public TextSink {
 public:
  explicit ConsoleSink(const Console& console) : console_(console) {}
  void write(std::string_view text) override { console_.out(text); }

 private:
  const Console& console_;
};

/// Text logs have no whole record beyond the event they are read into.
class EventPrinter : public EventSink {
 public:
  EventPrinter(DumpFormat format, const Console& console)
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
  const Console& console_;
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

class Dumper : public BundleVisitor {
 public:
  Dumper(DumpFormat format, int jobs, Console& console)
      : format_(format), console_(console) {
    options_.jobs = jobs;
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
    const Result<void> done = dump(sniff(head), *whole, damage);
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
    EventPrinter printer(format_, console_);
    switch (format) {
      case Format::kEvtx: {
        ConsoleSink sink(console_);
        return dump_evtx(bytes, format_, sink, damage, options_);
      }
      case Format::kEventXml:
        return read_event_xml(bytes, printer, damage);
      case Format::kDialog:
        return read_dialog_text(bytes, printer, damage);
      case Format::kFirewallLog:
        return read_firewall_log(bytes, {}, printer, damage);
      default:
        return {};
    }
  }

  DumpFormat format_;
  Console& console_;
  EvtxOptions options_;
  std::array<std::byte, kSniffBytes> head_{};
  bool complete_ = true;
};

}  // namespace

Finished run_dump(const Args& args, Console& console) {
  const bool xml = args.format.empty() || args.format == "xml";
  if (!xml && args.format != "jsonl" && args.format != "json") {
    return fail(ErrorKind::kUsage, "unknown format '" + args.format + "'", "",
                "xml or jsonl");
  }
  Dumper dumper(xml ? DumpFormat::kXml : DumpFormat::kJsonLines, args.jobs,
                console);
  // One root over all files makes the whole a document for any XML parser.
  console.out(xml ? "<Events>\n" : "");
  DF_CHECK(walk_bundle(args.inputs, {}, dumper));
  console.out(xml ? "</Events>\n" : "");
  return dumper.complete() ? ExitCode::kDone : ExitCode::kIncomplete;
}

}  // namespace deskfall
