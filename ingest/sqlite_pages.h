// SqlitePages: whole pages put behind those of a SQLite file.
//
// A load writes rows by the million into one table, in order, and nobody reads
// it yet. SQLite makes the file, the schema and an empty page for the root of
// each table; then, between two of its transactions, the rows come as finished
// pages, as if another program had added them:
//
//   DF_TRY(SqlitePages pages, SqlitePages::open(path));
//   const std::uint32_t child = pages.append(page);
//   pages.replace(root, page_that_names(child));
//   DF_CHECK(pages.finish());                    SQLite sees them from here on
//
// No connection may write meanwhile. Source: the SQLite file format
// (sqlite.org/fileformat2.html), sections 1.3 and 1.4. Why not SQL: on 2
// processors, of the time of a load, inserting and indexing took a half.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/open_file.h"
#include "ingest/result.h"

namespace deskfall {

class SqlitePages {
 public:
  /// A database that SQLite has committed. Refuses files whose pages would have
  /// to look otherwise: with reserved bytes, a log beside them (WAL), pointers
  /// back (auto_vacuum), or of an old schema format.
  [[nodiscard]] static Result<SqlitePages> open(const std::string& path);

  /// Bytes of a page.
  [[nodiscard]] std::size_t page_size() const { return page_size_; }

  /// Writes a page behind the others; returns its number. Failures are told
  /// by status() and finish().
  std::uint32_t append(std::string_view page);

  /// The number of the page that will be appended next, and of the one behind
  /// any page.
  [[nodiscard]] std::uint32_t next() const { return behind(pages_); }
  [[nodiscard]] std::uint32_t behind(std::uint32_t page) const {
    return page + (page + 1 == lock_page(page_size_) ? 2 : 1);
  }

  /// Writes another content for a page that is there.
  void replace(std::uint32_t number, std::string_view page);

  [[nodiscard]] const Result<void>& status() const { return status_; }

  /// Tells SQLite, in the header, of the new pages, and closes the file.
  [[nodiscard]] Result<void> finish();

  /// The page with the byte that SQLite locks; it holds nothing.
  [[nodiscard]] static std::uint32_t lock_page(std::size_t page_size) {
    return static_cast<std::uint32_t>((std::size_t{1} << 30U) / page_size + 1);
  }

 private:
  void write(std::string_view bytes);
  void seek(std::uint64_t offset);
  void failed();

  OpenFile file_;
  std::string path_;
  std::size_t page_size_ = 0;
  std::uint32_t pages_ = 0;
  std::uint32_t changes_ = 0;  ///< the file's change counter, when opened
  Result<void> status_;
};

}  // namespace deskfall
