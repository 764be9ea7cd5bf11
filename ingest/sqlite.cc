#include "ingest/sqlite.h"

#include <sqlite3.h>

#include <cstring>
#include <utility>

namespace deskfall {

namespace {

bool is_full(int code) {
  return code == SQLITE_FULL || code == SQLITE_IOERR;
}

const char* hint_of(int code) {
  return is_full(code) ? "free some disk space" : "";
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
}

void Statement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
}

void Statement::bind(int index, double value) {
  sqlite3_bind_double(statement_.get(), index, value);
}

void Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_null(int index) {
  sqlite3_bind_null(statement_.get(), index);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  sqlite3* database = sqlite3_db_handle(statement_.get());
  return fail(is_full(code) ? ErrorKind::kOutput : ErrorKind::kInput,
              sqlite3_errmsg(database), "case database", hint_of(code));
}

int Statement::columns() const {
  return sqlite3_column_count(statement_.get());
}

std::string Statement::column_name(int column) const {
  const char* name = sqlite3_column_name(statement_.get(), column);
  return name == nullptr ? "" : name;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

bool Statement::is_number(int column) const {
  const int type = sqlite3_column_type(statement_.get(), column);
  return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string_view{}
                          : std::string_view(static_cast<const char*>(bytes),
                                             static_cast<std::size_t>(size));
}

bool Statement::read_only() const {
  return sqlite3_stmt_readonly(statement_.get()) != 0;
}

Result<Database> Database::open(const std::string& path, Mode mode) {
  // Nobody asks how much memory SQLite has; counting it costs a lock a piece.
  [[maybe_unused]] static const int kNotCounted =
      sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  // A path is a path, even one that begins with "file:".
  [[maybe_unused]] static const int kNoUris =
      sqlite3_config(SQLITE_CONFIG_URI, 0);
  sqlite3* raw = nullptr;
  // One thread at a time uses a database, so that SQLite need not lock.
  const int flags =
      SQLITE_OPEN_NOMUTEX |
      (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY
                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database;
  database.database_.reset(raw);
  database.path_ = path;
  if (code != SQLITE_OK) {
    std::string what = raw == nullptr ? "out of memory" : sqlite3_errmsg(raw);
    if (const int cause = raw == nullptr ? 0 : sqlite3_system_errno(raw)) {
      what += std::string(": ") + std::strerror(cause);
    }
    return fail(
        mode == Mode::kReadOnly ? ErrorKind::kInput : ErrorKind::kOutput,
        std::move(what), path);
  }
  return database;
}

Result<void> Database::script(const std::string& sql) {
  char* message = nullptr;
  const int code =
      sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, &message);
  if (code != SQLITE_OK) {
    const std::string text = message == nullptr ? "" : message;
    sqlite3_free(message);
    return fail(ErrorKind::kOutput, text, path_, hint_of(code));
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(
      database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, &rest);
  Statement statement;
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) {
    return fail(ErrorKind::kUsage, sqlite3_errmsg(database_.get()), path_);
  }
  if (raw == nullptr) {
    return fail(ErrorKind::kUsage, "the statement is empty", path_);
  }
  const std::string_view tail =
      sql.substr(static_cast<std::size_t>(rest - sql.data()));
  if (tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    return fail(ErrorKind::kUsage, "more than one statement", path_,
                "give one query");
  }
  return statement;
}

}  // namespace deskfall
