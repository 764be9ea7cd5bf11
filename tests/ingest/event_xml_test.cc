#include "ingest/event_xml.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/byte_source.h"
#include "support/collect.h"

namespace deskfall {
namespace {

using test::counted;
using test::EventList;

struct Read {
  std::vector<Event> events;
  DamageLog damage;
};

Read read_xml(const std::string& bytes) {
  Read read;
  EventList list;
  const auto source = open_buffer(as_bytes(bytes));
  REQUIRE(read_event_xml(*source, list, read.damage));
  REQUIRE(counted(read.damage) == static_cast<std::int64_t>(bytes.size()));
  read.events = std::move(list.events);
  return read;
}

std::string record(int id, const std::string& data) {
  return "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"
         "<System><Provider Name='Microsoft-Windows-RemoteDesktopServices-"
         "RdpCoreTS' Guid='{1139c61b-b549-4251-8ed3-27250a1edec8}'/>"
         "<EventID Qualifiers='49152'>" +
         std::to_string(id) +
         "</EventID><Version>0</Version><Level>3</Level>"
         "<TimeCreated SystemTime='2026-03-02T08:14:07.4123456Z'/>"
         "<EventRecordID>77</EventRecordID><Correlation ActivityID='"
         "{f420a8bc-c213-4847-bb6e-70e6fca10000}'/>"
         "<Execution ProcessID='1512' ThreadID='28968'/>"
         "<Channel>Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/"
         "Operational</Channel><Computer>srv.example.test</Computer>"
         "<Security UserID='S-1-5-20'/></System>" +
         data + "</Event>";
}

const char* const kData =
    "<EventData><Data Name='IPString'>192.0.2.7</Data><Data>a</Data>"
    "<Data>b</Data><Data/><Binary>0A0B</Binary></EventData>";

TEST_CASE("A record fills every member of Event") {
  const Read read = read_xml(record(140, kData));
  REQUIRE(read.events.size() == 1);
  const Event& event = read.events[0];
  CHECK(event.provider == "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS");
  CHECK(event.channel ==
        "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational");
  CHECK(event.host == "srv.example.test");
  CHECK(event.event_id == 140);
  CHECK(event.level == 3);
  CHECK(event.record_id == 77);
  CHECK(event.activity_id == "F420A8BC-C213-4847-BB6E-70E6FCA10000");
  CHECK(event.process_id == 1512);
  CHECK(event.thread_id == 28968);
  CHECK(event.user_sid == "S-1-5-20");
  CHECK(format_utc(event.time) == "2026-03-02T08:14:07.4123456Z");
  CHECK(event.clock == ClockNote::kExact);
  CHECK(event.precision == 1);
  CHECK(
      event.fields.to_json() ==
      R"({"IPString":"192.0.2.7","Data":"a","Data":"b","Data":"","Binary":"0A0B"})");
}

TEST_CASE("User data are flattened below their wrapper") {
  const Read read = read_xml(
      record(25,
             "<UserData><EventXML xmlns='Event_NS'><User>EX\\bob</User>"
             "<Chain ref='{1}'><Element>x</Element><Element>y</Element></Chain>"
             "<Empty></Empty></EventXML></UserData>"));
  REQUIRE(read.events.size() == 1);
  CHECK(
      read.events[0].fields.to_json() ==
      R"({"User":"EX\\bob","Chain/@ref":"{1}","Chain/Element":"x","Chain/Element":"y","Empty":""})");
}

TEST_CASE("Every shape of export gives the same records") {
  const std::string a = record(131, kData);
  const std::string b = record(140, kData);
  const std::string declaration =
      "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>";
  const std::vector<std::string> shapes = {
      a + b,
      a + "\r\n" + b + "\r\n",
      "\xef\xbb\xbf" + declaration + "\r\n<Events>" + a + b + "</Events>",
      declaration + "<Events>" + a + "</Events>\r\n\xef\xbb\xbf" + declaration +
          "<Events>" + b + "</Events>",
      "\xff\xfe" + test::utf16le(a + "\r\n" + b + "\r\n"),
      "\xfe\xff" + test::utf16be(a + "\r\n" + b + "\r\n"),
      test::utf16le(a + b),
      test::utf16be(a + b),
      "\xff\xfe" + test::utf16le(a + "\r\n") + b,
      a + "\n" + test::utf16le(b),
      "Record 1\n" + declaration + "\n" + a + "\n\nRecord 2\n" + declaration +
          "\n" + b + "\n",
      "Log Name:      Security\r\nEvent Xml:\r\n" + a +
          "\r\n\r\nLog Name:  x\r\nEvent Xml:\r\n" + b,
      "- " + a + "\n- " + b,
      std::string(70'000, ' ') + a + std::string(65'500, ' ') + b};
  for (const std::string& shape : shapes) {
    const Read read = read_xml(shape);
    INFO(shape.substr(0, 60));
    REQUIRE(read.events.size() == 2);
    CHECK(read.events[0].event_id == 131);
    CHECK(read.events[1].event_id == 140);
    CHECK(read.events[1].fields.text("IPString") == "192.0.2.7");
    CHECK(read.damage.dropped_bytes() == 0);
  }
}

TEST_CASE("Browser dashes and blanks around values do not matter") {
  const Read read = read_xml(
      "- <Event "
      "xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">"
      "\n- <System>\n  <Provider Name=\"TermDD\" /> \n"
      "  <EventID Qualifiers=\"49162\">56</EventID> \n"
      "  <TimeCreated SystemTime=\"2019-01-02T03:04:05.123000000Z\" />\n"
      "  </System>\n- <EventData>\n  <Data>\\Device\\Termdd</Data> \n"
      "  <Data>192.0.2.9</Data> \n  </EventData>\n  </Event>");
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].event_id == 56);
  CHECK(read.events[0].line == 1);
  CHECK(read.events[0].offset == 2);
  CHECK(read.events[0].fields.text("Data[1]") == "192.0.2.9");
}

TEST_CASE("Offsets and lines are those of the original file") {
  const std::string a = record(1, kData);
  const std::string head = "one\r\ntwo\r\n";
  const Read wide = read_xml("\xff\xfe" + test::utf16le(head + a + a));
  REQUIRE(wide.events.size() == 2);
  CHECK(wide.events[0].line == 3);
  CHECK(wide.events[0].offset ==
        static_cast<std::int64_t>(2 + 2 * head.size()));
  CHECK(wide.events[1].offset ==
        static_cast<std::int64_t>(2 + 2 * (head.size() + a.size())));
  CHECK(wide.damage.accepted_bytes() ==
        static_cast<std::int64_t>(4 * a.size()));
}

TEST_CASE("Time keeps the grain it was written with") {
  const auto grain = [](const std::string& time) {
    std::string text = record(1, kData);
    const std::string old = "2026-03-02T08:14:07.4123456Z";
    text.replace(text.find(old), old.size(), time);
    const Read read = read_xml(text);
    REQUIRE(read.events.size() == 1);
    return std::make_pair(format_utc(read.events[0].time),
                          read.events[0].precision);
  };
  CHECK(grain("2026-03-02T08:14:07.412Z") ==
        std::make_pair(std::string("2026-03-02T08:14:07.4120000Z"),
                       Ticks{10'000}));
  CHECK(grain("2026-03-02T08:14:07.412345Z").second == 10);
  CHECK(grain("2026-03-02T08:14:07.412345600Z").first ==
        "2026-03-02T08:14:07.4123456Z");
  CHECK(grain("2026-03-02T08:14:07Z").second == kTicksPerSecond);
  // tracerpt's offset is one minute short of +01:00.
  CHECK(grain("2026-03-02T09:14:07.412345600+00:59").first ==
        "2026-03-02T08:14:07.4123456Z");
}

TEST_CASE("A malformed GUID or time does not cost the record") {
  std::string text = record(226, kData);
  const std::string guid = "{f420a8bc-c213-4847-bb6e-70e6fca10000}";
  text.replace(text.find(guid), guid.size(), "{RickAstley}");
  const std::string time = "2026-03-02T08:14:07.4123456Z";
  text.replace(text.find(time), time.size(), "yesterday");
  const Read read = read_xml(text);
  REQUIRE(read.events.size() == 1);
  CHECK(read.events[0].activity_id == "{RickAstley}");
  CHECK(read.events[0].clock == ClockNote::kNone);
}

TEST_CASE("A truncated record is dropped with its range, the next is read") {
  const std::string a = record(1, kData);
  const std::string torn = a.substr(0, 300);
  const Read read = read_xml(torn + a + torn);
  REQUIRE(read.events.size() == 1);
  REQUIRE(read.damage.ranges().size() == 2);
  CHECK(read.damage.ranges()[0].range.begin == 0);
  CHECK(read.damage.ranges()[0].range.end == 300);
  CHECK(read.damage.ranges()[1].range.begin ==
        static_cast<std::int64_t>(300 + a.size()));
  CHECK(read.damage.ranges()[1].reason ==
        "line 1: the file ends before </Event>");
}

TEST_CASE("Control characters and broken display text are survived") {
  const Read control = read_xml(
      record(1, "<EventData><Data Name='x'>a&#x1;b\x02</Data></EventData>"));
  REQUIRE(control.events.size() == 1);
  CHECK(control.events[0].fields.text("x") ==
        "a\x01"
        "b\x02");
  const Read broken = read_xml(record(
      1,
      std::string(kData) +
          "<RenderingInfo><Message>if a < b & <c</Message></RenderingInfo>"));
  REQUIRE(broken.events.size() == 1);
  CHECK(broken.events[0].fields.text("IPString") == "192.0.2.7");
  const Read worse =
      read_xml(record(1, "<EventData><Data Name='x'>a < b</Data></EventData>"));
  CHECK(worse.events.empty());
  CHECK(worse.damage.dropped_count() == 1);
}

TEST_CASE("An endless record is given up and the next one is read") {
  const std::string a = record(7, kData);
  const Read read =
      read_xml("<Event x='1'>" + std::string(17 * 1024 * 1024, 'z') + a);
  REQUIRE(read.events.size() == 1);
  CHECK(read.damage.dropped_count() == 1);
  CHECK(read.damage.accepted_bytes() == static_cast<std::int64_t>(a.size()));
}

TEST_CASE("Deep and wide hostile user data stay bounded") {
  std::string deep = "<UserData><w>";
  for (int i = 0; i < 20'000; ++i) {
    deep += "<a>";
  }
  for (int i = 0; i < 20'000; ++i) {
    deep += "</a>";
  }
  const Read nested = read_xml(record(1, deep + "</w></UserData>"));
  REQUIRE(nested.events.size() == 1);
  CHECK(nested.damage.notes().size() == 1);
  std::string wide = "<UserData><w><" + std::string(20'000, 'n') + ">";
  for (int i = 0; i < 20'000; ++i) {
    wide += "<a/>";
  }
  wide += "</" + std::string(20'000, 'n') + "></w></UserData>";
  const Read many = read_xml(record(1, wide));
  REQUIRE(many.events.size() == 1);
  CHECK(many.events[0].fields.to_json().size() < 10 * wide.size());
}

TEST_CASE("Cutting a file at any byte loses no record before the cut") {
  std::string text = "<Events>";
  std::vector<std::size_t> ends;
  for (int i = 1; i <= 3; ++i) {
    text += record(i, kData) + "\r\n";
    ends.push_back(text.size() - 2);
  }
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::size_t whole = 0;
    for (const std::size_t end : ends) {
      whole += end <= cut ? 1U : 0U;
    }
    REQUIRE(read_xml(text.substr(0, cut)).events.size() == whole);
  }
  const std::string wide = "\xff\xfe" + test::utf16le(text);
  for (std::size_t cut = 0; cut <= wide.size(); cut += 7) {
    std::size_t whole = 0;
    for (const std::size_t end : ends) {
      whole += 2 + 2 * end <= cut ? 1U : 0U;
    }
    REQUIRE(read_xml(wide.substr(0, cut)).events.size() == whole);
  }
}

TEST_CASE("Public samples read whole") {
  namespace fs = std::filesystem;
  const fs::path corpus =
      fs::path(DESKFALL_SOURCE_DIR) / "../shared/corpus/formats";
  if (!fs::exists(corpus)) {
    WARN("the sample folder is not here; skipped");
    return;
  }
  const auto read = [&corpus](const std::string& path) {
    const auto source = open_file((corpus / path).string());
    REQUIRE(source);
    Read out;
    EventList list;
    REQUIRE(read_event_xml(**source, list, out.damage));
    CHECK(counted(out.damage) ==
          static_cast<std::int64_t>(fs::file_size(corpus / path)));
    out.events = std::move(list.events);
    return out;
  };
  const Read client = read("event_xml/EventViewerInput2.txt");
  REQUIRE(client.events.size() == 1);
  CHECK(client.events[0].event_id == 140);
  CHECK(client.events[0].fields.text("IPString") == "18.19.90.91");
  CHECK(client.damage.dropped_bytes() == 0);
  // The poster cut the record behind </System>.
  const Read pasted = read("eventviewer_text/rdpcorets_226.txt");
  CHECK(pasted.events.empty());
  REQUIRE(pasted.damage.ranges().size() == 1);
  CHECK(pasted.damage.ranges()[0].reason ==
        "line 13: the file ends before </Event>");
  CHECK(read("event_xml/EventViewerInput5.txt").events.size() == 1);
  CHECK(read("windows_misc/windows-bf.log").events.size() == 6);
  CHECK(read("windows_misc/windows-logs.log").events.size() == 1);
  const Read dumped = read(
      "evtx_dump/test_record_samples__event_xml_sample_with_user_data.snap");
  REQUIRE(dumped.events.size() == 1);
  CHECK(dumped.events[0].fields.text("EventAuxInfo/@ProcessName") ==
        "Setup.exe");
}

}  // namespace
}  // namespace deskfall
