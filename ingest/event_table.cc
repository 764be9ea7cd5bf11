#include "ingest/event_table.h"

#include <algorithm>

namespace deskfall {

namespace {

std::string insert_of(std::size_t rows, int columns) {
  std::string row = "(?";
  for (int c = 1; c < columns; ++c) {
    row += ",?";
  }
  row += ')';
  std::string sql = "INSERT INTO event VALUES " + row;
  for (std::size_t i = 1; i < rows; ++i) {
    sql += ',' + row;
  }
  return sql;
}

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

}  // namespace

Result<void> EventTable::prepare(Database& database) {
  DF_TRY(insert_block_, database.prepare(insert_of(kBlock, kColumns)));
  DF_TRY(insert_row_, database.prepare(insert_of(1, kColumns)));
  DF_TRY(insert_kind_, database.prepare("INSERT INTO kind VALUES (?,?,?,?,?)"));
  DF_TRY(insert_reading_,
         database.prepare("INSERT INTO reading VALUES (?,?,?,?,?)"));
  return {};
}

Result<std::int64_t> EventTable::kind_row(const Kind& kind) {
  const std::int64_t row = kinds_.number(kind) + std::int64_t{1};
  if (row > kinds_written_) {
    kinds_written_ = row;
    DF_CHECK(insert_kind_.run(row, kind.host, kind.channel, kind.provider,
                              kind.event_id));
  }
  return row;
}

Result<std::int64_t> EventTable::reading_row(const Event& event) {
  const Reading reading{event.clock, event.precision, event.recovered,
                        event.doubts};
  // There are a handful of them.
  const auto found = std::find(readings_.begin(), readings_.end(), reading);
  const std::int64_t row = found - readings_.begin() + 1;
  if (found == readings_.end()) {
    readings_.push_back(reading);
    DF_CHECK(insert_reading_.run(row, static_cast<int>(reading.clock),
                                 reading.grain, reading.recovered ? 1 : 0,
                                 reading.doubts.text()));
  }
  return row;
}

Result<void> EventTable::add(std::int64_t id, std::int64_t source,
                             std::int64_t kind, const Event& event,
                             std::string_view fields_json) {
  DF_TRY(const std::int64_t reading, reading_row(event));
  Row& row = block_[waiting_];
  row.numbers = {
      id,         source,           event.offset,
      event.line, event.time.ticks, kind,
      reading,    event.level,      static_cast<std::int64_t>(event.record_id)};
  row.activity_id = event.activity_id;
  row.process_id = event.process_id;
  row.thread_id = event.thread_id;
  row.user_sid = event.user_sid;
  // What the record's header says is kept where it differs.
  row.written.reset();
  if (event.written && event.doubts.has(Doubt::kTimes)) {
    row.written = event.written->ticks;
  }
  row.fields = fields_json;
  ++waiting_;
  if (waiting_ < kBlock) {
    return {};
  }
  waiting_ = 0;
  insert_block_.reset();
  for (std::size_t i = 0; i < kBlock; ++i) {
    bind(insert_block_, i, block_[i]);
  }
  DF_TRY([[maybe_unused]] const bool row_given, insert_block_.step());
  return {};
}

Result<void> EventTable::flush() {
  for (std::size_t i = 0; i < waiting_; ++i) {
    insert_row_.reset();
    bind(insert_row_, 0, block_[i]);
    DF_TRY([[maybe_unused]] const bool row_given, insert_row_.step());
  }
  waiting_ = 0;
  return {};
}

void EventTable::bind(Statement& insert, std::size_t at, const Row& row) {
  int index = static_cast<int>(at) * kColumns;
  for (const std::int64_t number : row.numbers) {
    insert.bind(++index, number);
  }
  insert.bind(++index, row.activity_id);
  insert.bind(++index, row.process_id);
  insert.bind(++index, row.thread_id);
  insert.bind(++index, row.user_sid);
  insert.bind(++index, row.written);
  insert.bind(++index, row.fields);
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
