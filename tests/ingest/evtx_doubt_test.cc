// What a record may be doubted for, and what old records are still worth: the
// cases of EVTX_CASES.md about marks, lost templates and raw bytes.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "ingest/evtx_dump.h"
#include "ingest/evtx_raw.h"
#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

namespace {

constexpr std::uint32_t kUser = 0x0badcafe;
constexpr std::uint32_t kOther = 0x00c0ffee;

struct Text : TextSink {
  std::string text;
  void write(std::string_view part) override { text += part; }
};

std::string dump_json(std::string_view file) {
  Text out;
  DamageLog damage;
  static_cast<void>(dump_evtx(*open_buffer(as_bytes(file)),
                              DumpFormat::kJsonLines, out, damage));
  return out.text;
}

/// A record of event 7 with one field, in a template that is defined here.
void add_defined(EvtxBytes& chunk, std::uint64_t id, std::uint32_t guid,
                 std::string_view field, const SlotValue& value,
                 std::uint8_t declared = 0x01) {
  chunk.begin_record(id, kNoon + id).fragment();
  chunk.begin_template(guid).fragment().open("Event").close_start();
  chunk.system("Example", "7", "Example/Log");
  chunk.open("EventData").close_start();
  chunk.open("Data", true).attribute("Name").text(field).close_start();
  chunk.slot(0, declared).end().end();
  chunk.end().eof().end_definition().values({value}).eof().end_record();
}

/// A record that uses a definition, right or wrong.
void add_using(EvtxBytes& chunk, std::uint64_t id, std::uint32_t guid,
               std::size_t definition, const SlotValue& value) {
  chunk.begin_record(id, kNoon + id).fragment();
  chunk.instance(guid, definition).values({value}).eof().end_record();
}

/// A chunk whose only live record has template kOther, and in whose slack a
/// record with kUser points at that definition.
std::string chunk_with_lost(const SlotValue& value, std::uint64_t id = 50) {
  EvtxBytes chunk;
  add_defined(chunk, id + 100, kOther, "Port", {0x01, utf16("3389")});
  const std::size_t free_space = chunk.size();
  add_using(chunk, id, kUser, chunk.definition_at(), value);
  std::string bytes = chunk.finish();
  bytes.replace(48, 4, number(static_cast<std::uint32_t>(free_space)));
  return bytes;
}

std::string chunk_with_user(std::string_view field = "User") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, field, {0x01, utf16("anna")});
  return chunk.finish();
}

}  // namespace

TEST_CASE("a lost template is found again in another chunk of the file") {
  const SlotValue bob{0x01, utf16("bob")};
  for (const bool user_first : {true, false}) {
    const std::string file =
        user_first ? evtx_file({chunk_with_user(), chunk_with_lost(bob)})
                   : evtx_file({chunk_with_lost(bob), chunk_with_user()});
    const Log log = read_log(file);
    REQUIRE(log.events.size() == 3);
    const Event& event = log.events[2];
    CHECK(event.recovered);
    CHECK(event.doubts.text() == "rebuilt");
    CHECK(event.record_id == 50);
    CHECK(event.fields.to_json() == R"({"User":"bob"})");
    CHECK(log.has_note("read with a template from elsewhere in the file: 1"));
    CHECK_FALSE(log.has_note("left out"));
  }
}

TEST_CASE(
    "a template of the same id that does not fit the values is not used") {
  const std::string file =
      evtx_file({chunk_with_user(), chunk_with_lost({0x08, number(3389U)})});
  const Log log = read_log(file);
  CHECK(log.events.size() == 2);
  CHECK(log.has_note("template could not be proven, left out: 1"));
  const std::string json = dump_json(file);
  CHECK_THAT(json, Catch::Contains(R"("record":50,"recovered":true,)"
                                   R"("Incomplete":{"#attributes":)"
                                   R"({"Template":"0x0badcafe"},"Value":3389})"
                                   R"(,"doubts":["incomplete"]})"));
}

TEST_CASE("two templates of one id that both fit prove nothing") {
  const Log log =
      read_log(evtx_file({chunk_with_user("User"), chunk_with_user("Target"),
                          chunk_with_lost({0x01, utf16("bob")})}));
  CHECK(log.events.size() == 3);
  CHECK(log.has_note("template could not be proven, left out: 1"));
}

TEST_CASE("a lost record that is alive elsewhere is not told again") {
  EvtxBytes live;
  add_defined(live, 50, kUser, "User", {0x01, utf16("bob")});
  const Log log = read_log(
      evtx_file({chunk_with_lost({0x01, utf16("bob")}), live.finish()}));
  CHECK(log.events.size() == 2);
  CHECK_FALSE(log.has_note("template"));
}

TEST_CASE("more remnants than are held back come early, and none twice") {
  // 6,000 different ones in slack, then the same chunks once more.
  std::vector<std::string> chunks;
  std::uint64_t id = 0;
  for (int i = 0; i < 12; ++i) {
    EvtxBytes chunk;
    add_defined(chunk, ++id, kUser, "User", {0x01, utf16("anna")});
    for (int k = 1; k < 500; ++k) {
      add_using(chunk, ++id, kUser, chunk.definition_at(),
                {0x01, utf16("bob")});
    }
    std::string bytes = chunk.finish();
    bytes.replace(48, 4, number<std::uint32_t>(512));
    chunks.push_back(bytes);
  }
  std::vector<std::string> twice = chunks;
  twice.insert(twice.end(), chunks.begin(), chunks.end());
  const Log log = read_log(evtx_file(twice));
  CHECK(log.events.size() == 6000);
}

TEST_CASE("a wrong checksum marks the records of its chunk and no others") {
  std::string wrong = chunk_with_user();
  wrong.replace(52, 4, number(0xdeadbeefU));
  const Log log = read_log(evtx_file({chunk_with_user(), wrong}));
  REQUIRE(log.events.size() == 2);
  CHECK_FALSE(log.events[0].doubts.any());
  CHECK(log.events[1].doubts.text() == "checksum");
  CHECK_THAT(dump_json(evtx_file({wrong})),
             Catch::EndsWith(",\"doubts\":[\"checksum\"]}\n"));
}

TEST_CASE("sizes that differ mark the record, and its dump in XML") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User", {0x01, utf16("anna")});
  chunk.patch(chunk.size() - 4, 12345U);
  const std::string file = evtx_file({chunk.finish()});
  const Log log = read_log(file);
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].doubts.text() == "sizes");
  Text out;
  DamageLog damage;
  REQUIRE(dump_evtx(*open_buffer(as_bytes(file)), DumpFormat::kXml, out, damage)
              .has_value());
  CHECK_THAT(out.text, Catch::EndsWith("</Event><!-- doubts: sizes -->\n"));
}

TEST_CASE("values of other types than declared are marked, widths are not") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User", {0x08, number(7U)});
  // SizeT is what templates declare where HexInt64 is stored.
  add_defined(chunk, 2, kOther, "Handle", {0x15, number<std::uint64_t>(7)},
              0x10);
  add_using(chunk, 3, kOther, chunk.definition_at(), {0x00, ""});
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[0].doubts.text() == "types");
  CHECK(log.events[0].fields.text("User") == "7");
  CHECK_FALSE(log.events[1].doubts.any());
  CHECK(log.events[1].fields.text("Handle") == "0x7");
  CHECK_FALSE(log.events[2].doubts.any());
  CHECK(log.has_note("other types than their template declares: 1"));
}

TEST_CASE("fewer values than slots mark the record") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User", {0x01, utf16("anna")});
  const std::size_t definition = chunk.definition_at();
  chunk.begin_record(2, kNoon).fragment();
  chunk.instance(kUser, definition).values({}).eof().end_record();
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[1].doubts.text() == "values");
  CHECK(log.events[1].fields.to_json() == R"({"User":""})");
}

TEST_CASE("more values than slots mark the record, which is read") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User", {0x01, utf16("anna")});
  const std::size_t definition = chunk.definition_at();
  const SlotValue name{0x01, utf16("bob")};
  chunk.begin_record(2, kNoon).fragment();
  chunk.instance(kUser, definition).values({name, name}).eof().end_record();
  chunk.begin_record(3, kNoon).fragment();
  chunk.instance(kUser, definition).values({name}).eof().end_record();
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[1].doubts.text() == "values");
  CHECK(log.events[1].fields.to_json() == R"({"User":"bob"})");
  CHECK_FALSE(log.events[2].doubts.any());
}

TEST_CASE("both times of a record are kept, and a difference is marked") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment();
  chunk.open("Event").close_start().open("System").close_start();
  chunk.open("TimeCreated", true).attribute("SystemTime");
  chunk.text("2026-03-02T08:10:00Z").close_empty().end().end().eof();
  chunk.end_record();
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].time == *parse_iso8601("2026-03-02T08:10:00Z"));
  CHECK(log.events[0].written == parse_iso8601("2026-03-02T08:14:07.4123456Z"));
  CHECK(log.events[0].doubts.text() == "times");
}

TEST_CASE("a record without any time says that it has none") {
  EvtxBytes chunk;
  chunk.begin_record(1, 0).fragment();
  chunk.open("Event").close_start().end().eof().end_record();
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].clock == ClockNote::kNone);
}

TEST_CASE("a forwarded record is marked") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().open("Event").close_start();
  chunk.system("Example", "7", "ForwardedEvents");
  chunk.open("RenderingInfo").close_start().open("Message").close_start();
  chunk.text("said the collector").end().end().end().eof().end_record();
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].doubts.text() == "forwarded");
  CHECK(log.events[0].fields.empty());
}

TEST_CASE("a hidden record is marked as such") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User", {0x01, utf16("anna")});
  const std::size_t outer = chunk.record_at();
  add_using(chunk, 2, kUser, chunk.definition_at(), {0x01, utf16("eve")});
  const auto size = static_cast<std::uint32_t>(chunk.size() - outer);
  chunk.patch(outer + 4, size);
  chunk.patch(chunk.size() - 4, size);
  const Log log = read_log(evtx_file({chunk.finish()}));
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[1].doubts.text() == "hidden");
  CHECK(log.events[1].fields.text("User") == "eve");
}

TEST_CASE("the raw bytes of a record are those of the file") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User",
              {0x01, number<std::uint16_t>(0xd83d)});  // half a character
  add_using(chunk, 2, kUser, chunk.definition_at(), {0x01, utf16("bob")});
  const std::string file = evtx_file({chunk.finish()});
  const Log log = read_log(file);
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[0].fields.text("User") == "\xef\xbf\xbd");
  for (const Event& event : log.events) {
    const auto raw =
        read_raw_record(*open_buffer(as_bytes(file)), event.offset);
    REQUIRE(raw);
    const std::string bytes(reinterpret_cast<const char*>(raw->data()),
                            raw->size());
    CHECK(bytes ==
          file.substr(static_cast<std::size_t>(event.offset), bytes.size()));
    CHECK(bytes.substr(bytes.size() - 4) == bytes.substr(4, 4));
  }
  const auto raw =
      read_raw_record(*open_buffer(as_bytes(file)), log.events[0].offset);
  const std::string bytes(reinterpret_cast<const char*>(raw->data()),
                          raw->size());
  CHECK(bytes.find("\x3d\xd8") != std::string::npos);
  for (const std::int64_t nowhere : {0, 4097, 70'000, 1'000'000}) {
    CHECK_FALSE(read_raw_record(*open_buffer(as_bytes(file)), nowhere));
  }
}

TEST_CASE("AnsiStrings are read with the code page that was asked for") {
  EvtxBytes chunk;
  add_defined(chunk, 1, kUser, "User", {0x02, "\x82\xa0 <a>"}, 0x02);
  add_defined(chunk, 2, kOther, "List", {0x82, std::string("\x82\xa0\0b\0", 5)},
              0x82);
  const std::string file = evtx_file({chunk.finish()});
  const auto read = [&file](const std::string& code_page) {
    EvtxOptions options;
    options.code_page = code_page;
    Log log;
    REQUIRE(read_evtx(*open_buffer(as_bytes(file)), log, log.damage, options)
                .has_value());
    return log;
  };
  const Log japanese = read("windows-932");
  REQUIRE(japanese.events.size() == 2);
  CHECK(japanese.events[0].fields.text("User") == "\xe3\x81\x82 <a>");
  CHECK(japanese.events[1].fields.to_json() ==
        "{\"List\":\"\xe3\x81\x82\",\"List\":\"b\"}");
  CHECK_FALSE(japanese.events[0].doubts.any());
  const Log western = read("");
  CHECK(western.events[0].fields.text("User") == "\xe2\x80\x9a\xc2\xa0 <a>");
  EvtxOptions unknown;
  unknown.code_page = "no-such-page";
  Log log;
  CHECK_FALSE(
      read_evtx(*open_buffer(as_bytes(file)), log, log.damage, unknown));
  // Printed as text, it is escaped like any other.
  EvtxOptions options;
  options.code_page = "windows-932";
  Text out;
  REQUIRE(dump_evtx(*open_buffer(as_bytes(file)), DumpFormat::kXml, out,
                    log.damage, options)
              .has_value());
  CHECK_THAT(out.text, Catch::Contains("\xe3\x81\x82 &lt;a&gt;"));
}

TEST_CASE("damage names the record it hit") {
  EvtxBytes chunk;
  add_defined(chunk, 17, kUser, "User", {0x01, utf16("anna")});
  add_using(chunk, 18, kOther, 600, {0x01, utf16("bob")});
  add_using(chunk, 19, kUser, chunk.definition_at(), {0x01, utf16("eve")});
  const Log log = read_log(evtx_file({chunk.finish()}));
  CHECK(log.events.size() == 2);
  REQUIRE(log.damage.ranges().size() == 1);
  CHECK_THAT(log.damage.ranges()[0].reason, Catch::StartsWith("chunk 0 at +") &&
                                                Catch::Contains("record 18: "));
}

namespace {

/// A log of one chunk, over and over.
class RepeatedChunk : public ByteSource {
 public:
  RepeatedChunk(std::int64_t count, std::string chunk)
      : head_(evtx_header(static_cast<std::uint16_t>(count & 0xffff))),
        chunk_(std::move(chunk)),
        size_(4096 + count * 65536) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size() && at_ < size_) {
      const bool in_head = at_ < 4096;
      const std::string& from = in_head ? head_ : chunk_;
      const auto begin =
          static_cast<std::size_t>(in_head ? at_ : (at_ - 4096) % 65536);
      const std::size_t count =
          std::min(out.size() - done, from.size() - begin);
      std::memcpy(out.data() + done, from.data() + begin, count);
      done += count;
      at_ += static_cast<std::int64_t>(count);
    }
    return done;
  }

 private:
  std::string head_;
  std::string chunk_;
  std::int64_t size_;
  std::int64_t at_ = 0;
};

struct Last : EventSink {
  std::int64_t count = 0;
  std::int64_t offset = 0;
  void on_event(const Event& event) override {
    ++count;
    offset = event.offset;
  }
};

}  // namespace

TEST_CASE("memory does not grow with the log") {
  // 250 MB and 1 GB, each in a process of its own.
  const auto peak_of = [](std::int64_t chunks) {
    int answer[2];
    REQUIRE(::pipe(answer) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      RepeatedChunk source(chunks, chunk_with_user());
      Last last;
      DamageLog damage;
      const bool done = read_evtx(source, last, damage).has_value();
      rusage usage{};
      ::getrusage(RUSAGE_SELF, &usage);
      const long peak = done && last.count == chunks ? usage.ru_maxrss : -1;
      const auto written = ::write(answer[1], &peak, sizeof peak);
      ::_exit(written == sizeof peak ? 0 : 1);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    long peak = 0;
    REQUIRE(::read(answer[0], &peak, sizeof peak) == sizeof peak);
    ::close(answer[0]);
    ::close(answer[1]);
    return peak;
  };
  const long small = peak_of(4'000);
  const long large = peak_of(16'000);
  REQUIRE(small > 0);
  REQUIRE(large > 0);
  CHECK(large - small < 10'000);  // in KB
}

TEST_CASE("a file of more than 65,535 chunks is read to its end") {
  constexpr std::int64_t kChunks = 65'540;
  RepeatedChunk source(kChunks, chunk_with_user());
  Last last;
  DamageLog damage;
  REQUIRE(read_evtx(source, last, damage).has_value());
  CHECK(last.count == kChunks);
  CHECK(last.offset == 4096 + (kChunks - 1) * 65536 + 512);
  CHECK(damage.accepted_bytes() + damage.slack_bytes() +
            damage.dropped_bytes() ==
        4096 + kChunks * 65536);
  // The header's count has 16 bits; that it went around is no difference.
  for (const std::string& note : damage.notes()) {
    CHECK(note.find("file header says") == std::string::npos);
  }
}
