// Sqlite: a database and its statements, with errors as Results.
//
//   DF_TRY(Statement insert, db.prepare("INSERT INTO t VALUES (?, ?)"));
//   DF_CHECK(insert.run(1, "text"));
//   DF_TRY(Statement rows, db.prepare("SELECT a, b FROM t ORDER BY a"));
//   while (true) {
//     DF_TRY(const bool more, rows.step());
//     if (!more) break;
//     use(rows.integer(0), rows.text(1));
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace deskfall {

class Statement {
 public:
  /// Runs a statement that returns no rows with the values bound in order.
  template <typename... Values>
  [[nodiscard]] Result<void> run(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
    auto stepped = step();
    if (!stepped) {
      return tl::unexpected<Error>(std::move(stepped).error());
    }
    return {};
  }

  void reset();
  void bind(int index, std::int64_t value);
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, std::uint32_t value) {
    bind(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, std::uint64_t value) {
    bind(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, double value);
  /// The text must live until the statement is reset.
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) {
    bind(index, std::string_view(text));
  }
  void bind(int index, const char* text) {
    bind(index, std::string_view(text));
  }
  void bind_null(int index);
  template <typename Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value) {
      bind(index, *value);
    } else {
      bind_null(index);
    }
  }

  /// Moves to the next row; false at the end.
  [[nodiscard]] Result<bool> step();

  [[nodiscard]] int columns() const;
  [[nodiscard]] std::string column_name(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] bool is_number(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  /// True when the statement cannot change the database.
  [[nodiscard]] bool read_only() const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  enum class Mode { kCreate, kReadOnly };
  [[nodiscard]] static Result<Database> open(const std::string& path,
                                             Mode mode);

  /// Runs a script of several statements.
  [[nodiscard]] Result<void> script(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

}  // namespace deskfall
