// TableTree, IndexTree: the b-trees of a table and of an index, built from rows
// that come in order.
//
//   TableTree rows(pages, root);        IndexTree index(pages, root);
//   rows.add(id, row);                  index.add(row);
//   rows.finish();                      index.finish();
//
// Pages are filled to the brim, one per level is open; a full one is written
// and its parent told. The top one becomes the root that SQLite made. Source:
// the SQLite file format (sqlite.org/fileformat2.html), section 1.6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/sqlite_pages.h"
#include "ingest/sqlite_row.h"

namespace deskfall {

/// A page of a b-tree that is being filled with cells.
class TreePage {
 public:
  enum class Type : char {
    kIndexBranch = 2,
    kTableBranch = 5,
    kIndexLeaf = 10,
    kTableLeaf = 13
  };

  TreePage(Type type, std::size_t page_size);

  [[nodiscard]] bool fits(std::size_t cell) const;
  /// Room for the next cell, which fits.
  [[nodiscard]] char* add(std::size_t cell);
  /// Takes the last cell back, once; there is one.
  [[nodiscard]] std::string take_last();
  /// Branches only: the child with everything behind the last cell.
  void set_last_child(std::uint32_t page);

  /// The whole page. Only clear() may follow.
  [[nodiscard]] std::string_view bytes();
  void clear();

 private:
  [[nodiscard]] std::size_t cell_pointers() const;

  std::string bytes_;
  std::size_t cells_ = 0;
  std::size_t last_size_ = 0;  ///< of the last cell
  std::size_t content_ = 0;    ///< cells stand from here to the end
};

/// The pages above the leaves.
class TreeBranches {
 public:
  TreeBranches(SqlitePages& pages, std::uint32_t root, TreePage::Type type)
      : pages_(pages), root_(root), type_(type) {}

  /// Adds a leaf that was written; `key` parts it from the ones behind it.
  void add(std::uint32_t child, std::string key);
  /// Writes the last leaf, and every page above it.
  void finish(TreePage& last_leaf);

 private:
  SqlitePages& pages_;
  std::uint32_t root_;
  TreePage::Type type_;
  std::vector<TreePage> levels_;  ///< from the leaves' parents up
};

/// The rows of a table, by their ids.
class TableTree {
 public:
  /// `root` is the page of a table without rows.
  TableTree(SqlitePages& pages, std::uint32_t root);

  /// Ids ascend.
  void add(std::int64_t id, const SqliteRow& row);
  void finish() { branches_.finish(leaf_); }

 private:
  /// Bytes of a row that stay in its leaf; the others go to pages of their own.
  [[nodiscard]] std::size_t local_size(std::size_t size) const;
  [[nodiscard]] std::uint32_t overflow(std::string_view rest);

  SqlitePages& pages_;
  TreePage leaf_;
  TreeBranches branches_;
  std::int64_t last_id_ = 0;
};

/// The entries of an index: what it is by, then the id of the row.
class IndexTree {
 public:
  /// `root` is the page of an index without entries.
  IndexTree(SqlitePages& pages, std::uint32_t root);

  /// Entries ascend. Four must fit a page: none has an overflow.
  void add(const SqliteRow& entry);
  void finish() { branches_.finish(leaf_); }

 private:
  SqlitePages& pages_;
  TreePage leaf_;
  TreeBranches branches_;
};

}  // namespace deskfall
