#include "ingest/load.h"

#include <catch2/catch.hpp>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

TEST_CASE("Records without a time are counted, in no hour and no run") {
  EvtxBytes chunk;
  // None; one behind the last day of any calendar; a real one.
  for (const std::uint64_t time :
       {std::uint64_t{0}, ~std::uint64_t{0} >> 1U, std::uint64_t{kNoon}}) {
    chunk.begin_record(time == kNoon ? 3 : time == 0 ? 1 : 2, time).fragment();
    chunk.open("Event").close_start();
    chunk.system("Example", "7", "Example/Log");
    chunk.end().eof().end_record();
  }
  Store store = Store::create_temporary().value();
  Tally tally;
  LoadSink sink(store, 1, nullptr, tally);
  DamageLog damage;
  const std::string file = evtx_file({chunk.finish()});
  const auto source = open_buffer(as_bytes(file));
  REQUIRE(read_evtx(*source, sink, damage));
  REQUIRE(sink.status());
  CHECK(sink.events() == 3);
  CHECK(sink.kept() == 3);
  const std::vector<RecordRun> runs = sink.take_runs();
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].first_id == 3);
  CHECK(runs[0].records == 1);
  REQUIRE(store.add_tally(tally));
  REQUIRE(store.finish());
  Statement rows =
      store.database()
          .prepare("SELECT hour_utc, live, recovered FROM v_tally ORDER BY 1")
          .value();
  REQUIRE(rows.step().value());
  CHECK(rows.is_null(0));
  CHECK(rows.integer(1) == 2);
  REQUIRE(rows.step().value());
  CHECK(rows.text(0) == "2026-03-02T08:00:00.0000000Z");
  CHECK(rows.integer(1) == 1);
  CHECK_FALSE(rows.step().value());
}
