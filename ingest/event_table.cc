#include "ingest/event_table.h"

#include <algorithm>
#include <utility>

#include "ingest/sqlite_tree.h"

namespace deskfall {

namespace {

constexpr std::string_view kSelect =
    "SELECT event.id, source, offset, line, time, level, record_id, "
    "activity_id, process_id, thread_id, user_sid, written, fields, "
    "host, channel, provider, event_id, clock, grain, recovered, doubts "
    "FROM event JOIN kind ON kind.id = kind JOIN reading ON reading.id = "
    "reading ";

void take_row(const Statement& row, StoredEvent& event) {
  event.reset();
  event.id = row.integer(0);
  event.source = row.integer(1);
  event.offset = row.integer(2);
  event.line = row.integer(3);
  event.time.ticks = row.integer(4);
  event.level = static_cast<std::uint8_t>(row.integer(5));
  event.record_id = static_cast<std::uint64_t>(row.integer(6));
  event.activity_id = row.text(7);
  event.process_id = static_cast<std::uint32_t>(row.integer(8));
  event.thread_id = static_cast<std::uint32_t>(row.integer(9));
  event.user_sid = row.text(10);
  if (!row.is_null(11)) {
    event.written = Instant{row.integer(11)};
  }
  event.fields = FieldList::from_json(row.text(12)).value_or(FieldList{});
  event.host = row.text(13);
  event.channel = row.text(14);
  event.provider = row.text(15);
  event.event_id = static_cast<std::uint32_t>(row.integer(16));
  event.clock = static_cast<ClockNote>(row.integer(17));
  event.precision = row.integer(18);
  event.recovered = row.integer(19) != 0;
  event.doubts = Doubts::parse(row.text(20));
}

/// Where the tree of a table or index begins.
Result<std::uint32_t> root_of(Database& database, std::string_view name) {
  DF_TRY(Statement row,
         database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?"));
  row.bind(1, name);
  DF_TRY(const bool found, row.step());
  if (!found) {
    return fail(ErrorKind::kInternal, "the schema has no " + std::string(name));
  }
  return static_cast<std::uint32_t>(row.integer(0));
}

}  // namespace

/// The file that is being filled.
struct EventTable::Trees {
  Trees(SqlitePages file, std::uint32_t table_root, std::uint32_t index_root)
      : pages(std::move(file)),
        rows(pages, table_root),
        index(pages, index_root) {}
  // The trees write to the pages beside them.
  Trees(const Trees&) = delete;
  Trees& operator=(const Trees&) = delete;
  Trees(Trees&&) = delete;
  Trees& operator=(Trees&&) = delete;
  ~Trees() = default;

  SqlitePages pages;
  TableTree rows;
  IndexTree index;
};

EventTable::EventTable() = default;
EventTable::~EventTable() = default;
EventTable::EventTable(EventTable&&) noexcept = default;
EventTable& EventTable::operator=(EventTable&&) noexcept = default;

Result<void> EventTable::begin(Database& database, const std::string& path) {
  DF_TRY(const std::uint32_t table, root_of(database, "event"));
  DF_TRY(const std::uint32_t index,
         root_of(database, "event_by_kind_and_time"));
  DF_TRY(SqlitePages pages, SqlitePages::open(path));
  trees_ = std::make_unique<Trees>(std::move(pages), table, index);
  return {};
}

std::int64_t EventTable::reading_row(const Event& event) {
  const Reading reading{event.clock, event.precision, event.recovered,
                        event.doubts};
  // There are a handful of them.
  const auto found = std::find(readings_.begin(), readings_.end(), reading);
  const std::int64_t row = found - readings_.begin() + 1;
  if (found == readings_.end()) {
    readings_.push_back(reading);
  }
  return row;
}

Result<void> EventTable::add(std::int64_t id, std::int64_t source,
                             std::int64_t kind, const Event& event,
                             std::string_view fields_json) {
  // The columns in the order of schema.sql; the id stands beside the row.
  row_.clear();
  row_.add_null();
  row_.add(source);
  row_.add(event.offset);
  row_.add(event.line);
  row_.add(event.time.ticks);
  row_.add(kind);
  row_.add(reading_row(event));
  row_.add(std::int64_t{event.level});
  row_.add(static_cast<std::int64_t>(event.record_id));
  row_.add(event.activity_id);
  row_.add(std::int64_t{event.process_id});
  row_.add(std::int64_t{event.thread_id});
  row_.add(event.user_sid);
  // What the record's header says is kept where it differs.
  if (event.written && event.doubts.has(Doubt::kTimes)) {
    row_.add(event.written->ticks);
  } else {
    row_.add_null();
  }
  row_.add(fields_json);
  trees_->rows.add(id, row_);
  DF_CHECK(keys_.add({kind, event.time.ticks, id}));
  return trees_->pages.status();
}

Result<void> EventTable::end_records() {
  // Whatever happens, the file is closed behind this.
  const std::unique_ptr<Trees> trees = std::move(trees_);
  trees->rows.finish();
  DF_CHECK(keys_.for_each([this, &trees](const EventKey& key) {
    row_.clear();
    row_.add(key.kind);
    row_.add(key.time);
    row_.add(key.id);
    trees->index.add(row_);
  }));
  trees->index.finish();
  return trees->pages.finish();
}

Result<void> EventTable::add_references(Database& database) const {
  DF_TRY(Statement insert,
         database.prepare("INSERT INTO kind VALUES (?,?,?,?,?)"));
  for (std::size_t at = 0; at < kinds_.size(); ++at) {
    const Kind& kind = kinds_[static_cast<KindId>(at)];
    DF_CHECK(insert.run(at + 1, kind.host, kind.channel, kind.provider,
                        kind.event_id));
  }
  DF_TRY(insert, database.prepare("INSERT INTO reading VALUES (?,?,?,?,?)"));
  for (std::size_t at = 0; at < readings_.size(); ++at) {
    const Reading& reading = readings_[at];
    DF_CHECK(insert.run(at + 1, static_cast<int>(reading.clock), reading.grain,
                        reading.recovered ? 1 : 0, reading.doubts.text()));
  }
  return {};
}

Result<void> EventTable::read(Database& database,
                              std::optional<std::int64_t> id,
                              const std::function<void(StoredEvent&)>& use) {
  DF_TRY(Statement rows,
         database.prepare(std::string(kSelect) +
                          (id ? "WHERE event.id = ?" : "ORDER BY event.id")));
  if (id) {
    rows.bind(1, *id);
  }
  StoredEvent event;
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return {};
    }
    take_row(rows, event);
    use(event);
  }
}

}  // namespace deskfall
