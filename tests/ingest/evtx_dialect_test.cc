// Records that other producers write, or that Windows writes on odd days: each
// is read like any other.
#include <catch2/catch.hpp>
#include <string>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

namespace {

/// A record without template, so that its tokens stand in the test as they are
/// stored.
EvtxBytes& begin(EvtxBytes& chunk, std::string_view computer = "host.example") {
  chunk.begin_record(1, kNoon).fragment().open("Event").close_start();
  chunk.open("System").close_start();
  chunk.open("Provider", true).attribute("Name").text("Example").close_empty();
  chunk.open("EventID").close_start().text("7").end();
  chunk.open("Channel").close_start().text("Example/Log").end();
  chunk.open("Computer").close_start();
  if (!computer.empty()) {
    chunk.text(computer);
  }
  return chunk.end().end().open("EventData").close_start();
}

Event read_one(EvtxBytes& chunk) {
  chunk.end().end().eof().end_record();
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 1);
  CHECK(log.damage.dropped_bytes() == 0);
  return log.events[0];
}

}  // namespace

TEST_CASE("NetApp: one attribute in several pieces, with the bit for more") {
  // 0x45 text, 0x48 character reference, 0x49 entity, 0x46 attribute: the
  // tokens 0x05, 0x08, 0x09 and 0x06 with "more follows".
  EvtxBytes chunk;
  begin(chunk).open("Data", true);
  chunk.put<std::uint8_t>(0x46).name("Name");
  chunk.put<std::uint8_t>(0x45).put<std::uint8_t>(0x01).counted("Object");
  chunk.put<std::uint8_t>(0x48).put<std::uint16_t>('&');
  chunk.put<std::uint8_t>(0x45).put<std::uint8_t>(0x01).counted("Name");
  chunk.close_start();
  chunk.put<std::uint8_t>(0x45).put<std::uint8_t>(0x01).counted("/vol");
  chunk.put<std::uint8_t>(0x49).name("lt");
  chunk.put<std::uint8_t>(0x48).put<std::uint16_t>(0x20ac);
  chunk.put<std::uint8_t>(0x05).put<std::uint8_t>(0x01).counted("a").end();
  CHECK(read_one(chunk).fields.to_json() ==
        "{\"Object&Name\":\"/vol<\xe2\x82\xac"
        "a\"}");
}

TEST_CASE("a literal of type NULL is an empty text") {
  EvtxBytes chunk;
  begin(chunk).open("Data").close_start();
  chunk.put<std::uint8_t>(0x05).put<std::uint8_t>(0x00).end();
  chunk.open("Data").close_start().text("x").end();
  CHECK(read_one(chunk).fields.to_json() == R"({"Data":"","Data":"x"})");
}

TEST_CASE("CDATA and instructions may hold what looks like tokens") {
  // Their length says where they end, not a byte that could be a token.
  const std::string tokens("\x04\x01\x00\x0c\x0f", 5);
  EvtxBytes chunk;
  begin(chunk).open("Data").close_start().cdata(tokens);
  chunk.instruction("target", tokens).text("z").end();
  const Event event = read_one(chunk);
  REQUIRE(event.fields.size() == 1);
  CHECK(event.fields.value(0) == tokens + "z");
}

TEST_CASE("a computer may have no name") {
  EvtxBytes chunk;
  begin(chunk, "").open("Data").close_start().text("x").end();
  const Event event = read_one(chunk);
  CHECK(event.host.empty());
  CHECK(event.channel == "Example/Log");
  CHECK(event.fields.text("Data") == "x");
}

TEST_CASE("texts that stand elsewhere are left as their number") {
  EvtxBytes chunk;
  begin(chunk).open("Data").close_start().text("%%1936").end();
  CHECK(read_one(chunk).fields.text("Data") == "%%1936");
}

TEST_CASE("a name that was zeroed is not a name") {
  EvtxBytes chunk;
  begin(chunk).open("Data").close_start().text("x").end();
  chunk.end().end().eof().end_record();
  std::string bytes = chunk.finish();
  // "Data": hash, length and characters.
  const std::size_t at =
      bytes.find(utf16("Data"), bytes.find(utf16("Computer")));
  const std::size_t name = bytes.find(utf16("Data"), at + 1);
  const std::size_t last = name == std::string::npos ? at : name;
  bytes.replace(last - 4, 12, 12, '\0');
  const Log log = read_log(evtx_file({bytes}));
  CHECK(log.events.empty());
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK_THAT(log.damage.ranges()[0].reason, Catch::Contains("name lost"));
}

TEST_CASE("zeros across the border of two chunks cost what they cover") {
  const auto chunk_of = [](std::uint64_t first) {
    EvtxBytes chunk;
    for (std::uint64_t id = first; id < first + 4; ++id) {
      chunk.begin_record(id, kNoon + id).fragment().open("Event").close_start();
      chunk.system("Example", "7", "Example/Log");
      chunk.end().eof().end_record();
    }
    return chunk;
  };
  EvtxBytes one = chunk_of(1);
  const std::size_t last_at = one.record_at();
  const EvtxBytes two = chunk_of(5);
  const std::string whole = evtx_file({one.finish(), two.finish()});
  // From inside record 4 to inside the second chunk's header.
  std::string file = whole;
  const std::size_t begin = 4096 + last_at + 40;
  const std::size_t end = 4096 + 65536 + 100;
  file.replace(begin, end - begin, end - begin, '\0');
  const Log log = read_log(file);
  REQUIRE(log.events.size() == 7);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(log.events[i].record_id == i + 1);
    CHECK_FALSE(log.events[i].recovered);
  }
  for (std::size_t i = 3; i < 7; ++i) {
    CHECK(log.events[i].record_id == i + 2);
    CHECK(log.events[i].recovered);
  }
  CHECK(log.accounted() == static_cast<std::int64_t>(file.size()));
}
