#include <catch2/catch.hpp>
#include <string>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

namespace {

constexpr std::uint32_t kTemplate = 0x0badcafe;

/// A record with one named and one unnamed Data; the first defines the
/// template, the others refer to it.
void add_record(EvtxBytes& chunk, std::uint64_t id,
                std::string_view value = "bob") {
  chunk.begin_record(id, kNoon).fragment();
  if (chunk.definition_at() == 0) {
    chunk.begin_template(kTemplate).fragment().open("Event").close_start();
    chunk.system("Example-Provider", "7", "Example/Operational");
    chunk.open("EventData").close_start();
    chunk.open("Data", true).attribute("Name").text("user").close_start();
    chunk.slot(0).end();
    chunk.open("Data").close_start().slot(1).end();
    chunk.end().end().eof().end_definition();
  } else {
    chunk.instance(kTemplate, chunk.definition_at());
  }
  chunk.values({{0x01, utf16(value)}, {0x08, number<std::uint32_t>(904)}});
  chunk.eof().end_record();
}

std::string chunk_with(std::uint64_t first, std::uint64_t count) {
  EvtxBytes chunk;
  for (std::uint64_t id = first; id < first + count; ++id) {
    add_record(chunk, id);
  }
  return chunk.finish();
}

}  // namespace

TEST_CASE("a record becomes an event with its fields in order") {
  const Log log = read_log(evtx_file({chunk_with(41, 2)}));
  REQUIRE(log.events.size() == 2);
  const Event& event = log.events[1];
  CHECK(event.provider == "Example-Provider");
  CHECK(event.channel == "Example/Operational");
  CHECK(event.host == "host.example");
  CHECK(event.event_id == 7);
  CHECK(event.record_id == 42);
  CHECK(event.clock == ClockNote::kExact);
  CHECK(format_utc(event.time) == "2026-03-02T08:14:07.4123456Z");
  CHECK(event.fields.to_json() == R"({"user":"bob","Data":"904"})");
  CHECK_FALSE(event.recovered);
  CHECK(log.damage.dropped_bytes() == 0);
  CHECK(log.accounted() == 4096 + 65536);
}

TEST_CASE("the event's offset is the first byte of its record in the file") {
  const std::string file = evtx_file({chunk_with(1, 3), chunk_with(4, 3)});
  const Log log = read_log(file);
  REQUIRE(log.events.size() == 6);
  for (const Event& event : log.events) {
    const auto at = static_cast<std::size_t>(event.offset);
    CHECK(file.substr(at, 4) == std::string("\x2a\x2a\0\0", 4));
    CHECK(file.substr(at + 8, 8) == number(event.record_id));
  }
}

TEST_CASE("chunks beyond the header's count are read and told") {
  std::string file = evtx_file({chunk_with(1, 2), chunk_with(3, 2)});
  file.replace(0, 4096, evtx_header(1));
  const Log log = read_log(file);
  CHECK(log.events.size() == 4);
  CHECK(log.has_note("file header says 1 chunks, found 2"));
}

TEST_CASE("an unused slot between chunks is slack and stops nothing") {
  const Log log = read_log(evtx_file(
      {chunk_with(1, 2), std::string(65536, '\0'), chunk_with(3, 2)}));
  CHECK(log.events.size() == 4);
  CHECK(log.damage.dropped_bytes() == 0);
  CHECK(log.accounted() == 4096 + 3 * 65536);
}

TEST_CASE("chunks are found without a file header, at any offset") {
  const std::string file =
      std::string(777, 'x') + chunk_with(1, 2) + chunk_with(3, 2);
  const Log log = read_log(file);
  CHECK(log.events.size() == 4);
  CHECK(log.damage.dropped_bytes() == 777);
  CHECK(log.accounted() == static_cast<std::int64_t>(file.size()));
}

TEST_CASE("trailing junk is dropped with its range") {
  const Log log = read_log(evtx_file({chunk_with(1, 2)}) + "junk");
  CHECK(log.events.size() == 2);
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK(log.damage.ranges()[0].range.begin == 4096 + 65536);
  CHECK(log.damage.ranges()[0].range.end == 4096 + 65536 + 4);
}

TEST_CASE("a file cut anywhere keeps every record that lies before the cut") {
  EvtxBytes chunk;
  std::vector<std::size_t> ends;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    add_record(chunk, id);
    ends.push_back(4096 + chunk.size());
  }
  const std::string file = evtx_file({chunk.finish_short()});
  for (std::size_t cut = 0; cut <= file.size(); ++cut) {
    const Log log = read_log(std::string_view(file).substr(0, cut));
    std::size_t whole = 0;
    for (const std::size_t end : ends) {
      whole += end <= cut ? 1 : 0;
    }
    REQUIRE(log.events.size() >= whole);
    REQUIRE(log.accounted() == static_cast<std::int64_t>(cut));
  }
}

TEST_CASE("a wrong checksum is a note, and the records are read") {
  std::string chunk = chunk_with(1, 2);
  chunk[52] = static_cast<char>(chunk[52] + 1);
  const Log log = read_log(evtx_file({chunk}));
  CHECK(log.events.size() == 2);
  CHECK(log.has_note("chunks whose records have a wrong checksum: 1"));
}

TEST_CASE("zeros over a record cost that record only") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  add_record(chunk, 2);
  const std::size_t begin = chunk.record_at();
  const std::size_t end = chunk.size();
  add_record(chunk, 3);
  std::string bytes = chunk.finish();
  bytes.replace(begin, end - begin, end - begin, '\0');
  const Log log = read_log(evtx_file({bytes}));
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[1].record_id == 3);
  CHECK_FALSE(log.events[1].recovered);
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK(log.damage.ranges()[0].range.begin ==
        static_cast<std::int64_t>(4096 + begin));
  CHECK(log.damage.ranges()[0].range.end ==
        static_cast<std::int64_t>(4096 + end));
}
