// EventTable: the table of records of a case with its index, written in order,
// read in order.
//
//   DF_CHECK(table.begin(database, path));      the schema is there, no records
//   DF_CHECK(table.add(id, source, table.kind_row(kind), event, json));
//   DF_CHECK(table.end_records());              SQLite may write again
//   DF_CHECK(table.add_references(database));
//
// Records go into the file as whole pages (sqlite_tree.h). What repeats stands
// in tables of its own: kinds (host, channel, provider, id) and readings (how a
// time is to be taken, and what is doubted).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event.h"
#include "ingest/event_keys.h"
#include "ingest/kind.h"
#include "ingest/result.h"
#include "ingest/sqlite.h"
#include "ingest/sqlite_row.h"

namespace deskfall {

/// An event with its place in the case.
struct StoredEvent : Event {
  std::int64_t id = 0;      ///< row of table event
  std::int64_t source = 0;  ///< row of table source
};

class EventTable {
 public:
  EventTable();
  ~EventTable();
  EventTable(EventTable&&) noexcept;
  EventTable& operator=(EventTable&&) noexcept;

  /// Prepares writing records into the file of a database that has the schema
  /// and no records. Until end_records() nobody else may write.
  [[nodiscard]] Result<void> begin(Database& database, const std::string& path);

  /// The row of a kind, from 1; a new one when it has none yet.
  [[nodiscard]] std::int64_t kind_row(const Kind& kind) {
    return kinds_.number(kind) + std::int64_t{1};
  }

  /// Adds a record of the kind in this row. Ids ascend.
  [[nodiscard]] Result<void> add(std::int64_t id, std::int64_t source,
                                 std::int64_t kind, const Event& event,
                                 std::string_view fields_json);

  /// Writes what waits of the records, and their index.
  [[nodiscard]] Result<void> end_records();

  /// Writes what the records refer to: kinds and readings.
  [[nodiscard]] Result<void> add_references(Database& database) const;

  /// Reads the records of a case: all, or the one with this id.
  [[nodiscard]] static Result<void> read(
      Database& database, std::optional<std::int64_t> id,
      const std::function<void(StoredEvent&)>& use);

 private:
  struct Trees;

  /// How a record was read; most are read alike.
  struct Reading {
    ClockNote clock = ClockNote::kNone;
    Ticks grain = 1;
    bool recovered = false;
    Doubts doubts;

    bool operator==(const Reading&) const = default;
  };

  [[nodiscard]] std::int64_t reading_row(const Event& event);

  std::unique_ptr<Trees> trees_;  ///< from begin() to end_records()
  SqliteRow row_;
  EventKeys keys_;
  KindLedger kinds_;
  std::vector<Reading> readings_;  ///< of rows 1, 2, ...
};

}  // namespace deskfall
