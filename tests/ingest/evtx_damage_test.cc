// Damage, remnants and tampering: what is kept, what is told.
#include <catch2/catch.hpp>
#include <string>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

namespace {

constexpr std::uint32_t kTemplate = 0x0badcafe;

void add_record(EvtxBytes& chunk, std::uint64_t id,
                std::string_view channel = "Example/Log") {
  chunk.begin_record(id, kNoon + id).fragment();
  if (chunk.definition_at() == 0) {
    chunk.begin_template(kTemplate).fragment().open("Event").close_start();
    chunk.system("Example", "7", channel);
    chunk.end().eof().end_definition();
  } else {
    chunk.instance(kTemplate, chunk.definition_at());
  }
  chunk.values({}).eof().end_record();
}

/// Three records; only the first `live` lie before the free space.
std::string chunk_with_slack(std::uint64_t live,
                             std::string_view channel = "Example/Log") {
  EvtxBytes chunk;
  std::size_t free_space = 0;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    if (id == live + 1) {
      free_space = chunk.size();
    }
    add_record(chunk, id, channel);
  }
  std::string bytes = chunk.finish();
  if (free_space != 0) {
    bytes.replace(48, 4, number(static_cast<std::uint32_t>(free_space)));
  }
  return bytes;
}

/// Grows the record at `outer` over all behind it; returns its new size.
std::uint32_t grow(EvtxBytes& chunk, std::size_t outer) {
  const auto size = static_cast<std::uint32_t>(chunk.size() - outer);
  chunk.patch(outer + 4, size);
  chunk.patch(chunk.size() - 4, size);
  return size;
}

std::size_t count_recovered(const Log& log) {
  std::size_t count = 0;
  for (const Event& event : log.events) {
    count += event.recovered ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("records behind the free space come back, marked and last") {
  const Log log = read_log(evtx_file({chunk_with_slack(1)}));
  REQUIRE(log.events.size() == 3);
  CHECK_FALSE(log.events[0].recovered);
  CHECK(log.events[1].recovered);
  CHECK(log.events[1].record_id == 2);
  CHECK(log.events[2].recovered);
  CHECK(log.damage.dropped_bytes() == 0);
  CHECK(log.accounted() == 4096 + 65536);
}

TEST_CASE("a chunk without live records still gives its old ones") {
  const Log log = read_log(evtx_file({chunk_with_slack(0, "Other/Log")}));
  REQUIRE(log.events.size() == 3);
  CHECK(count_recovered(log) == 3);
  CHECK(log.events[0].channel == "Other/Log");
}

TEST_CASE("a remnant that lives on elsewhere, or came before, is left out") {
  const std::string slack = chunk_with_slack(0);
  EvtxBytes live;
  add_record(live, 1);
  add_record(live, 2);
  const Log log = read_log(evtx_file({slack, slack, live.finish(), slack}));
  REQUIRE(log.events.size() == 3);
  CHECK(count_recovered(log) == 1);
  CHECK(log.events[2].recovered);
  CHECK(log.events[2].record_id == 3);
}

TEST_CASE("a remnant whose template was overwritten is counted, not shown") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  const std::size_t free_space = chunk.size();
  chunk.begin_record(2, kNoon).fragment();
  chunk.instance(kTemplate + 1, chunk.definition_at()).values({}).eof();
  chunk.end_record();
  std::string bytes = chunk.finish();
  bytes.replace(48, 4, number(static_cast<std::uint32_t>(free_space)));
  const Log log = read_log(evtx_file({bytes}));
  CHECK(log.events.size() == 1);
  CHECK(log.has_note("template could not be proven, left out: 1"));
  CHECK(log.damage.dropped_bytes() == 0);
}

TEST_CASE("a free space beyond the chunk, or too small, is only a hint") {
  for (const std::uint32_t free_space : {0xffffffffU, 70'000U}) {
    std::string bytes = chunk_with_slack(3);
    bytes.replace(48, 4, number(free_space));
    const Log log = read_log(evtx_file({bytes}));
    CHECK(log.events.size() == 3);
    CHECK(count_recovered(log) == 0);
    CHECK(log.damage.dropped_bytes() == 0);
  }
  std::string bytes = chunk_with_slack(3);
  bytes.replace(48, 4, number<std::uint32_t>(0));
  CHECK(read_log(evtx_file({bytes})).events.size() == 3);
}

TEST_CASE("remnants come back from junk and from slots never used") {
  // A chunk that lost its header: as a whole slot, and as a piece of one.
  std::string slot = chunk_with_slack(3);
  slot.replace(0, 512, 512, 'j');
  for (const std::size_t size : {slot.size(), std::size_t{5000}}) {
    CAPTURE(size);
    const Log log = read_log(evtx_file({}) + slot.substr(0, size));
    CHECK(log.events.size() == 3);
    CHECK(count_recovered(log) == 3);
    CHECK(log.accounted() == static_cast<std::int64_t>(4096 + size));
  }
}

TEST_CASE("remnants stand on a raster of 4 bytes") {
  for (const std::size_t shift : {std::size_t{4}, std::size_t{2}}) {
    EvtxBytes chunk;
    add_record(chunk, 1);
    const std::size_t free_space = chunk.size();
    chunk.raw(std::string(shift, '\x11'));
    add_record(chunk, 2);
    std::string bytes = chunk.finish();
    bytes.replace(48, 4, number(static_cast<std::uint32_t>(free_space)));
    CHECK(read_log(evtx_file({bytes})).events.size() == (shift == 4 ? 2 : 1));
  }
}

TEST_CASE("a wrong checksum of a chunk's header is told of the header alone") {
  std::string bytes = chunk_with_slack(3);
  bytes[124] = static_cast<char>(bytes[124] + 1);
  const Log log = read_log(evtx_file({bytes}));
  CHECK(log.has_note("chunk headers with a wrong checksum: 1"));
  CHECK_FALSE(log.has_note("records have a wrong checksum"));
  REQUIRE(log.events.size() == 3);
  CHECK_FALSE(log.events[0].doubts.any());
}

TEST_CASE("every record under a record that was grown is found") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  add_record(chunk, 2);
  const std::size_t outer = chunk.record_at();
  add_record(chunk, 3);
  add_record(chunk, 4);
  grow(chunk, outer);
  add_record(chunk, 5);
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 5);
  CHECK(log.has_note("hidden record: 3 inside record 2"));
  CHECK(log.has_note("hidden record: 4 inside record 2"));
  CHECK(log.events[3].doubts.has(Doubt::kHidden));
  CHECK(log.events[4].doubts.has(Doubt::kHidden));
}

TEST_CASE("the record under a record that was grown over it is found") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  add_record(chunk, 2);
  const std::size_t outer = chunk.record_at();
  add_record(chunk, 3);
  grow(chunk, outer);
  add_record(chunk, 4);
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 4);
  CHECK(count_recovered(log) == 1);
  CHECK(log.events[3].record_id == 3);
  CHECK(log.has_note("hidden record: 3 inside record 2"));
  bool first_word = false;
  for (const std::string& note : log.damage.notes()) {
    first_word = first_word || note.rfind("hidden record", 0) == 0;
  }
  CHECK(first_word);
  CHECK(log.accounted() == 4096 + 65536);
}

TEST_CASE("a record whose two sizes differ is read and told") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  chunk.patch(chunk.size() - 4, 12345U);
  add_record(chunk, 2);
  const Log log = read_log(evtx_file({chunk.finish()}));
  CHECK(log.events.size() == 2);
  CHECK(count_recovered(log) == 0);
  CHECK(
      log.has_note("records whose two sizes differ: 1, first at offset 4608 "
                   "(chunk 0, record 1)"));
}

TEST_CASE("a size that is wrong costs no record, whatever it claims") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  add_record(chunk, 2);
  const std::size_t second = chunk.record_at();
  const auto size = static_cast<std::uint32_t>(chunk.size() - second);
  add_record(chunk, 3);
  const auto both = static_cast<std::uint32_t>(chunk.size() - second);
  add_record(chunk, 4);
  // Into the next one, up to its end, into the one behind; too small; too small
  // for a record; beyond the chunk.
  const std::uint32_t wrong[] = {size + 40, both, both + 40, 40, 20, 70'000};
  for (const std::uint32_t claim : wrong) {
    CAPTURE(claim);
    chunk.patch(second + 4, claim);
    const Log log = read_log(evtx_file({chunk.finish()}));
    REQUIRE(log.events.size() == 4);
    for (std::uint64_t id = 1; id <= 4; ++id) {
      CHECK(log.events[id - 1].record_id == id);
      CHECK(log.events[id - 1].doubts.has(Doubt::kSizes) == (id == 2));
    }
    CHECK(count_recovered(log) == 0);
    CHECK_FALSE(log.has_note("hidden record"));
    CHECK_FALSE(log.has_note("record numbers are missing"));
    CHECK(log.damage.dropped_bytes() == 0);
    CHECK(log.accounted() == 4096 + 65536);
  }
}

TEST_CASE("a record under one that cannot be read comes back as recovered") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  add_record(chunk, 2);
  const std::size_t outer = chunk.record_at();
  add_record(chunk, 3);
  const std::size_t inner = chunk.record_at();
  const std::uint32_t size = grow(chunk, outer);
  chunk.patch(outer + 24, 0xffU);  // no BinXML begins so
  add_record(chunk, 4);
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[2].record_id == 3);
  CHECK(log.events[2].recovered);
  CHECK(log.events[2].offset == static_cast<std::int64_t>(4096 + inner));
  CHECK(log.damage.dropped_bytes() == size);
  // Damage does that, too: nobody is accused of it.
  CHECK_FALSE(log.has_note("hidden record"));
}

TEST_CASE("bytes that only begin like a chunk are none") {
  std::string junk(65536, 'j');
  junk.replace(0, 8, std::string("ElfChnk\0", 8));
  const Log log = read_log(evtx_file({chunk_with_slack(3), junk}));
  CHECK(log.events.size() == 3);
  CHECK(log.has_note("file header says 2 chunks, found 1"));
  // One that lost its header but for its first bytes, and begins with a record.
  std::string worn = chunk_with_slack(3);
  worn.replace(8, 504, 504, '\0');
  CHECK(read_log(evtx_file({worn})).events.size() == 3);
}

TEST_CASE("a record whose size is zero is read up to the next one") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  add_record(chunk, 2);
  chunk.patch(chunk.record_at() + 4, 0U);
  chunk.patch(chunk.size() - 4, 0U);
  add_record(chunk, 3);
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 3);
  CHECK(count_recovered(log) == 0);
  CHECK(log.damage.dropped_bytes() == 0);
}

TEST_CASE("behind damage, ids the chunk does not claim are remnants") {
  EvtxBytes chunk;
  add_record(chunk, 10);
  add_record(chunk, 11);
  const std::size_t begin = chunk.record_at();
  const std::size_t end = chunk.size();
  add_record(chunk, 500);
  add_record(chunk, 12);
  std::string bytes = chunk.finish();
  bytes.replace(begin, end - begin, end - begin, 'z');
  const Log log = read_log(evtx_file({bytes}));
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[1].record_id == 12);
  CHECK_FALSE(log.events[1].recovered);
  CHECK(log.events[2].record_id == 500);
  CHECK(log.events[2].recovered);
}

TEST_CASE("missing record numbers are told once, in whatever order") {
  EvtxBytes late;
  add_record(late, 20);
  add_record(late, 21);
  EvtxBytes early;
  add_record(early, 5);
  add_record(early, 6);
  add_record(early, 9);
  const Log log = read_log(evtx_file({late.finish(), early.finish()}));
  REQUIRE(log.events.size() == 5);
  CHECK(log.events[0].record_id == 20);  // the order is that of the file
  CHECK(log.events[2].record_id == 5);
  CHECK(
      log.has_note("12 record numbers are missing in 2 gaps, the first one "
                   "after record 6"));
}

TEST_CASE("a chunk that lost its header gives its records as recovered") {
  std::string bytes = chunk_with_slack(3);
  bytes.replace(0, 512, 512, '\0');
  const Log log = read_log(evtx_file({bytes}));
  CHECK(log.events.size() == 3);
  CHECK(count_recovered(log) == 3);
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK(log.damage.ranges()[0].reason.find("chunk header missing") !=
        std::string::npos);
}

TEST_CASE("an unused slot that shows old disk content is no damage") {
  const Log log =
      read_log(evtx_file({chunk_with_slack(3), std::string(65536, 'x')}));
  CHECK(log.events.size() == 3);
  CHECK(log.damage.dropped_bytes() == 0);
  CHECK(log.has_note("unused slots that hold bytes of something else: 1"));
}

TEST_CASE("without checksums none are compared; unknown flags are ignored") {
  std::string bytes = chunk_with_slack(3);
  bytes.replace(52, 4, number<std::uint32_t>(0));
  bytes.replace(124, 4, number<std::uint32_t>(0));
  const Log without = read_log(evtx_file({bytes}, 0x4));
  CHECK(without.events.size() == 3);
  CHECK(without.has_note("written without checksums"));
  CHECK_FALSE(without.has_note("wrong checksum"));
  const Log garbage = read_log(evtx_file({bytes}, 0xfffffff0));
  CHECK(garbage.events.size() == 3);
  CHECK(garbage.has_note("wrong checksum"));
}

TEST_CASE("the header's version and chunk numbers decide nothing") {
  std::string file = evtx_file({chunk_with_slack(3)});
  for (const int minor : {2, 3, 9}) {
    file.replace(36, 2, number(static_cast<std::uint16_t>(minor)));
    file.replace(8, 16, number<std::uint64_t>(9) + number<std::uint64_t>(1));
    file.replace(42, 2, number<std::uint16_t>(500));
    const Log log = read_log(file);
    CHECK(log.events.size() == 3);
    CHECK(log.has_note("checksum of the file header is wrong"));
    CHECK(log.has_note("file header says 500 chunks, found 1"));
    file.replace(124, 4,
                 number(evtx::crc32(
                     0, as_bytes(std::string_view(file).substr(0, 120)))));
    const Log right = read_log(file);
    CHECK(right.events.size() == 3);
    CHECK_FALSE(right.has_note("checksum of the file header is wrong"));
  }
}

TEST_CASE("names and templates that point at themselves end nowhere bad") {
  EvtxBytes chunk;
  add_record(chunk, 1);
  std::string bytes = chunk.finish();
  // String and template tables full of offsets to themselves.
  for (std::size_t at = 128; at < 512; at += 4) {
    bytes.replace(at, 4, number(static_cast<std::uint32_t>(at)));
  }
  const Log log = read_log(evtx_file({bytes}));
  CHECK(log.events.size() == 1);
}
