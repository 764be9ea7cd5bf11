// Store: the case, one SQLite file that holds every record and conclusion.
//
// Written once, by one writer; read by the engine and by anyone with a SQLite
// shell (VIEWS.md). A passing case is forgotten at the end: its records never
// get into a file, and copies of a record (a log that is there twice) are left
// out at once.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "ingest/event_batch.h"
#include "ingest/event_table.h"
#include "ingest/result.h"
#include "ingest/source_file.h"
#include "ingest/sqlite.h"
#include "ingest/tally.h"

namespace deskfall {

/// A run of consecutive record numbers of one host and channel.
struct RecordRun {
  std::int64_t source = 0;
  std::string host;
  std::string channel;
  std::uint64_t first_id = 0;  ///< 0 in logs without record numbers
  std::uint64_t last_id = 0;
  Instant first_time;
  Instant last_time;
  std::int64_t records = 0;
};

struct CaseInput {
  std::string name;
  std::string sha256;
  std::int64_t bytes = 0;
};

class Store {
 public:
  /// Makes a new case in a file. Refuses to replace one.
  [[nodiscard]] static Result<Store> create(const std::string& path);
  /// Makes a case, in a temporary file, that is gone with the store.
  [[nodiscard]] static Result<Store> create_temporary();
  /// Makes a case whose records are taken once and cannot be asked for.
  [[nodiscard]] static Result<Store> create_passing();
  /// Opens a case for reading; refuses other databases and other versions.
  [[nodiscard]] static Result<Store> open(const std::string& path);
  /// True when the file begins like a SQLite database.
  [[nodiscard]] static bool looks_like_case(const std::string& path);

  // Writing, in this order: events, then sources, inputs, tallies and runs.
  // The first of the latter ends the events.
  /// How this case takes records.
  [[nodiscard]] BatchForm form() const {
    return passing_ ? BatchForm::kEvents : BatchForm::kRows;
  }
  /// The row of a kind, from 1.
  [[nodiscard]] std::int64_t kind_row(const Kind& kind) {
    return table_.kind_row(kind);
  }
  /// Adds a record of the kind in this row; it may be taken away.
  [[nodiscard]] Result<void> add_event(KeptEvent& record, std::int64_t kind,
                                       std::int64_t source);
  /// Adds any event, as it is.
  [[nodiscard]] Result<void> add_event(const Event& event, std::int64_t source);
  [[nodiscard]] Result<void> add_source(const SourceFile& source);
  [[nodiscard]] Result<void> add_input(const CaseInput& input);
  [[nodiscard]] Result<void> add_tally(const Tally& tally);
  [[nodiscard]] Result<void> add_run(const RecordRun& run);
  /// Ends the case; it is whole from here on.
  [[nodiscard]] Result<void> finish();

  // Reading.
  [[nodiscard]] Result<std::vector<CaseInput>> inputs();
  /// By path. The damage of each is given as its notes, see SourceRow.
  struct SourceRow {
    SourceFile file;
    std::int64_t accepted = 0;
    std::int64_t dropped = 0;
    std::vector<std::string> notes;
  };
  [[nodiscard]] Result<std::vector<SourceRow>> sources();
  [[nodiscard]] Result<std::vector<RecordRun>> runs();
  /// How many records were left out as copies. Their numbers are not used.
  [[nodiscard]] std::int64_t copies() const { return copies_; }
  /// Every record in order of its row. A passing case has none afterwards.
  [[nodiscard]] Result<std::deque<StoredEvent>> take_events();
  /// The record with this id, if there is one. Not of a passing case.
  [[nodiscard]] Result<std::optional<StoredEvent>> find_event(std::int64_t id);

  /// The database itself, for conclusions and for queries.
  [[nodiscard]] Database& database() { return database_; }

 private:
  /// Two records of a log that are alike in this are one.
  struct Identity {
    std::int64_t kind = 0;
    Instant time;
    std::uint64_t record_id = 0;
    std::size_t content = 0;

    bool operator==(const Identity&) const = default;

    struct Hash {
      std::size_t operator()(const Identity& identity) const;
    };
  };

  [[nodiscard]] static Result<Store> create_at(const std::string& place);
  [[nodiscard]] static Result<Store> create_file(const std::string& path);
  [[nodiscard]] Result<void> end_events();
  /// From records to what is known of them.
  [[nodiscard]] Result<void> begin_facts();

  Database database_;
  EventTable table_;
  bool passing_ = false;
  std::optional<Result<void>> events_ended_;  ///< how it went
  std::int64_t last_event_ = 0;
  // Of a passing case:
  std::deque<StoredEvent> events_;
  std::unordered_set<Identity, Identity::Hash> met_;
  std::int64_t copies_ = 0;
};

}  // namespace deskfall
