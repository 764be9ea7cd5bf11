// SQL as a second opinion: every query that explain --sql prints, over every
// story, gives the records that the engine found.
#include "engine/item_sql.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
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
  auto store = Store::create_temporary();
  REQUIRE(store);
  const std::vector<std::string> inputs = {folder.string()};
  REQUIRE(ingest_bundle(inputs, {}, options, *store));
  fs::remove_all(folder);
  return std::move(*store);
}

}  // namespace

namespace {

/// Forms and tests that few causes of the pack use, on records that many
/// stories have; the windows are wide so that they find some.
constexpr const char* kOtherForms = R"(
kind: signal
id: sql.any-code
title: Codes and sources, told in every way that SQL has or lacks
log: rdpcorets-operational
detection:
  method: {EventID: 72, 'MethodName|re': '^(PreDisconnect|SetErrorInfo)'}
  source: {EventID: [131, 140], 'ClientIP|startswith': ['192.', '198.', '203.']}
  timer: {'Timer|gt': 1}
  both: {'MethodName|fieldref|contains': MethodName}
  words: ['RDP-Tcp#', 'tls 1.?']
  condition: method or source or timer or both or words
---
kind: signal
id: sql.outside
title: Accepted from a public address
log: rdpcorets-operational
detection:
  pick: {EventID: 131}
  inside: {'ClientIP|cidr': [10.0.0.0/8]}
  condition: pick and not inside
---
kind: signal
id: sql.early
title: The numbers of the first steps
log: rdpcorets-operational
detection: {p: {'EventID|gte': 60, 'EventID|lt': 100}, condition: p}
---
kind: anchor
id: sql.in
polarity: control
from: [{signal: server.protocol-complete}]
---
kind: state
id: sql.state
title: What the listener did last
fields: {doing: text, from: text}
from:
  - {change: server.accepted, set: {doing: accepting, from: <ClientIP>}}
  - {change: server.tls-done, set: {doing: encrypted}}
  - {snapshot: server.listener-up, set: {doing: up}}
holds: {backward: until_change}
---
kind: cause
id: sql-forms
title: Every form
origin: a test
prior: 1%
ask: server
fails_at: any
explain: x
evidence:
  - {id: steps, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     within: [-10m, +1m], sequence: [{event: server.accepted, as: first},
     {event: sql.early, gap: [0s, 30s], optional: yes},
     {any_event: [server.reset, server.path-silent, sql.any-code], as: last}]}
  - {id: gaps, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     within: [-1h, +10s], sequence: [{event: sql.early},
     {event: sql.early, gap: [1ms, 2s]}, {event: sql.early, gap: [0s, 10s]},
     {event: rcm.authenticated, gap: [0s, 1h], optional: yes}]}
  - {id: falls, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     within: [-1h, +10s], sequence: [{event: sql.early},
     {event: attempt.failure, gap: [0s, 1h]}]}
  - {id: inside, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     between: [first, last], event: sql.any-code}
  - {id: busy, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     within: [-1h, +1h], rate: server.accepted, at_least: 2/min}
  - {id: busiest, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     within: [-1h, +1h], rate: sql.early, at_least: 3/s}
  - {id: doing, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     at: 0s, state: sql.state, test: {doing: accepting, from|exists: true}}
  - {id: did, role: supporting, says: x, if_cause: 60%, otherwise: 5%,
     at: -1h, state: sql.state, test: {doing: up}}
  - {id: got-in, role: refuting, says: x, if_cause: 5%, otherwise: 50%,
     within: [-1h, +1h], event: sql.in}
  - {id: outside, role: supporting, says: x, if_cause: 50%, otherwise: 5%,
     within: [-1h, +1h], event: sql.outside}
)";

RuleSet rules_and_forms() {
  auto files = RuleSet::files({});
  REQUIRE(files);
  files->push_back({"forms", kOtherForms});
  auto rules = RuleSet::from_files(*files);
  if (!rules) {
    FAIL(rules.error().text());
  }
  return std::move(*rules);
}

/// What a query found: names of records, and for a code whether one says so.
struct Found {
  std::set<std::string> records;
  bool says_so = false;
};

Found ask(Store& store, const ItemQuery& query) {
  Found found;
  auto rows = store.database().prepare(query.sql);
  if (!rows) {
    FAIL(rows.error().text());
  }
  while (true) {
    const auto more = rows->step();
    if (!more) {
      FAIL(more.error().text());
    }
    if (!*more) {
      return found;
    }
    const auto event = store.find_event(rows->integer(0));
    REQUIRE(event);
    REQUIRE(event->has_value());
    found.records.insert(name_of(**event));
    found.says_so =
        found.says_so || (query.form == Form::kCode && rows->integer(2) != 0);
  }
}

}  // namespace

TEST_CASE("SQL over the views finds the records that the engine found") {
  const RuleSet rules = rules_and_forms();
  const fs::path folder = fs::temp_directory_path() /
                          ("deskfall-sql-" + std::to_string(::getpid()));
  struct OfForm {
    std::size_t queries = 0;
    std::size_t exact = 0;
    std::size_t records = 0;
  };
  std::map<Form, OfForm> tallies;
  for (const std::string& name : testing::story_names()) {
    Store store = read_story(name, folder);
    const auto inquiry = Inquiry::open(store, rules, {});
    REQUIRE(inquiry);
    for (const Failure& failure : (*inquiry)->failures) {
      const auto queries = item_queries(**inquiry, failure);
      std::map<std::pair<std::string, std::string>, std::set<std::string>>
          cited;
      for (const Judgement& judgement :
           evaluate((*inquiry)->situation, failure)) {
        for (const Finding& finding : judgement.findings) {
          for (const EventIndex record : finding.evidence) {
            cited[{judgement.cause->id, finding.id}].insert(
                name_of((*inquiry)->data.events[record]));
          }
        }
      }
      std::size_t items = 0;
      for (const CauseRule& cause : rules.causes()) {
        items += cause.explains == failure.kind ? cause.items.size() : 0;
      }
      CHECK(queries.size() == items);  // no form is passed over
      for (const ItemQuery& query : queries) {
        INFO(name << "\n" << query.sql);
        if (!query.asks) {
          CHECK(query.records.empty());
          CHECK(query.sql.find("-- no query: ") != std::string::npos);
          continue;
        }
        const Found found = ask(store, query);
        std::set<std::string> expected;
        for (const EventIndex record : query.records) {
          expected.insert(name_of((*inquiry)->data.events[record]));
        }
        OfForm& tally = tallies[query.form];
        ++tally.queries;
        tally.records += expected.size();
        if (query.exact) {
          ++tally.exact;
          CHECK(found.records == expected);
        } else {
          CHECK(query.sql.find("-- more rows may come") != std::string::npos);
          CHECK(std::includes(found.records.begin(), found.records.end(),
                              expected.begin(), expected.end()));
        }
        // The report cites nothing that the query does not find.
        const auto& shown = cited[{query.cause, query.item}];
        CHECK(std::includes(found.records.begin(), found.records.end(),
                            shown.begin(), shown.end()));
      }
    }
  }
  for (const auto& [form, tally] : tallies) {
    INFO("form " << static_cast<int>(form) << ": " << tally.queries
                 << " queries, " << tally.exact << " exact, " << tally.records
                 << " records");
    CHECK(tally.exact > 50);
    CHECK(tally.records > 50);
  }
  CHECK(tallies.size() == 7);
}

TEST_CASE("The query of a code tells whether the client was told it") {
  const auto rules = RuleSet::load({});
  REQUIRE(rules);
  const fs::path folder = fs::temp_directory_path() /
                          ("deskfall-sqlcode-" + std::to_string(::getpid()));
  Store store = read_story("key-denied", folder);
  const auto inquiry = Inquiry::open(store, *rules, {});
  REQUIRE(inquiry);
  const Failure& failure = (*inquiry)->failures.at(0);
  std::map<std::pair<std::string, std::string>, Value> values;
  for (const Judgement& judgement : evaluate((*inquiry)->situation, failure)) {
    for (const Finding& finding : judgement.findings) {
      values[{judgement.cause->id, finding.id}] = finding.value;
    }
  }
  std::size_t yes = 0;
  std::size_t no = 0;
  for (const ItemQuery& query : item_queries(**inquiry, failure)) {
    if (query.form == Form::kCode && query.asks) {
      INFO(query.sql);
      const bool says_so = ask(store, query).says_so;
      const Value value = values[{query.cause, query.item}];
      CHECK(says_so == (value == Value::kPresent));
      ++(says_so ? yes : no);
    }
  }
  CHECK(yes > 0);
  CHECK(no > 0);
}

}  // namespace deskfall
