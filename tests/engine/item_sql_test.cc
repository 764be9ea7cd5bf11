// SQL as a second opinion: every query that explain --sql prints, over every
// story, gives the records that the engine found.
#include "engine/item_sql.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "ingest/ingest.h"
#include "tests/support/story_run.h"

namespace deskfall {

namespace {

namespace fs = std::filesystem;

/// What tells a record, however often and by whatever file it was collected.
std::string name_of(const Event& event) {
  return event.channel + "/" + std::to_string(event.record_id) + "/" +
         std::to_string(event.event_id) + "/" +
         std::to_string(event.time.ticks / kTicksPerSecond);
}

Store read_story(const std::string& name, const fs::path& folder) {
  const fixtures::Story story = testing::story_of(name);
  const auto built = fixtures::build_story(story, {});
  REQUIRE(built);
  fs::create_directories(folder);
  REQUIRE(fixtures::write_files(built->files, folder.string()));
  IngestOptions options;
  for (const fixtures::HostSpec& host : story.hosts) {
    if (!host.zone.empty()) {
      options.zones.emplace(host.name, *Zone::find(host.zone));
    }
  }
  auto store = Store::create(":memory:");
  REQUIRE(store);
  const std::vector<std::string> inputs = {folder.string()};
  REQUIRE(ingest_bundle(inputs, {}, options, *store));
  fs::remove_all(folder);
  return std::move(*store);
}

}  // namespace

TEST_CASE("SQL over the views finds the records that the engine found") {
  const auto rules = RuleSet::load({});
  REQUIRE(rules);
  const fs::path folder = fs::temp_directory_path() /
                          ("deskfall-sql-" + std::to_string(::getpid()));
  std::size_t queries = 0;
  std::size_t records = 0;
  for (const std::string& name : testing::story_names()) {
    Store store = read_story(name, folder);
    const auto inquiry = Inquiry::open(store, *rules, {});
    REQUIRE(inquiry);
    for (const Failure& failure : (*inquiry)->failures) {
      for (const ItemQuery& query : item_queries(**inquiry, failure)) {
        INFO(name << "\n" << query.sql);
        auto rows = store.database().prepare(query.sql);
        REQUIRE(rows);
        std::set<std::string> found;
        while (true) {
          const auto more = rows->step();
          REQUIRE(more);
          if (!*more) {
            break;
          }
          const auto events = store.events_by_rowid(rows->integer(0));
          REQUIRE(events);
          found.insert(name_of(events->at(0)));
        }
        std::set<std::string> expected;
        for (const EventIndex record : query.records) {
          expected.insert(name_of((*inquiry)->data.events[record]));
        }
        ++queries;
        records += expected.size();
        if (query.exact) {
          CHECK(found == expected);
        } else {
          for (const std::string& one : expected) {
            CHECK(found.count(one) == 1);
          }
        }
      }
    }
  }
  CHECK(queries > 500);
  CHECK(records > 50);
}

}  // namespace deskfall
