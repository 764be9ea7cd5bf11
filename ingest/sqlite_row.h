// SqliteRow: one row in the form in which SQLite keeps it.
//
//   row.clear();
//   row.add_null();           the INTEGER PRIMARY KEY, which is the row's id
//   row.add(std::int64_t{7});
//   row.add(std::string_view("text"));
//   row.write(room for row.size() bytes);
//
// A header tells the type of each column, the values follow it. Source: the
// SQLite file format (sqlite.org/fileformat2.html), section 2.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingest/out_buffer.h"

namespace deskfall {

/// Most bytes of a number of variable length.
inline constexpr std::size_t kMostVarint = 9;

/// Writes a number of variable length, 7 bits a byte, the highest first; the
/// ninth byte holds 8 bits (section 1.6). Returns where it ends.
char* write_varint(char* out, std::uint64_t value);
[[nodiscard]] std::size_t varint_size(std::uint64_t value);

/// Writes the low `bytes` bytes of a number, the highest first. Returns where
/// it ends.
char* write_big_endian(char* out, std::uint64_t value, std::size_t bytes);
[[nodiscard]] std::uint32_t read_big_endian(std::string_view bytes);

class SqliteRow {
 public:
  void clear() {
    types_.clear();
    values_.clear();
  }

  void add_null();
  void add(std::int64_t value);
  /// UTF-8, as it is.
  void add(std::string_view text);

  /// Bytes of the row.
  [[nodiscard]] std::size_t size() const;

  /// Writes size() bytes; returns where they end.
  char* write(char* out) const;

 private:
  /// Bytes of the header, with the ones that say so.
  [[nodiscard]] std::size_t header_size() const;

  OutBuffer types_;
  OutBuffer values_;
};

}  // namespace deskfall
