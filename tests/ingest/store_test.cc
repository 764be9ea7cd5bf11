#include "ingest/store.h"

#include <catch2/catch.hpp>

using namespace deskfall;

TEST_CASE("A record keeps its doubts and its header's time in the case") {
  Store store = Store::create(":memory:").value();
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

  std::vector<StoredEvent> read;
  REQUIRE(
      store.for_each_event([&read](StoredEvent& row) { read.push_back(row); }));
  REQUIRE(read.size() == 2);
  CHECK(read[0].doubts.text() == "checksum,times");
  CHECK(read[0].written == Instant{2'000'000'000});
  CHECK_FALSE(read[1].doubts.any());
  CHECK_FALSE(read[1].written);  // equal to TimeCreated, as far as told
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
