// Store: the case, one SQLite file that holds every record and conclusion.
//
// Written once, in one transaction by one writer, indexed after the load; read
// by the engine and by anyone with a SQLite shell (VIEWS.md). ":memory:" is a
// case that is forgotten at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event.h"
#include "ingest/result.h"
#include "ingest/source_file.h"
#include "ingest/sqlite.h"

namespace deskfall {

/// An event with its place in the case.
struct StoredEvent : Event {
  std::int64_t id = 0;      ///< row of table event
  std::int64_t source = 0;  ///< row of table source
};

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

/// How many records of one kind were read in one hour.
struct TallyKey {
  std::string host;
  std::string channel;
  std::string provider;
  std::uint32_t event_id = 0;
  std::int64_t hour = 0;  ///< ticks of the start of the hour

  auto operator<=>(const TallyKey&) const = default;
};
struct TallyCount {
  std::int64_t live = 0;
  std::int64_t recovered = 0;
};

struct CaseInput {
  std::string name;
  std::string sha256;
  std::int64_t bytes = 0;
};

class Store {
 public:
  /// Makes a new case. Refuses to replace a file.
  [[nodiscard]] static Result<Store> create(const std::string& path);
  /// Opens a case for reading; refuses other databases and other versions.
  [[nodiscard]] static Result<Store> open(const std::string& path);
  /// True when the file begins like a SQLite database.
  [[nodiscard]] static bool looks_like_case(const std::string& path);

  // Writing, in this order: events, then sources, inputs, tallies and runs.
  [[nodiscard]] Result<std::int64_t> add_event(const Event& event,
                                               std::int64_t source);
  [[nodiscard]] Result<void> add_source(const SourceFile& source);
  [[nodiscard]] Result<void> add_input(const CaseInput& input);
  [[nodiscard]] Result<void> add_tally(
      const std::map<TallyKey, TallyCount>& tally);
  [[nodiscard]] Result<void> add_run(const RecordRun& run);
  /// Commits; a file gets its indexes.
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
  /// Every kept event, in order of its row.
  [[nodiscard]] Result<void> for_each_event(
      const std::function<void(StoredEvent&)>& use);
  [[nodiscard]] Result<std::vector<StoredEvent>> events_by_rowid(
      std::int64_t id);

  /// The database itself, for conclusions and for queries.
  [[nodiscard]] Database& database() { return database_; }

 private:
  /// The name a column had in the last row, which mostly is that of the next.
  struct LastName {
    std::string text;
    std::int64_t id = 0;
  };

  [[nodiscard]] Result<std::int64_t> name_id(const std::string& text);
  [[nodiscard]] Result<std::int64_t> name_id(const std::string& text,
                                             LastName& last);
  [[nodiscard]] Result<void> read_names();

  Database database_;
  bool outlives_us_ = false;  ///< is a file
  Statement insert_event_;
  Statement insert_name_;
  std::map<std::string, std::int64_t, std::less<>> names_;
  std::map<std::int64_t, std::string> name_texts_;
  LastName last_host_;
  LastName last_channel_;
  LastName last_provider_;
  std::string fields_json_;
  std::int64_t next_event_ = 0;
};

}  // namespace deskfall
