#include "ingest/sqlite_tree.h"

#include <algorithm>
#include <utility>

namespace deskfall {

namespace {

// The header of a page: type, two bytes without use here, number of cells,
// where their content begins, no fragments, and in branches the last child.
constexpr std::size_t kCellsAt = 3;
constexpr std::size_t kContentAt = 5;
constexpr std::size_t kLastChildAt = 8;
constexpr std::size_t kLeafHeader = 8;
constexpr std::size_t kBranchHeader = 12;
constexpr std::size_t kPageNumber = 4;  // bytes of one

bool is_branch(char type) {
  return type == static_cast<char>(TreePage::Type::kIndexBranch) ||
         type == static_cast<char>(TreePage::Type::kTableBranch);
}

std::string varint(std::uint64_t value) {
  std::string text(kMostVarint, '\0');
  text.resize(
      static_cast<std::size_t>(write_varint(text.data(), value) - text.data()));
  return text;
}

}  // namespace

TreePage::TreePage(Type type, std::size_t page_size) : bytes_(page_size, '\0') {
  bytes_[0] = static_cast<char>(type);
  clear();
}

void TreePage::clear() {
  cells_ = 0;
  content_ = bytes_.size();
}

std::size_t TreePage::cell_pointers() const {
  return is_branch(bytes_[0]) ? kBranchHeader : kLeafHeader;
}

bool TreePage::fits(std::size_t cell) const {
  return cell_pointers() + 2 * (cells_ + 1) + cell <= content_;
}

char* TreePage::add(std::size_t cell) {
  DF_ASSERT(fits(cell));
  content_ -= cell;
  last_size_ = cell;
  write_big_endian(bytes_.data() + cell_pointers() + 2 * cells_, content_, 2);
  ++cells_;
  return bytes_.data() + content_;
}

std::string TreePage::take_last() {
  DF_ASSERT(cells_ > 0);
  std::string cell = bytes_.substr(content_, last_size_);
  content_ += last_size_;
  --cells_;
  return cell;
}

void TreePage::set_last_child(std::uint32_t page) {
  write_big_endian(bytes_.data() + kLastChildAt, page, kPageNumber);
}

std::string_view TreePage::bytes() {
  char* page = bytes_.data();
  write_big_endian(page + kCellsAt, cells_, 2);
  // 65,536 is written as 0.
  write_big_endian(page + kContentAt, content_, 2);
  std::fill(page + cell_pointers() + 2 * cells_, page + content_, '\0');
  return bytes_;
}

void TreeBranches::add(std::uint32_t child, std::string key) {
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) {
      levels_.emplace_back(type_, pages_.page_size());
    }
    TreePage& page = levels_[level];
    const bool full = !page.fits(kPageNumber + key.size());
    std::string last;
    std::uint32_t written = 0;
    if (full) {
      // The last cell gives up its child and goes up as the key, so that no
      // page is ever left without a cell.
      last = page.take_last();
      page.set_last_child(
          read_big_endian(std::string_view(last).substr(0, kPageNumber)));
      written = pages_.append(page.bytes());
      page.clear();
    }
    char* cell = page.add(kPageNumber + key.size());
    cell = write_big_endian(cell, child, kPageNumber);
    std::copy(key.begin(), key.end(), cell);
    if (!full) {
      return;
    }
    child = written;
    key = last.substr(kPageNumber);
  }
}

void TreeBranches::finish(TreePage& last_leaf) {
  TreePage* page = &last_leaf;
  for (TreePage& above : levels_) {
    above.set_last_child(pages_.append(page->bytes()));
    page = &above;
  }
  pages_.replace(root_, page->bytes());
}

TableTree::TableTree(SqlitePages& pages, std::uint32_t root)
    : pages_(pages),
      leaf_(TreePage::Type::kTableLeaf, pages.page_size()),
      branches_(pages, root, TreePage::Type::kTableBranch) {}

void TableTree::add(std::int64_t id, const SqliteRow& row) {
  const auto key = static_cast<std::uint64_t>(id);
  const std::size_t size = row.size();
  const std::size_t local = local_size(size);
  const std::size_t cell = varint_size(size) + varint_size(key) + local +
                           (local < size ? kPageNumber : 0);
  if (!leaf_.fits(cell)) {
    branches_.add(pages_.append(leaf_.bytes()),
                  varint(static_cast<std::uint64_t>(last_id_)));
    leaf_.clear();
  }
  last_id_ = id;
  char* out = leaf_.add(cell);
  out = write_varint(out, size);
  out = write_varint(out, key);
  if (local == size) {
    row.write(out);
    return;
  }
  std::string whole(size, '\0');
  row.write(whole.data());
  out = std::copy_n(whole.data(), local, out);
  write_big_endian(out, overflow(std::string_view(whole).substr(local)),
                   kPageNumber);
}

std::size_t TableTree::local_size(std::size_t size) const {
  const std::size_t page = pages_.page_size();
  const std::size_t most = page - 35;
  if (size <= most) {
    return size;
  }
  const std::size_t least = (page - 12) * 32 / 255 - 23;
  const std::size_t even = least + (size - least) % (page - kPageNumber);
  return even <= most ? even : least;
}

std::uint32_t TableTree::overflow(std::string_view rest) {
  // A chain of pages: each begins with the number of the next, the last with 0.
  const std::uint32_t first = pages_.next();
  while (!rest.empty()) {
    std::string page(pages_.page_size(), '\0');
    const std::string_view part = rest.substr(0, page.size() - kPageNumber);
    rest.remove_prefix(part.size());
    const std::uint32_t next = rest.empty() ? 0 : pages_.behind(pages_.next());
    std::copy(part.begin(), part.end(),
              write_big_endian(page.data(), next, kPageNumber));
    pages_.append(page);
  }
  return first;
}

IndexTree::IndexTree(SqlitePages& pages, std::uint32_t root)
    : pages_(pages),
      leaf_(TreePage::Type::kIndexLeaf, pages.page_size()),
      branches_(pages, root, TreePage::Type::kIndexBranch) {}

void IndexTree::add(const SqliteRow& entry) {
  const std::size_t size = entry.size();
  DF_ASSERT(size <= (pages_.page_size() - 12) * 64 / 255 - 23);
  const std::size_t cell = varint_size(size) + size;
  if (!leaf_.fits(cell)) {
    // An entry stands in one page only: the one that parts two leaves is in
    // their parent.
    std::string key = leaf_.take_last();
    const std::uint32_t child = pages_.append(leaf_.bytes());
    leaf_.clear();
    branches_.add(child, std::move(key));
  }
  char* out = leaf_.add(cell);
  entry.write(write_varint(out, size));
}

}  // namespace deskfall
