#include "ingest/event_keys.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "support/folder.h"

using namespace deskfall;

TEST_CASE("Keys come sorted, whether they wait in memory or in runs") {
  std::mt19937 random(5);
  for (const std::size_t most : {1U, 2U, 7U, 1000U, 5000U, 1'000'000U}) {
    for (const std::size_t count : {0U, 1U, 14U, 5000U, 20'000U}) {
      if (count > 3000 * most) {
        continue;  // a run each is enough for small counts
      }
      CAPTURE(most, count);
      EventKeys keys(most);
      std::vector<EventKey> wanted;
      for (std::size_t i = 0; i < count; ++i) {
        const EventKey key{1 + static_cast<std::int64_t>(random() % 20),
                           static_cast<std::int64_t>(random() % 100) - 50,
                           static_cast<std::int64_t>(i)};
        wanted.push_back(key);
        REQUIRE(keys.add(key));
      }
      std::sort(wanted.begin(), wanted.end());
      std::vector<EventKey> given;
      REQUIRE(keys.for_each(
          [&given](const EventKey& key) { given.push_back(key); }));
      CHECK(given == wanted);
    }
  }
}

TEST_CASE("No place for what waits of the keys is told, with the way out") {
  const TemporaryPlace place("/nonexistent");
  EventKeys keys(2);
  REQUIRE(keys.add({1, 1, 1}));
  const Result<void> added = keys.add({1, 2, 2});
  REQUIRE_FALSE(added);
  CHECK(added.error().text() ==
        "cannot use a temporary file: No such file or directory (make room in "
        "/nonexistent or name another folder in TMPDIR)");
}

TEST_CASE("Keys wait where TMPDIR says, and leave nothing there") {
  const Folder folder;
  const TemporaryPlace place(folder.string());
  EventKeys keys(2);
  for (std::int64_t id = 1; id <= 5; ++id) {
    REQUIRE(keys.add({1, -id, id}));
    CHECK(std::filesystem::is_empty(folder.path()));
  }
  std::vector<std::int64_t> ids;
  REQUIRE(
      keys.for_each([&ids](const EventKey& key) { ids.push_back(key.id); }));
  CHECK(ids == std::vector<std::int64_t>{5, 4, 3, 2, 1});
}
