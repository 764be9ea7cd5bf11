// Whole records as text, and the options of both readers.
#include "ingest/evtx_dump.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

namespace {

constexpr std::uint32_t kTemplate = 0x0badcafe;

struct Text : TextSink {
  std::string text;
  void write(std::string_view part) override { text += part; }
};

std::string dump(std::string_view file, DumpFormat format,
                 const EvtxOptions& options = {}) {
  Text text;
  DamageLog damage;
  const auto source = open_buffer(as_bytes(file));
  REQUIRE(dump_evtx(*source, format, text, damage, options).has_value());
  return text.text;
}

/// A System part with slots, an EventData with all that is awkward.
std::string awkward_file() {
  EvtxBytes chunk;
  chunk.begin_record(5, kNoon).fragment().begin_template(kTemplate).fragment();
  chunk.open("Event", true).attribute("xmlns").text("ns").close_start();
  chunk.open("System").close_start();
  chunk.open("Provider", true).attribute("Name").text("A'B&C");
  chunk.attribute("Guid").optional(0, 0x0f).close_empty();
  chunk.open("EventID", true).attribute("Qualifiers").optional(1, 0x06);
  chunk.close_start().slot(2, 0x06).end();
  chunk.open("Correlation", true).attribute("ActivityID").optional(3, 0x0f);
  chunk.close_empty();
  chunk.open("Gone", false, 3).close_start().optional(3).end();
  chunk.end().open("EventData").close_start();
  chunk.open("Data", true).attribute("Name").text("user").close_start();
  chunk.slot(4).end();
  chunk.open("Data").close_start().slot(5, 0x81).end();
  chunk.open("Data", true).attribute("Name").text("user").close_start();
  chunk.slot(6).end();
  chunk.open("Empty").close_start().slot(3).end();
  chunk.open("Mixed").close_start().text("n=").slot(2, 0x06).end();
  chunk.open("Flag").close_start().slot(7, 0x0d).end();
  chunk.end().end().eof().end_definition();
  chunk.values({{0x0f, std::string(16, '\x1a')},
                {0x00, ""},
                {0x06, number<std::uint16_t>(1026)},
                {0x00, ""},
                {0x01, utf16("<b>\x01\r\n'\"")},
                {0x81, utf16("x") + std::string(2, '\0') + utf16("y")},
                {0x01, utf16("second")},
                {0x0d, number<std::uint32_t>(1)}});
  chunk.eof().end_record();
  return evtx_file({chunk.finish()});
}

std::string file_of(std::uint64_t chunks, std::uint64_t records) {
  std::vector<std::string> out;
  std::uint64_t id = 1;
  for (std::uint64_t i = 0; i < chunks; ++i) {
    EvtxBytes chunk;
    for (std::uint64_t k = 0; k < records; ++k, ++id) {
      chunk.begin_record(id, kNoon + id * 10'000'000).fragment();
      if (chunk.definition_at() == 0) {
        chunk.begin_template(kTemplate).fragment().open("Event").close_start();
        chunk.system("Example", id % 2 == 0 ? "8" : "7", "Example/Log");
        chunk.open("EventData").close_start().open("Data").close_start();
        chunk.slot(0, 0x0a).end().end().end().eof().end_definition();
      } else {
        chunk.instance(kTemplate, chunk.definition_at());
      }
      chunk.values({{0x0a, number(id)}}).eof().end_record();
    }
    out.push_back(chunk.finish());
  }
  return evtx_file(out);
}

Log read_with(std::string_view file, const EvtxOptions& options) {
  Log log;
  const auto source = open_buffer(as_bytes(file));
  REQUIRE(read_evtx(*source, log, log.damage, options).has_value());
  return log;
}

/// Wants records 8 of Example, and of these keeps every second one.
struct OnlyEight : RecordChoice {
  bool wants(const Kind& kind) const override {
    return kind.provider == "Example" && kind.event_id == 8;
  }
  bool keeps(const Event& event) const override {
    return event.record_id % 4 == 0;
  }
};

/// Takes batches as they come.
struct Batches : BatchSink {
  explicit Batches(const RecordChoice* chosen, BatchForm wanted)
      : choice_(chosen), form_(wanted) {}

  void on_event(const Event& event) override { single.push_back(event); }
  [[nodiscard]] const RecordChoice* choice() const override { return choice_; }
  [[nodiscard]] BatchForm form() const override { return form_; }
  void on_batch(EventBatch& batch) override {
    for (const RecordMark& mark : batch.marks()) {
      marks.push_back(mark);
      kinds.push_back(batch.kinds[mark.kind]);
    }
    for (const KeptEvent& kept : batch.kept()) {
      events.push_back(kept.event);
      rows.emplace_back(kept.fields_json.view());
    }
  }

  const RecordChoice* choice_;
  BatchForm form_;
  std::vector<RecordMark> marks;
  std::vector<Kind> kinds;  ///< of the marks
  std::vector<Event> events;
  std::vector<std::string> rows;
  std::vector<Event> single;
};

Batches load(std::string_view file, const RecordChoice* choice, BatchForm form,
             const EvtxOptions& options = {}) {
  Batches sink(choice, form);
  DamageLog damage;
  const auto source = open_buffer(as_bytes(file));
  REQUIRE(load_evtx(*source, sink, damage, options).has_value());
  return sink;
}

}  // namespace

TEST_CASE("XML is what Windows shows, and safe for any parser") {
  const std::string xml = dump(awkward_file(), DumpFormat::kXml);
  CHECK(xml ==
        "<Event xmlns='ns'><System>"
        "<Provider Name='A&apos;B&amp;C' "
        "Guid='{1A1A1A1A-1A1A-1A1A-1A1A-1A1A1A1A1A1A}'/>"
        "<EventID>1026</EventID><Correlation/></System><EventData>"
        "<Data Name='user'>&lt;b&gt;\xef\xbf\xbd&#13;\n'\"</Data>"
        "<Data>x</Data><Data>y</Data><Data Name='user'>second</Data>"
        "<Empty/><Mixed>n=1026</Mixed><Flag>true</Flag>"
        "</EventData></Event>\n");
  pugi::xml_document document;
  CHECK(document.load_string(xml.c_str()));
}

TEST_CASE("JSON keeps repeated names as one array, in their order") {
  const std::string line = dump(awkward_file(), DumpFormat::kJsonLines);
  CHECK(line == R"({"offset":4608,"record":5,"recovered":false,"Event":{)"
                R"("#attributes":{"xmlns":"ns"},"System":{"Provider":{)"
                R"("#attributes":{"Name":"A'B&C",)"
                R"("Guid":"{1A1A1A1A-1A1A-1A1A-1A1A-1A1A1A1A1A1A}"}},)"
                R"("EventID":1026,"Correlation":null},"EventData":{)"
                R"("user":["<b>\u0001\r\n'\"","second"],"Data":["x","y"],)"
                R"("Empty":null,"Mixed":"n=1026","Flag":true}}})"
                "\n");
  CHECK_NOTHROW(nlohmann::json::parse(line));
}

TEST_CASE("a string array of no bytes gives one empty element, not none") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kTemplate).fragment();
  chunk.open("Event").close_start().open("EventData").close_start();
  chunk.open("Data", true).attribute("Name").text("list").close_start();
  chunk.slot(0, 0x81).end();
  chunk.open("Data").close_start().slot(0, 0x81).end();
  chunk.open("Data").close_start().slot(1).end();
  chunk.end().end().eof().end_definition();
  chunk.values({{0x81, ""}, {0x01, utf16("x")}}).eof().end_record();
  const std::string file = evtx_file({chunk.finish()});
  CHECK(dump(file, DumpFormat::kXml) ==
        "<Event><EventData><Data Name='list'/><Data/><Data>x</Data>"
        "</EventData></Event>\n");
  CHECK(dump(file, DumpFormat::kJsonLines) ==
        R"({"offset":4608,"record":1,"recovered":false,"Event":{)"
        R"("EventData":{"list":"","Data":["","x"]}}})"
        "\n");
}

TEST_CASE("a nested remnant without its template keeps its id and values") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kTemplate).fragment();
  chunk.open("Event").close_start().system("Example", "7", "Example/Log");
  chunk.slot(0, 0x21).end().eof().end_definition();
  const std::size_t outer = chunk.definition_at();
  chunk.values({{0x00, ""}}).eof().end_record();
  chunk.begin_record(2, kNoon + 1).fragment().begin_template(kTemplate + 1);
  chunk.fragment().open("Data", true).attribute("Name").text("Wrong");
  chunk.close_start().slot(0).end().eof().end_definition();
  chunk.values({{0x01, utf16("v")}}).eof().end_record();
  const std::size_t free_space = chunk.size();
  EvtxBytes nested;
  const std::size_t begin = nested.size();
  nested.instance(0x77777777, chunk.definition_at());
  nested.values({{0x01, utf16("secret")}});
  chunk.begin_record(3, kNoon + 2).fragment().instance(kTemplate, outer);
  chunk.values({{0x21, nested.bytes().substr(begin)}}).eof().end_record();
  std::string bytes = chunk.finish();
  bytes.replace(48, 4, number(static_cast<std::uint32_t>(free_space)));
  for (const DumpFormat format : {DumpFormat::kXml, DumpFormat::kJsonLines}) {
    const std::string text = dump(evtx_file({bytes}), format);
    const bool is_xml = format == DumpFormat::kXml;
    const std::size_t at =
        text.find(is_xml ? "<!-- recovered" : R"("recovered":true)");
    REQUIRE(at != std::string::npos);
    const std::string remnant = text.substr(at);
    CHECK(remnant.find("0x77777777") != std::string::npos);
    CHECK(remnant.find("secret") != std::string::npos);
    CHECK(remnant.find("incomplete") != std::string::npos);
    CHECK(remnant.find("Wrong") == std::string::npos);
  }
}

TEST_CASE("recovered records are marked in both formats, and come last") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().open("Event").close_start();
  chunk.system("Example", "7", "Log").end().eof().end_record();
  const std::size_t free_space = chunk.size();
  chunk.begin_record(2, kNoon).fragment().open("Event").close_start();
  chunk.system("Example", "7", "Log").end().eof().end_record();
  std::string bytes = chunk.finish();
  bytes.replace(48, 4, number(static_cast<std::uint32_t>(free_space)));
  const std::string file = evtx_file({bytes});
  const std::string xml = dump(file, DumpFormat::kXml);
  CHECK(xml.find("\n<!-- recovered, offset " +
                 std::to_string(4096 + free_space) + " --><Event>") !=
        std::string::npos);
  const std::string json = dump(file, DumpFormat::kJsonLines);
  CHECK(json.find(R"("record":2,"recovered":true,)") != std::string::npos);
}

TEST_CASE("one record can be dumped by its offset") {
  const std::string file = file_of(2, 3);
  const Log log = read_with(file, {});
  REQUIRE(log.events.size() == 6);
  EvtxOptions options;
  options.only_at = log.events[4].offset;
  const std::string xml = dump(file, DumpFormat::kXml, options);
  CHECK(std::count(xml.begin(), xml.end(), '\n') == 1);
  CHECK(xml.find("<Data>5</Data>") != std::string::npos);
  const Log one = read_with(file, options);
  REQUIRE(one.events.size() == 1);
  CHECK(one.events[0].record_id == log.events[4].record_id);
  options.only_at = log.events[4].offset + 1;
  CHECK(dump(file, DumpFormat::kXml, options).empty());
}

TEST_CASE("chunks decoded at the same time give the same, in order") {
  const std::string file = file_of(40, 20);
  EvtxOptions parallel;
  parallel.jobs = 4;
  const Log one = read_with(file, {});
  const Log four = read_with(file, parallel);
  REQUIRE(one.events.size() == 800);
  REQUIRE(four.events.size() == 800);
  for (std::size_t i = 0; i < one.events.size(); ++i) {
    REQUIRE(four.events[i].record_id == i + 1);
    REQUIRE(four.events[i].offset == one.events[i].offset);
    REQUIRE(four.events[i].fields.to_json() == one.events[i].fields.to_json());
  }
  CHECK(one.damage.notes() == four.damage.notes());
  CHECK(one.accounted() == four.accounted());
  for (const DumpFormat format : {DumpFormat::kXml, DumpFormat::kJsonLines}) {
    CHECK(dump(file, format) == dump(file, format, parallel));
  }
}

TEST_CASE("a batch marks every record and holds those that are chosen") {
  const OnlyEight choice;
  for (const int jobs : {1, 3}) {
    EvtxOptions options;
    options.jobs = jobs;
    const std::string file = file_of(4, 1);
    const Log log = read_log(file);
    const Batches loaded = load(file, &choice, BatchForm::kEvents, options);
    REQUIRE(loaded.marks.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(loaded.marks[i].record_id == i + 1);
      CHECK(loaded.marks[i].time == log.events[i].time);
      CHECK(loaded.marks[i].clock == ClockNote::kExact);
      CHECK(loaded.kinds[i].host == log.events[i].host);
      CHECK(loaded.kinds[i].channel == "Example/Log");
      CHECK(loaded.kinds[i].provider == "Example");
      CHECK(loaded.kinds[i].event_id == (i % 2 == 0 ? 7 : 8));
    }
    REQUIRE(loaded.events.size() == 1);  // of 2 and 4, which are wanted
    CHECK(loaded.events[0].event_id == 8);
    CHECK(loaded.events[0].record_id == 4);
    CHECK(loaded.events[0].channel == "Example/Log");
    CHECK(loaded.events[0].fields.text("Data") == "4");
    CHECK(loaded.single.empty());
  }
}

TEST_CASE("rows hold the fields that events hold") {
  const std::string file = awkward_file();
  const Batches rows = load(file, nullptr, BatchForm::kRows);
  const Log log = read_log(file);
  REQUIRE(rows.rows.size() == log.events.size());
  for (std::size_t i = 0; i < log.events.size(); ++i) {
    CHECK(rows.rows[i] == log.events[i].fields.to_json());
  }
}

TEST_CASE("events outside the wanted time are left out, not lost") {
  const std::string file = file_of(1, 10);
  EvtxOptions options;
  options.from = from_filetime(kNoon + 3 * 10'000'000);
  options.to = from_filetime(kNoon + 5 * 10'000'000);
  const Log log = read_with(file, options);
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[0].record_id == 3);
  CHECK(log.accounted() == static_cast<std::int64_t>(file.size()));
  const std::string xml = dump(file, DumpFormat::kXml, options);
  CHECK(std::count(xml.begin(), xml.end(), '\n') == 3);
}

TEST_CASE("every dump of a real log is well-formed and complete") {
  const std::filesystem::path corpus =
      std::filesystem::path(DESKFALL_SOURCE_DIR) / ".." / "shared" / "corpus" /
      "evtx";
  if (!std::filesystem::exists(corpus / "MANIFEST.tsv")) {
    WARN("no corpus beside the source tree; nothing was compared");
    return;
  }
  std::ifstream manifest(corpus / "MANIFEST.tsv");
  std::string line;
  std::getline(manifest, line);
  while (std::getline(manifest, line)) {
    const std::string path = line.substr(0, line.find('\t'));
    INFO(path);
    std::ifstream in(corpus / path, std::ios::binary);
    const std::string file((std::istreambuf_iterator<char>(in)), {});
    const Log log = read_log(file);
    pugi::xml_document document;
    const std::string xml =
        "<Events>" + dump(file, DumpFormat::kXml) + "</Events>";
    REQUIRE(document.load_buffer(xml.data(), xml.size(),
                                 pugi::parse_default | pugi::parse_comments));
    // Records that lost their template are no events, only text.
    std::size_t events = 0;
    std::size_t incomplete = 0;
    for (const auto& child : document.child("Events")) {
      const std::string_view comment = child.value();
      if (child.type() == pugi::node_element) {
        ++events;
      } else if (comment.find("incomplete") != std::string_view::npos) {
        ++incomplete;
      }
    }
    CHECK(events == log.events.size() + incomplete);
    std::istringstream lines(dump(file, DumpFormat::kJsonLines));
    std::size_t objects = 0;
    for (std::string object; std::getline(lines, object); ++objects) {
      REQUIRE(nlohmann::json::accept(object));
    }
    CHECK(objects == events);
  }
}
