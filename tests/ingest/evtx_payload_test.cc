// What records may hold: the shapes of BinXML, right and wrong.
#include <catch2/catch.hpp>
#include <string>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

namespace {

constexpr std::uint32_t kOuter = 0x0badcafe;
constexpr std::uint32_t kInner = 0x00c0ffee;

Log read_chunk(const EvtxBytes& chunk) {
  return read_log(evtx_file({chunk.finish()}));
}

/// Begins a record whose template is an Event with the usual System part.
EvtxBytes& begin_event(EvtxBytes& chunk, std::uint64_t id = 1) {
  chunk.begin_record(id, kNoon).fragment().begin_template(kOuter).fragment();
  chunk.open("Event").close_start();
  return chunk.system("Example", "7", "Example/Log");
}

EvtxBytes& end_event(EvtxBytes& chunk, const std::vector<SlotValue>& values) {
  chunk.end().eof().end_definition().values(values);
  return chunk.eof().end_record();
}

/// BinXML as it will stand in a value that begins at `at` of the chunk, for
/// names and definitions inside it know their place.
EvtxBytes value_at(std::size_t at) {
  EvtxBytes value;
  value.raw(std::string(at - value.size(), '\0'));
  return value;
}

std::string bytes_from(const EvtxBytes& value, std::size_t at) {
  return value.bytes().substr(at);
}

}  // namespace

TEST_CASE("a string array repeats its element, empties and all") {
  EvtxBytes chunk;
  begin_event(chunk).open("EventData").close_start();
  chunk.open("Data").close_start().slot(0, 0x81).end();
  chunk.open("Data").close_start().slot(1, 0x81).end().end();
  end_event(chunk, {{0x81, utf16("a") + std::string(4, '\0') + utf16("b")},
                    {0x81, ""}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].fields.to_json() ==
        R"({"Data":"a","Data":"","Data":"b","Data":""})");
}

TEST_CASE("fewer values than slots leave the rest empty, and are told") {
  EvtxBytes chunk;
  begin_event(chunk).open("EventData").close_start();
  chunk.open("Data").close_start().slot(0).end();
  chunk.open("Data").close_start().slot(5).end().end();
  end_event(chunk, {{0x01, utf16("a")}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].fields.to_json() == R"({"Data":"a","Data":""})");
  CHECK(log.has_note(
      "records with other numbers of values than their templates: 1"));
}

TEST_CASE("an element that depends on a NULL value is not there") {
  EvtxBytes chunk;
  begin_event(chunk).open("EventData").close_start();
  chunk.open("Data", false, 0).close_start().optional(0).end();
  chunk.open("Binary", false, 1).close_start().optional(1).end().end();
  end_event(chunk, {{0x00, ""}, {0x0e, "\x01"}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].fields.to_json() == R"({"Binary":"01"})");
}

TEST_CASE("an event without payload is still an event") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kOuter).fragment();
  chunk.open("Event", false, 0).close_start();
  chunk.system("Example", "7", "Example/Log").optional(0, 0x21);
  end_event(chunk, {{0x00, ""}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].provider == "Example");
  CHECK(log.events[0].fields.empty());
}

TEST_CASE("a BinXML value may be an instance, a fragment or an element") {
  for (const int shape : {0, 1, 2}) {
    EvtxBytes chunk;
    begin_event(chunk).slot(0, 0x21);
    // The value begins behind its count and one descriptor, after the end of
    // the definition (close and EOF).
    const std::size_t at = chunk.size() + 2 + 4 + 4;
    EvtxBytes value = value_at(at);
    if (shape == 0) {
      value.fragment().begin_template(kInner).fragment();
      value.open("EventData").close_start();
      value.open("Data", true).attribute("Name").text("n").close_start();
      value.slot(0).end().end().eof().end_definition();
      value.values({{0x01, utf16("v")}}).eof();
    } else {
      value.without_dependency_ids();
      if (shape == 1) {
        value.fragment();
      }
      value.open("EventData").close_start();
      value.open("Data", true).attribute("Name").text("n").close_start();
      value.text("v").end().end().eof();
    }
    end_event(chunk, {{0x21, bytes_from(value, at)}});
    const Log log = read_chunk(chunk);
    INFO("shape " << shape);
    REQUIRE(log.events.size() == 1);
    CHECK(log.events[0].fields.to_json() == R"({"n":"v"})");
  }
}

TEST_CASE("a record may do without template, with or without dependency ids") {
  for (const bool with_ids : {true, false}) {
    EvtxBytes chunk;
    chunk.begin_record(9, kNoon).fragment();
    if (!with_ids) {
      chunk.without_dependency_ids();
    }
    chunk.open("Event").close_start().system("Example", "1149", "Log");
    chunk.open("UserData").close_start().open("EventXML").close_start();
    chunk.open("Param1").close_start().text("bob").end();
    chunk.open("Param2").close_empty().end().end();
    chunk.open("RenderingInfo").close_start().open("Message").close_start();
    chunk.text("words").end().end().end().eof().end_record();
    const Log log = read_chunk(chunk);
    REQUIRE(log.events.size() == 1);
    CHECK(log.events[0].event_id == 1149);
    CHECK(log.events[0].fields.to_json() == R"({"Param1":"bob","Param2":""})");
    CHECK(log.has_note("forwarded records"));
  }
}

TEST_CASE("UserData is flattened below its wrapper, attributes included") {
  EvtxBytes chunk;
  begin_event(chunk).open("UserData").close_start();
  chunk.open("Wrapper", true).attribute("xmlns").text("ns").close_start();
  chunk.open("Chain", true).attribute("ref").text("r1").close_start();
  chunk.open("Item", true).attribute("id").text("1").close_start();
  chunk.text("x").end().open("Item").close_start().text("y").end().end();
  chunk.open("Result", true).attribute("value").slot(0).close_empty();
  chunk.end().end();
  end_event(chunk, {{0x08, number<std::uint32_t>(5)}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].fields.to_json() ==
        R"({"Chain/@ref":"r1","Chain/Item/@id":"1","Chain/Item":"x",)"
        R"("Chain/Item":"y","Result/@value":"5"})");
}

TEST_CASE("text may be split around entities and character references") {
  EvtxBytes chunk;
  begin_event(chunk).open("EventData").close_start();
  chunk.open("Data", true).attribute("Name").text("a").entity("amp");
  chunk.char_ref('b').close_start();
  chunk.text("1").entity("lt").cdata("<&>").instruction("pi", "data");
  chunk.entity("custom").end().end();
  end_event(chunk, {});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].fields.to_json() == R"({"a&b":"1<<&>&custom;"})");
}

TEST_CASE("tokens mean the same with and without the bit for more") {
  EvtxBytes chunk;
  begin_event(chunk).open("EventData").close_start().open("Data").close_start();
  chunk.put<std::uint8_t>(0x45).put<std::uint8_t>(1).counted("x");
  chunk.put<std::uint8_t>(0x48).put<std::uint16_t>('y').end().end();
  end_event(chunk, {});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].fields.to_json() == R"({"Data":"xy"})");
}

TEST_CASE("a definition is found wherever it stands in the chunk") {
  // The second record defines, the first one uses.
  EvtxBytes probe;
  begin_event(probe, 2);
  const std::size_t before = probe.definition_at();  // one record at 512
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment();
  const std::size_t instance_at = chunk.size() + 6;
  chunk.instance(kOuter, 0).values({{0x01, utf16("first")}}).eof();
  chunk.end_record();
  const std::size_t shift = chunk.size() - 512;
  begin_event(chunk, 2).open("EventData").close_start();
  chunk.open("Data").close_start().slot(0).end().end();
  end_event(chunk, {{0x01, utf16("second")}});
  chunk.patch(instance_at, static_cast<std::uint32_t>(before + shift));
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[0].fields.text("Data") == "first");
  CHECK(log.events[1].fields.text("Data") == "second");
}

TEST_CASE("a template with another id is never used") {
  EvtxBytes chunk;
  begin_event(chunk);
  end_event(chunk, {});
  chunk.begin_record(2, kNoon).fragment();
  chunk.instance(kInner, chunk.definition_at()).values({}).eof().end_record();
  const Log log = read_chunk(chunk);
  CHECK(log.events.size() == 1);
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK(log.damage.ranges()[0].reason.find("overwritten") != std::string::npos);
}

TEST_CASE("a name whose hash does not fit ends its template") {
  EvtxBytes chunk;
  begin_event(chunk);
  const std::size_t name = chunk.size() + 3 + 4 + 4 + 8;
  chunk.open("EventData").close_empty();
  end_event(chunk, {});
  chunk.patch(name, std::uint16_t{'F'});
  const Log log = read_chunk(chunk);
  CHECK(log.events.empty());
  CHECK(log.damage.dropped_count() == 1);
}

TEST_CASE("one GUID with two definitions gives each record its own names") {
  const auto chunk_with = [](std::string_view name, std::uint64_t id) {
    EvtxBytes chunk;
    begin_event(chunk, id).open("EventData").close_start();
    chunk.open("Data", true).attribute("Name").text(name).close_start();
    chunk.slot(0).end().end();
    end_event(chunk, {{0x01, utf16("v")}});
    return chunk.finish();
  };
  const Log log = read_log(evtx_file(
      {chunk_with("old", 1), chunk_with("new", 2), chunk_with("old", 3)}));
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[0].fields.to_json() == R"({"old":"v"})");
  CHECK(log.events[1].fields.to_json() == R"({"new":"v"})");
  CHECK(log.events[2].fields.to_json() == R"({"old":"v"})");
}

TEST_CASE("a template is the same one wherever its names happen to stand") {
  // In the second chunk the element names are references to an earlier record.
  EvtxBytes first;
  begin_event(first, 1).open("EventData").close_start();
  first.open("Data").close_start().slot(0).end().end();
  end_event(first, {{0x01, utf16("a")}});
  const Log log = read_log(evtx_file({first.finish(), first.finish()}));
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[1].fields.text("Data") == "a");
}

TEST_CASE("huge counts are refused before anything is reserved") {
  EvtxBytes chunk;
  begin_event(chunk);
  chunk.end().eof().end_definition().put<std::uint32_t>(0xffffffff).eof();
  chunk.end_record();
  const Log log = read_chunk(chunk);
  CHECK(log.events.empty());
  CHECK(log.damage.dropped_count() == 1);
}

TEST_CASE("elements nested too deeply are refused") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment();
  for (int i = 0; i < 300; ++i) {
    chunk.open("e").close_start();
  }
  for (int i = 0; i < 300; ++i) {
    chunk.end();
  }
  chunk.eof().end_record();
  const Log log = read_chunk(chunk);
  CHECK(log.events.empty());
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK(log.damage.ranges()[0].reason.find("nested too deeply") !=
        std::string::npos);
}

TEST_CASE("instances nest in values 32 deep and no deeper") {
  constexpr std::size_t kMost = 32;  // the record's own included
  for (const bool as_fragment : {false, true}) {
    for (const std::size_t depth : {std::size_t{1}, kMost, kMost + 1}) {
      CAPTURE(as_fragment, depth);
      EvtxBytes chunk;
      chunk.begin_record(1, kNoon).fragment().begin_template(kInner).fragment();
      chunk.open("E").close_start().slot(0, 0x21).end().eof().end_definition();
      chunk.values({{0x00, ""}}).eof().end_record();
      std::string value;
      for (std::size_t i = 1; i < depth; ++i) {
        EvtxBytes instance;
        const std::size_t begin = instance.size();
        if (as_fragment) {
          instance.fragment();
        }
        instance.instance(kInner, chunk.definition_at());
        instance.values(
            {{static_cast<std::uint8_t>(i == 1 ? 0x00 : 0x21), value}});
        value = bytes_from(instance, begin);
      }
      chunk.begin_record(2, kNoon).fragment();
      chunk.instance(kInner, chunk.definition_at());
      chunk.values(
          {{static_cast<std::uint8_t>(depth == 1 ? 0x00 : 0x21), value}});
      chunk.eof().end_record();
      const Log log = read_chunk(chunk);
      CHECK(log.events.size() == (depth > kMost ? 1 : 2));
      CHECK(log.damage.dropped_count() == (depth > kMost ? 1 : 0));
      if (depth > kMost) {
        CHECK(log.damage.ranges()[0].reason.find(
                  "instances nested too deeply") != std::string::npos);
      }
    }
  }
}

TEST_CASE("an element in a value counts as one more of those 32") {
  constexpr std::size_t kMost = 32;
  for (const std::size_t depth : {kMost, kMost + 1}) {
    CAPTURE(depth);
    EvtxBytes chunk;
    chunk.begin_record(1, kNoon).fragment().begin_template(kInner).fragment();
    const std::size_t name = chunk.size() + 1 + 2 + 4 + 4;
    chunk.open("E").close_start().slot(0, 0x21).end().eof().end_definition();
    chunk.values({{0x00, ""}}).eof().end_record();
    // The innermost value is <E/>, whose name stands in the definition.
    std::string value =
        std::string("\x0f\x01\x01\x00\x01", 5) + number<std::uint32_t>(5) +
        number(static_cast<std::uint32_t>(name)) + std::string("\x03\x00", 2);
    for (std::size_t i = 2; i < depth; ++i) {
      EvtxBytes instance;
      const std::size_t begin = instance.size();
      instance.instance(kInner, chunk.definition_at());
      instance.values({{0x21, value}});
      value = bytes_from(instance, begin);
    }
    chunk.begin_record(2, kNoon).fragment();
    chunk.instance(kInner, chunk.definition_at()).values({{0x21, value}});
    chunk.eof().end_record();
    const Log log = read_chunk(chunk);
    CHECK(log.events.size() == (depth > kMost ? 1 : 2));
    REQUIRE(log.damage.dropped_count() == (depth > kMost ? 1 : 0));
    if (depth > kMost) {
      CHECK(log.damage.ranges()[0].reason.find("instances nested too deeply") !=
            std::string::npos);
    }
  }
}

TEST_CASE("a nested instance proves its template like the outer one") {
  EvtxBytes chunk;
  begin_event(chunk).slot(0, 0x21);
  end_event(chunk, {{0x00, ""}});
  const std::size_t outer = chunk.definition_at();
  chunk.begin_record(2, kNoon).fragment().begin_template(kInner).fragment();
  chunk.open("EventData").close_start().open("Data", true).attribute("Name");
  chunk.text("Wrong").close_start().slot(0);
  chunk.end().end().eof().end_definition().values({{0x01, utf16("v")}}).eof();
  chunk.end_record();
  for (const std::uint32_t id : {kInner, kInner + 1}) {
    CAPTURE(id);
    EvtxBytes nested;
    const std::size_t begin = nested.size();
    nested.instance(id, chunk.definition_at());
    nested.values({{0x01, utf16("secret")}});
    EvtxBytes whole = chunk;
    whole.begin_record(3, kNoon).fragment().instance(kOuter, outer);
    whole.values({{0x21, bytes_from(nested, begin)}}).eof().end_record();
    const Log log = read_chunk(whole);
    const bool is_right = id == kInner;
    REQUIRE(log.events.size() == (is_right ? 3 : 2));
    CHECK(log.damage.dropped_count() == (is_right ? 0 : 1));
    CHECK((log.events.back().fields.text("Wrong") == "secret") == is_right);
  }
}

TEST_CASE("a template that contains itself comes to an end") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kOuter).fragment();
  chunk.open("Event").close_start();
  chunk.instance(kOuter, chunk.definition_at()).values({});
  end_event(chunk, {});
  const Log log = read_chunk(chunk);
  CHECK(log.events.empty());
  CHECK(log.damage.dropped_count() == 1);
}

TEST_CASE("a record cannot swell without end") {
  // 2,000 insertions of one value of 30,000 characters.
  EvtxBytes chunk;
  begin_event(chunk).open("EventData").close_start().open("Data").close_start();
  for (int i = 0; i < 2000; ++i) {
    chunk.slot(0);
  }
  chunk.end().end();
  end_event(chunk, {{0x01, std::string(30'000, 'x')}});
  const Log log = read_chunk(chunk);
  CHECK(log.events.empty());
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK(log.damage.ranges()[0].reason.find("without end") != std::string::npos);
}

TEST_CASE("TimeCreated is the time; a header that differs is told") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kOuter).fragment();
  chunk.open("Event").close_start().open("System").close_start();
  chunk.open("TimeCreated", true).attribute("SystemTime").slot(0, 0x11);
  chunk.close_empty().open("EventID").close_start().slot(1, 0x08).end().end();
  end_event(chunk, {{0x11, number(kNoon + 30'000'000)},
                    {0x08, number<std::uint32_t>(0xc0000007)}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].time == from_filetime(kNoon + 30'000'000));
  CHECK(log.events[0].event_id == 7);  // without the qualifiers above
  CHECK(log.has_note("differ by more than a second: 1"));
}

TEST_CASE("a TimeCreated of zero leaves the header's time") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kOuter).fragment();
  chunk.open("Event").close_start().open("System").close_start();
  chunk.open("TimeCreated", true).attribute("SystemTime").slot(0, 0x11);
  chunk.close_empty().end();
  end_event(chunk, {{0x11, number<std::uint64_t>(0)}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].time == from_filetime(kNoon));
}

TEST_CASE("the System part fills the event's members") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(kOuter).fragment();
  chunk.open("Event").close_start().open("System").close_start();
  chunk.open("Provider", true).attribute("Name").slot(0).close_empty();
  chunk.open("Level").close_start().slot(1, 0x04).end();
  chunk.open("EventRecordID").close_start().slot(2, 0x0a).end();
  chunk.open("Correlation", true).attribute("ActivityID").optional(3, 0x0f);
  chunk.close_empty();
  chunk.open("Execution", true).attribute("ProcessID").slot(4, 0x08);
  chunk.attribute("ThreadID").slot(5, 0x08).close_empty();
  chunk.open("Computer").close_start().slot(6).end();
  chunk.open("Security", true).attribute("UserID").optional(7, 0x13);
  chunk.close_empty().end();
  end_event(chunk, {{0x01, utf16("P")},
                    {0x04, "\x02"},
                    {0x0a, number<std::uint64_t>(77)},
                    {0x0f, std::string(16, '\x1a')},
                    {0x08, number<std::uint32_t>(4)},
                    {0x08, number<std::uint32_t>(8)},
                    {0x01, ""},
                    {0x13, std::string("\1\1\0\0\0\0\0\5\22\0\0\0", 12)}});
  const Log log = read_chunk(chunk);
  REQUIRE(log.events.size() == 1);
  const Event& event = log.events[0];
  CHECK(event.provider == "P");
  CHECK(event.level == 2);
  CHECK(event.record_id == 77);
  CHECK(event.activity_id == "1A1A1A1A-1A1A-1A1A-1A1A-1A1A1A1A1A1A");
  CHECK(event.process_id == 4);
  CHECK(event.thread_id == 8);
  CHECK(event.host.empty());
  CHECK(event.user_sid == "S-1-5-18");
}
