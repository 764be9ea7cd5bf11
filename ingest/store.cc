#include "ingest/store.h"

#include <filesystem>
#include <fstream>

#include "embedded/schema.h"

namespace deskfall {

namespace {

constexpr int kSchemaVersion = 3;
constexpr std::int64_t kApplicationId = 1684435308;  // see schema.sql

// A new case has nothing to lose: if the machine dies the load is run again.
constexpr std::string_view kLoadPragmas =
    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
    "PRAGMA temp_store = MEMORY; PRAGMA page_size = 8192; BEGIN;";

constexpr std::string_view kInMemory = ":memory:";

constexpr std::string_view kIndexes =
    "CREATE INDEX event_by_kind ON event(event_id, provider, time);"
    "CREATE INDEX event_by_time ON event(time);";

}  // namespace

Result<Store> Store::create(const std::string& path) {
  if (path != kInMemory && std::filesystem::exists(path)) {
    return fail(ErrorKind::kOutput, "the file exists", path,
                "give another name, or --force to replace it");
  }
  Store store;
  store.outlives_us_ = path != kInMemory;
  DF_TRY(store.database_, Database::open(path, Database::Mode::kCreate));
  DF_CHECK(store.database_.script(std::string(kLoadPragmas)));
  DF_CHECK(
      store.database_.script(std::string(embedded_schema().front().bytes)));
  DF_TRY(
      store.insert_event_,
      store.database_.prepare("INSERT INTO event VALUES "
                              "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  DF_TRY(store.insert_name_,
         store.database_.prepare("INSERT INTO name VALUES (?,?)"));
  return store;
}

Result<Store> Store::open(const std::string& path) {
  Store store;
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
  DF_CHECK(store.read_names());
  return store;
}

bool Store::looks_like_case(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic(15, '\0');
  in.read(magic.data(), 15);
  return in.gcount() == 15 && magic == "SQLite format 3";
}

Result<std::int64_t> Store::name_id(const std::string& text) {
  if (const auto found = names_.find(text); found != names_.end()) {
    return found->second;
  }
  const auto id = static_cast<std::int64_t>(names_.size()) + 1;
  DF_CHECK(insert_name_.run(id, text));
  names_.emplace(text, id);
  return id;
}

Result<std::int64_t> Store::name_id(const std::string& text, LastName& last) {
  if (last.id == 0 || last.text != text) {
    DF_TRY(last.id, name_id(text));
    last.text = text;
  }
  return last.id;
}

Result<void> Store::read_names() {
  DF_TRY(Statement rows, database_.prepare("SELECT id, text FROM name"));
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return {};
    }
    name_texts_[rows.integer(0)] = rows.text(1);
  }
}

Result<std::int64_t> Store::add_event(const Event& event, std::int64_t source) {
  DF_TRY(const std::int64_t host, name_id(event.host, last_host_));
  DF_TRY(const std::int64_t channel, name_id(event.channel, last_channel_));
  DF_TRY(const std::int64_t provider, name_id(event.provider, last_provider_));
  fields_json_.clear();
  event.fields.append_json(fields_json_);
  ++next_event_;
  // What the record's header says is kept where it differs.
  std::optional<std::int64_t> written;
  if (event.written && event.doubts.has(Doubt::kTimes)) {
    written = event.written->ticks;
  }
  DF_CHECK(insert_event_.run(
      next_event_, source, event.offset, event.line, event.time.ticks,
      static_cast<int>(event.clock), event.precision, host, channel, provider,
      event.event_id, static_cast<int>(event.level), event.record_id,
      event.activity_id, event.process_id, event.thread_id, event.user_sid,
      event.recovered ? 1 : 0, event.doubts.text(), written, fields_json_));
  return next_event_;
}

Result<void> Store::add_source(const SourceFile& source) {
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
  DF_TRY(Statement insert,
         database_.prepare("INSERT OR REPLACE INTO input VALUES (?,?,?)"));
  return insert.run(input.name, input.sha256, input.bytes);
}

Result<void> Store::add_tally(const std::map<TallyKey, TallyCount>& tally) {
  DF_TRY(Statement insert,
         database_.prepare("INSERT INTO tally VALUES (?,?,?,?,?,?,?)"));
  for (const auto& [key, count] : tally) {
    DF_TRY(const std::int64_t host, name_id(key.host));
    DF_TRY(const std::int64_t channel, name_id(key.channel));
    DF_TRY(const std::int64_t provider, name_id(key.provider));
    DF_CHECK(insert.run(host, channel, provider, key.event_id, key.hour,
                        count.live, count.recovered));
  }
  return {};
}

Result<void> Store::add_run(const RecordRun& run) {
  DF_TRY(const std::int64_t host, name_id(run.host));
  DF_TRY(const std::int64_t channel, name_id(run.channel));
  DF_TRY(Statement insert,
         database_.prepare("INSERT INTO run VALUES (?,?,?,?,?,?,?,?)"));
  return insert.run(run.source, host, channel, run.first_id, run.last_id,
                    run.first_time.ticks, run.last_time.ticks, run.records);
}

Result<void> Store::finish() {
  // A case in memory is read once, front to back.
  DF_CHECK(database_.script(outlives_us_ ? std::string(kIndexes) : ""));
  DF_CHECK(database_.script("COMMIT;"));
  return read_names();
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
    run.host = name_texts_[rows.integer(1)];
    run.channel = name_texts_[rows.integer(2)];
    run.first_id = static_cast<std::uint64_t>(rows.integer(3));
    run.last_id = static_cast<std::uint64_t>(rows.integer(4));
    run.first_time.ticks = rows.integer(5);
    run.last_time.ticks = rows.integer(6);
    run.records = rows.integer(7);
    out.push_back(std::move(run));
  }
}

namespace {

constexpr std::string_view kSelectEvents =
    "SELECT id, source, offset, line, time, clock, grain, host, channel, "
    "provider, event_id, level, record_id, activity_id, process_id, "
    "thread_id, user_sid, recovered, fields, doubts, written FROM event ";

void read_event(const Statement& row,
                const std::map<std::int64_t, std::string>& names,
                StoredEvent& event) {
  const auto name = [&names](std::int64_t id) {
    const auto found = names.find(id);
    return found == names.end() ? std::string{} : found->second;
  };
  event.reset();
  event.id = row.integer(0);
  event.source = row.integer(1);
  event.offset = row.integer(2);
  event.line = row.integer(3);
  event.time.ticks = row.integer(4);
  event.clock = static_cast<ClockNote>(row.integer(5));
  event.precision = row.integer(6);
  event.host = name(row.integer(7));
  event.channel = name(row.integer(8));
  event.provider = name(row.integer(9));
  event.event_id = static_cast<std::uint32_t>(row.integer(10));
  event.level = static_cast<std::uint8_t>(row.integer(11));
  event.record_id = static_cast<std::uint64_t>(row.integer(12));
  event.activity_id = row.text(13);
  event.process_id = static_cast<std::uint32_t>(row.integer(14));
  event.thread_id = static_cast<std::uint32_t>(row.integer(15));
  event.user_sid = row.text(16);
  event.recovered = row.integer(17) != 0;
  event.fields = FieldList::from_json(row.text(18)).value_or(FieldList{});
  event.doubts = Doubts::parse(row.text(19));
  if (!row.is_null(20)) {
    event.written = Instant{row.integer(20)};
  }
}

}  // namespace

Result<void> Store::for_each_event(
    const std::function<void(StoredEvent&)>& use) {
  DF_TRY(Statement rows,
         database_.prepare(std::string(kSelectEvents) + "ORDER BY id"));
  StoredEvent event;
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return {};
    }
    read_event(rows, name_texts_, event);
    use(event);
  }
}

Result<std::vector<StoredEvent>> Store::events_by_rowid(std::int64_t id) {
  DF_TRY(Statement rows,
         database_.prepare(std::string(kSelectEvents) + "WHERE id = ?"));
  rows.bind(1, id);
  std::vector<StoredEvent> out;
  DF_TRY(const bool found, rows.step());
  if (found) {
    read_event(rows, name_texts_, out.emplace_back());
  }
  return out;
}

}  // namespace deskfall
