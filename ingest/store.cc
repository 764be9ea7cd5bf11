#include "ingest/store.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "embedded/schema.h"
#include "ingest/open_file.h"

namespace deskfall {

namespace {

constexpr int kSchemaVersion = 4;
constexpr std::int64_t kApplicationId = 1684435308;  // see schema.sql

// A new case has nothing to lose: if the machine dies the load is run again.
constexpr std::string_view kLoadPragmas =
    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
    "PRAGMA page_size = 8192;";

// SQLite has to be told that kinds are few; it would read every record to find
// those of one kind.
constexpr std::string_view kAnalyze =
    "PRAGMA analysis_limit = 400;"
    "ANALYZE event; ANALYZE kind; ANALYZE reading; ANALYZE source;";

}  // namespace

std::size_t Store::Identity::Hash::operator()(const Identity& identity) const {
  constexpr std::size_t kFactor = 1'000'003;
  std::size_t hash = identity.content;
  hash = hash * kFactor + static_cast<std::size_t>(identity.time.ticks);
  hash = hash * kFactor + static_cast<std::size_t>(identity.record_id);
  return hash * kFactor + static_cast<std::size_t>(identity.kind);
}

Result<Store> Store::create(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown)) {
    return fail(ErrorKind::kOutput, "the file exists", path,
                "give another name, or --force to replace it");
  }
  return create_file(path);
}

Result<Store> Store::create_temporary() {
  DF_TRY(const std::string path, make_temporary_file());
  auto store = create_file(path);
  // It is there, without a name, as long as somebody has it open.
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return store;
}

Result<Store> Store::create_passing() {
  DF_TRY(Store store, create_at(":memory:"));
  store.passing_ = true;
  return store;
}

Result<Store> Store::create_at(const std::string& place) {
  Store store;
  DF_TRY(store.database_, Database::open(place, Database::Mode::kCreate));
  DF_CHECK(store.database_.script(std::string(kLoadPragmas)));
  DF_CHECK(store.database_.script(
      "BEGIN;" + std::string(embedded_schema().front().bytes) + "COMMIT;"));
  return store;
}

Result<Store> Store::create_file(const std::string& path) {
  DF_TRY(Store store, create_at(path));
  DF_CHECK(store.table_.begin(store.database_, path));
  return store;
}

Result<void> Store::end_events() {
  if (!events_ended_) {
    events_ended_ = begin_facts();
  }
  return *events_ended_;
}

Result<void> Store::begin_facts() {
  if (!passing_) {
    DF_CHECK(table_.end_records());
  }
  DF_CHECK(database_.script("BEGIN;"));
  return table_.add_references(database_);
}

Result<Store> Store::open(const std::string& path) {
  Store store;
  store.events_ended_.emplace();
  DF_TRY(store.database_, Database::open(path, Database::Mode::kReadOnly));
  DF_TRY(Statement kind, store.database_.prepare("PRAGMA application_id"));
  DF_TRY(const bool known, kind.step());
  if (!known || kind.integer(0) != kApplicationId) {
    return fail(ErrorKind::kInput, "not a case but some other database", path,
                "give a .case.db that deskfall wrote");
  }
  DF_TRY(Statement version, store.database_.prepare("PRAGMA user_version"));
  DF_TRY(const bool found, version.step());
  const std::int64_t number = found ? version.integer(0) : 0;
  if (number != kSchemaVersion) {
    return fail(ErrorKind::kInput,
                "not a case of this version (user_version " +
                    std::to_string(number) + ", expected " +
                    std::to_string(kSchemaVersion) + ")",
                path, "run deskfall ingest on the logs again");
  }
  return store;
}

bool Store::looks_like_case(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic(15, '\0');
  in.read(magic.data(), 15);
  return in.gcount() == 15 && magic == "SQLite format 3";
}

Result<void> Store::add_event(KeptEvent& record, std::int64_t kind,
                              std::int64_t source) {
  if (events_ended_) {
    return fail(ErrorKind::kInternal, "a record behind the end of the records");
  }
  ++last_event_;
  if (!passing_) {
    return table_.add(last_event_, source, kind, record.event,
                      record.fields_json.view());
  }
  const Event& event = record.event;
  // Rows of logs without numbers may well be alike.
  if (event.record_id != 0 &&
      !met_.insert({kind, event.time, event.record_id, record.content})
           .second) {
    ++copies_;
    return {};
  }
  StoredEvent& stored = events_.emplace_back();
  static_cast<Event&>(stored) = std::move(record.event);
  stored.id = last_event_;
  stored.source = source;
  if (!stored.doubts.has(Doubt::kTimes)) {
    stored.written.reset();  // as in the table
  }
  return {};
}

Result<void> Store::add_event(const Event& event, std::int64_t source) {
  const std::int64_t kind =
      kind_row({event.host, event.channel, event.provider, event.event_id});
  KeptEvent record;
  record.event = event;
  if (form() == BatchForm::kRows) {
    record.fields_json.append(event.fields.to_json());
  }
  return add_event(record, kind, source);
}

Result<void> Store::add_source(const SourceFile& source) {
  DF_CHECK(end_events());
  DF_TRY(Statement insert, database_.prepare("INSERT INTO source VALUES "
                                             "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  const DamageLog& damage = source.damage;
  DF_CHECK(insert.run(source.id, source.path, source.sha256, source.bytes,
                      format_name(source.format), source.host, source.zone,
                      source.events, source.recovered, source.kept,
                      damage.accepted_bytes(), damage.slack_bytes(),
                      damage.dropped_bytes(), outcome_name(source.outcome)));
  DF_TRY(Statement note,
         database_.prepare("INSERT INTO damage VALUES (?,?,?,?)"));
  for (const DamageLog::Dropped& dropped : damage.ranges()) {
    DF_CHECK(note.run(source.id, dropped.range.begin, dropped.range.end,
                      dropped.reason));
  }
  for (const std::string& text : damage.notes()) {
    DF_CHECK(note.run(source.id, std::optional<std::int64_t>{},
                      std::optional<std::int64_t>{}, text));
  }
  return {};
}

Result<void> Store::add_input(const CaseInput& input) {
  DF_CHECK(end_events());
  DF_TRY(Statement insert,
         database_.prepare("INSERT OR REPLACE INTO input VALUES (?,?,?)"));
  return insert.run(input.name, input.sha256, input.bytes);
}

Result<void> Store::add_tally(const Tally& tally) {
  DF_CHECK(end_events());
  DF_TRY(Statement insert,
         database_.prepare("INSERT INTO tally VALUES (?,?,?,?)"));
  Result<void> done;
  tally.for_each([&](std::int64_t kind, std::optional<std::int64_t> hour,
                     const Tally::Count& count) {
    if (done) {
      done = insert.run(kind, hour, count.live, count.recovered);
    }
  });
  return done;
}

Result<void> Store::add_run(const RecordRun& run) {
  DF_CHECK(end_events());
  DF_TRY(Statement insert,
         database_.prepare("INSERT INTO run VALUES (?,?,?,?,?,?,?,?)"));
  return insert.run(run.source, run.host, run.channel, run.first_id,
                    run.last_id, run.first_time.ticks, run.last_time.ticks,
                    run.records);
}

Result<void> Store::finish() {
  DF_CHECK(end_events());
  // A passing case is read once, front to back.
  DF_CHECK(database_.script(passing_ ? "" : std::string(kAnalyze)));
  return database_.script("COMMIT;");
}

Result<std::vector<CaseInput>> Store::inputs() {
  std::vector<CaseInput> out;
  DF_TRY(
      Statement rows,
      database_.prepare("SELECT name, sha256, bytes FROM input ORDER BY name"));
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return out;
    }
    out.push_back({std::string(rows.text(0)), std::string(rows.text(1)),
                   rows.integer(2)});
  }
}

Result<std::vector<Store::SourceRow>> Store::sources() {
  std::vector<SourceRow> out;
  DF_TRY(Statement rows,
         database_.prepare(
             "SELECT id, path, sha256, bytes, format, host, zone, events, "
             "recovered, kept, accepted, dropped, outcome FROM source "
             "ORDER BY path, sha256, id"));
  DF_TRY(
      Statement notes,
      database_.prepare("SELECT begin_offset, end_offset, reason FROM damage "
                        "WHERE source = ? ORDER BY rowid"));
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return out;
    }
    SourceRow row;
    row.file.id = rows.integer(0);
    row.file.path = rows.text(1);
    row.file.sha256 = rows.text(2);
    row.file.bytes = rows.integer(3);
    row.file.format = parse_format(rows.text(4));
    row.file.host = rows.text(5);
    row.file.zone = rows.text(6);
    row.file.events = rows.integer(7);
    row.file.recovered = rows.integer(8);
    row.file.kept = rows.integer(9);
    row.accepted = rows.integer(10);
    row.dropped = rows.integer(11);
    row.file.outcome = parse_outcome(rows.text(12));
    notes.reset();
    notes.bind(1, row.file.id);
    while (true) {
      DF_TRY(const bool another, notes.step());
      if (!another) {
        break;
      }
      std::string text(notes.text(2));
      if (!notes.is_null(0)) {
        text = "bytes " + std::to_string(notes.integer(0)) + " to " +
               std::to_string(notes.integer(1)) + " dropped: " + text;
      }
      row.notes.push_back(std::move(text));
    }
    out.push_back(std::move(row));
  }
}

Result<std::vector<RecordRun>> Store::runs() {
  std::vector<RecordRun> out;
  DF_TRY(Statement rows,
         database_.prepare(
             "SELECT source, host, channel, first_id, last_id, first_time, "
             "last_time, records FROM run ORDER BY first_time, last_time, "
             "first_id, source"));
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return out;
    }
    RecordRun run;
    run.source = rows.integer(0);
    run.host = rows.text(1);
    run.channel = rows.text(2);
    run.first_id = static_cast<std::uint64_t>(rows.integer(3));
    run.last_id = static_cast<std::uint64_t>(rows.integer(4));
    run.first_time.ticks = rows.integer(5);
    run.last_time.ticks = rows.integer(6);
    run.records = rows.integer(7);
    out.push_back(std::move(run));
  }
}

Result<std::deque<StoredEvent>> Store::take_events() {
  if (passing_) {
    met_.clear();
    return std::exchange(events_, {});
  }
  std::deque<StoredEvent> events;
  DF_CHECK(EventTable::read(
      database_, std::nullopt,
      [&events](StoredEvent& event) { events.push_back(std::move(event)); }));
  return events;
}

Result<std::optional<StoredEvent>> Store::find_event(std::int64_t id) {
  std::optional<StoredEvent> found;
  DF_CHECK(EventTable::read(database_, id,
                            [&found](StoredEvent& event) { found = event; }));
  return found;
}

}  // namespace deskfall
