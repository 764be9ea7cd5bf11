#include "ingest/store.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>

#include "support/folder.h"

using namespace deskfall;

TEST_CASE("A record keeps its doubts and its header's time in the case") {
  Store store = Store::create_temporary().value();
  Event event;
  event.time = Instant{1'000'000'000};
  event.clock = ClockNote::kExact;
  event.host = "SRV01";
  event.channel = "System";
  event.provider = "Schannel";
  event.doubts.add(Doubt::kChecksum);
  event.doubts.add(Doubt::kTimes);
  event.written = Instant{2'000'000'000};
  REQUIRE(store.add_event(event, 1));
  event.doubts = Doubts{};
  REQUIRE(store.add_event(event, 1));
  REQUIRE(store.finish());

  const auto taken = store.take_events();
  REQUIRE(taken);
  const std::deque<StoredEvent>& read = *taken;
  REQUIRE(read.size() == 2);
  CHECK(read[0].doubts.text() == "checksum,times");
  CHECK(read[0].written == Instant{2'000'000'000});
  CHECK_FALSE(read[1].doubts.any());
  CHECK_FALSE(read[1].written);  // equal to TimeCreated, as far as told
}

TEST_CASE("A temporary case leaves nothing behind and can be asked") {
  const Folder folder;
  TemporaryPlace place(folder.string());
  Store store = Store::create_temporary().value();
  CHECK(std::filesystem::is_empty(folder.path()));
  place.set("/nonexistent");
  CHECK_FALSE(Store::create_temporary());
  Event event;
  event.channel = "System";
  REQUIRE(store.add_event(event, 1));
  REQUIRE(store.finish());
  CHECK(store.find_event(1).value()->channel == "System");
  // Records come first, then what is known of their sources.
  CHECK_FALSE(store.add_event(event, 1));
}

TEST_CASE("A case that was opened takes no records") {
  const Folder folder;
  const std::string path = folder.string() + "/x.case.db";
  REQUIRE(Store::create(path).value().finish());
  Store store = Store::open(path).value();
  CHECK_FALSE(store.add_event(Event(), 1));
}

TEST_CASE("A case that could not be written takes nothing more") {
  const Folder folder;
  Store store = Store::create(folder.string() + "/x.case.db").value();
  Event event;
  event.fields.add("text", std::string(30'000, 'a'));
  std::optional<FileLimit> limit(std::in_place, 1 << 20);
  Result<void> added;
  for (int i = 0; i < 100 && added; ++i) {
    added = store.add_event(event, 1);
  }
  const Result<void> source = store.add_source({});
  const Result<void> input = store.add_input({});
  const Result<void> finished = store.finish();
  limit.reset();
  for (const Result<void>& done : {added, source, input, finished}) {
    REQUIRE_FALSE(done);
    CHECK(done.error().what == "cannot write: File too large");
  }
}

TEST_CASE("A passing case hands over the records that a table would hold") {
  Store table = Store::create_temporary().value();
  Store passing = Store::create_passing().value();
  constexpr std::int64_t kRecords = 37;  // some more than a page of rows
  for (std::int64_t i = 1; i <= kRecords; ++i) {
    Event event;
    event.time = Instant{i * 10'000'000};
    event.clock = i % 2 == 0 ? ClockNote::kExact : ClockNote::kZoneAssumed;
    event.precision = i;
    event.host = i % 3 == 0 ? "SRV01" : "PC1";
    event.channel = "System";
    event.provider = "Schannel";
    event.event_id = static_cast<std::uint32_t>(36870 + i % 5);
    event.level = 2;
    event.offset = 512 * i;
    event.line = i;
    event.record_id = static_cast<std::uint64_t>(i) + (1ULL << 63U);
    event.activity_id = i == 4 ? "A" : "";
    event.process_id = 0xffffffff;
    event.thread_id = 7;
    event.user_sid = "S-1-5-18";
    event.recovered = i == 5;
    event.doubts.add_if(i == 6, Doubt::kTimes);
    event.written = Instant{i};
    event.fields.add("a \"name\"", "line\nbreak \xc3\xbc");
    event.fields.add("n", std::to_string(i));
    REQUIRE(table.add_event(event, i));
    REQUIRE(passing.add_event(event, i));
  }
  REQUIRE(table.finish());
  REQUIRE(passing.finish());
  const auto shown = [](Store& store) {
    std::vector<std::string> out;
    const auto events = store.take_events();
    REQUIRE(events);
    for (const StoredEvent& e : *events) {
      out.push_back(std::to_string(e.id) + '|' + std::to_string(e.source) +
                    '|' + std::to_string(e.time.ticks) + '|' +
                    std::to_string(static_cast<int>(e.clock)) + '|' +
                    std::to_string(e.precision) + '|' + e.host + '|' +
                    e.channel + '|' + e.provider + '|' +
                    std::to_string(e.event_id) + '|' + std::to_string(e.level) +
                    '|' + std::to_string(e.offset) + '|' +
                    std::to_string(e.line) + '|' + std::to_string(e.record_id) +
                    '|' + e.activity_id + '|' + std::to_string(e.process_id) +
                    '|' + std::to_string(e.thread_id) + '|' + e.user_sid + '|' +
                    (e.recovered ? "r" : "") + '|' + e.doubts.text() + '|' +
                    std::to_string(e.written ? e.written->ticks : -1) + '|' +
                    e.fields.to_json());
    }
    return out;
  };
  const std::vector<std::string> rows = shown(table);
  REQUIRE(rows.size() == kRecords);
  CHECK(rows[0].starts_with("1|1|10000000|1|1|PC1|System|Schannel|36871|"));
  CHECK(rows == shown(passing));
  CHECK(shown(passing).empty());
  const auto found = table.find_event(37);
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->fields.text("n") == "37");
  CHECK_FALSE(table.find_event(38).value());
}

TEST_CASE("Doubts read back what they write and pass over other words") {
  Doubts all;
  for (int i = 0; i < 9; ++i) {
    all.add(static_cast<Doubt>(i));
  }
  CHECK(Doubts::parse(all.text()) == all);
  CHECK(Doubts::parse("sizes,nonsense,rebuilt").text() == "sizes,rebuilt");
  CHECK_FALSE(Doubts::parse("").any());
}

TEST_CASE("A passing case leaves out copies of numbered records only") {
  Store passing = Store::create_passing().value();
  EventBatch batch(nullptr, BatchForm::kEvents);
  const auto add = [&](std::uint64_t number, std::string_view value,
                       std::string_view activity) {
    batch.clear();
    Event& event = batch.next();
    event.reset();
    event.time = Instant{1'000'000'000};
    event.clock = ClockNote::kExact;
    event.channel = "System";
    event.record_id = number;
    event.activity_id = activity;
    event.fields.add("a", value);
    batch.add(batch.kinds.number(event));
    KeptEvent& kept = batch.kept().front();
    const std::int64_t kind = passing.kind_row(batch.kinds[kept.kind]);
    REQUIRE(passing.add_event(kept, kind, 1));
  };
  add(7, "x", "");
  add(7, "x", "");   // a copy
  add(7, "y", "");   // the same number, another text
  add(7, "x", "G");  // and another activity
  add(8, "x", "");
  add(0, "x", "");
  add(0, "x", "");  // rows without numbers may be alike
  REQUIRE(passing.finish());
  CHECK(passing.copies() == 1);
  const auto events = passing.take_events();
  REQUIRE(events);
  std::vector<std::int64_t> rows;
  for (const StoredEvent& event : *events) {
    rows.push_back(event.id);
  }
  CHECK(rows == std::vector<std::int64_t>{1, 3, 4, 5, 6, 7});
}

TEST_CASE("A list of fields has the hash of its names, values and bounds") {
  FieldList one;
  one.add("ab", "c");
  FieldList other;
  other.add("a", "bc");
  CHECK(one.hash() != other.hash());
  other.clear();
  other.add("ab", "c");
  CHECK(one.hash() == other.hash());
}

TEST_CASE("The views find kinds and times by the index of a case") {
  const Folder folder;
  Store store = Store::create(folder.string() + "/x.case.db").value();
  for (std::int64_t i = 0; i < 2000; ++i) {
    Event event;
    event.time = Instant{i * 10'000'000};
    event.clock = ClockNote::kExact;
    event.channel = "System";
    event.event_id = static_cast<std::uint32_t>(i % 10);
    REQUIRE(store.add_event(event, 1));
  }
  REQUIRE(store.finish());
  const auto plan_of = [&store](const std::string& condition) {
    Statement rows = store.database()
                         .prepare(
                             "EXPLAIN QUERY PLAN SELECT * FROM v_event "
                             "WHERE " +
                             condition)
                         .value();
    std::string out;
    while (rows.step().value()) {
      out += std::string(rows.text(3)) + '\n';
    }
    return out;
  };
  CHECK_THAT(plan_of("event_id = 3"),
             Catch::Contains("event_by_kind_and_time (kind=?)"));
  CHECK_THAT(plan_of("channel = 'System' AND host = 'A'"),
             Catch::Contains("event_by_kind_and_time (kind=?)"));
  CHECK_THAT(plan_of("time_ticks BETWEEN 5 AND 9"),
             Catch::Contains(
                 "event_by_kind_and_time (ANY(kind) AND time>? AND time<?)"));
  CHECK_THAT(plan_of("fields LIKE '%x%'"), Catch::StartsWith("SCAN event\n"));
}
