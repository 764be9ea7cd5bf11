#include "ingest/sqlite_tree.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ingest/sqlite.h"
#include "support/folder.h"

using namespace deskfall;

namespace {

struct Row {
  std::int64_t id = 0;
  std::int64_t number = 0;
  std::string text;

  bool operator==(const Row&) const = default;
};

/// A database with a table t(id, number, gap, text) and an index of its
/// numbers, both empty until filled with pages.
class TestBase {
 public:
  explicit TestBase(std::size_t page_size)
      : path_(folder_.string() + "/t.db"),
        database_(Database::open(path_, Database::Mode::kCreate).value()) {
    run("PRAGMA page_size = " + std::to_string(page_size) +
        "; CREATE TABLE t(id INTEGER PRIMARY KEY, number INTEGER, gap, "
        "text TEXT); CREATE INDEX t_number ON t(number)");
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  void run(const std::string& sql) { REQUIRE(database_.script(sql)); }

  /// The first column of all rows, a line each.
  [[nodiscard]] std::string ask(const std::string& sql) {
    Statement rows = database_.prepare(sql).value();
    std::string out;
    while (rows.step().value()) {
      out += std::string(rows.text(0)) + '\n';
    }
    return out;
  }

  [[nodiscard]] std::uint32_t root(const std::string& name) {
    return static_cast<std::uint32_t>(std::stoul(
        ask("SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'")));
  }

  [[nodiscard]] Result<void> fill(const std::vector<Row>& rows) {
    const std::uint32_t table_root = root("t");
    const std::uint32_t index_root = root("t_number");
    DF_TRY(SqlitePages pages, SqlitePages::open(path_));
    TableTree table(pages, table_root);
    std::vector<std::pair<std::int64_t, std::int64_t>> keys;
    SqliteRow written;
    for (const Row& row : rows) {
      written.clear();
      written.add_null();
      written.add(row.number);
      written.add_null();
      written.add(row.text);
      table.add(row.id, written);
      keys.emplace_back(row.number, row.id);
    }
    table.finish();
    IndexTree index(pages, index_root);
    std::sort(keys.begin(), keys.end());
    for (const auto& [number, id] : keys) {
      written.clear();
      written.add(number);
      written.add(id);
      index.add(written);
    }
    index.finish();
    return pages.finish();
  }

  [[nodiscard]] std::vector<Row> read(const std::string& condition) {
    Statement rows =
        database_.prepare("SELECT id, number, text FROM t " + condition)
            .value();
    std::vector<Row> out;
    while (rows.step().value()) {
      out.push_back(
          {rows.integer(0), rows.integer(1), std::string(rows.text(2))});
    }
    return out;
  }

 private:
  Folder folder_;
  std::string path_;
  Database database_;
};

/// Texts of a few bytes, some around the sizes at which a row leaves its page,
/// some of several pages.
std::vector<Row> some_rows(std::size_t count, std::size_t page_size,
                           unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Row> rows;
  std::int64_t id = 0;
  for (std::size_t i = 0; i < count; ++i) {
    id += 1 + static_cast<std::int64_t>(random() % 300);
    std::size_t size = random() % 40;
    if (random() % 20 == 0) {
      size = page_size - 60 + random() % 60;
    } else if (random() % 50 == 0) {
      size = random() % (4 * page_size);
    }
    std::string text(size, static_cast<char>('a' + i % 26));
    rows.push_back({id, static_cast<std::int64_t>(random() % 1000) - 500,
                    std::move(text)});
  }
  return rows;
}

}  // namespace

TEST_CASE("SQLite finds pages that were written for it sound and complete") {
  for (const std::size_t page_size : {512U, 1024U, 8192U, 65536U}) {
    for (const std::size_t count : {0U, 1U, 2U, 30U, 4000U}) {
      CAPTURE(page_size, count);
      TestBase base(page_size);
      const std::vector<Row> rows =
          some_rows(count, page_size, static_cast<unsigned>(count));
      REQUIRE(base.fill(rows));
      CHECK(base.ask("PRAGMA integrity_check") == "ok\n");
      CHECK(base.read("ORDER BY id") == rows);
      CHECK(base.ask("SELECT count(*) FROM t INDEXED BY t_number "
                     "WHERE number >= -500") == std::to_string(count) + '\n');
      for (std::size_t i = 0; i < count; i += 97) {
        CHECK(base.read("WHERE id = " + std::to_string(rows[i].id)) ==
              std::vector<Row>{rows[i]});
      }
    }
  }
}

TEST_CASE("Every number of rows that fills pages in another way is sound") {
  // Pages of 512 bytes: 4 rows or 31 entries a leaf, some 64 leaves or 25 a
  // branch.
  for (std::size_t count = 0; count < 900; ++count) {
    std::vector<Row> rows;
    for (std::size_t i = 1; i <= count; ++i) {
      rows.push_back({static_cast<std::int64_t>(i), std::int64_t{1} << 50,
                      std::string(100, 'a')});
    }
    TestBase base(512);
    REQUIRE(base.fill(rows));
    if (base.ask("PRAGMA integrity_check") != "ok\n") {
      FAIL(count << " rows: " << base.ask("PRAGMA integrity_check"));
    }
    if (count % 100 == 99) {
      CHECK(base.ask("SELECT count(*) FROM t") == std::to_string(count) + '\n');
    }
  }
}

TEST_CASE("SQLite goes on with a table that was filled with pages") {
  TestBase base(1024);
  std::vector<Row> rows = some_rows(2000, 1024, 3);
  // What SQLite has read before must not be believed afterwards.
  CHECK(base.ask("SELECT count(*) FROM t") == "0\n");
  REQUIRE(base.fill(rows));
  CHECK(base.ask("SELECT count(*) FROM t") == "2000\n");
  base.run("DELETE FROM t WHERE number % 2 = 0");
  base.run("INSERT INTO t VALUES (2, 5, NULL, 'new')");
  base.run("CREATE TABLE u AS SELECT * FROM t");
  CHECK(base.ask("PRAGMA integrity_check") == "ok\n");
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [](const Row& r) { return r.number % 2 == 0; }),
             rows.end());
  rows.push_back({2, 5, "new"});
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.id < b.id; });
  CHECK(base.read("ORDER BY id") == rows);
}

TEST_CASE("Numbers of every width come back from a written row") {
  std::vector<std::int64_t> numbers{std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max()};
  for (int bit = 0; bit < 63; ++bit) {
    for (const std::int64_t near : {-1, 0, 1}) {
      const std::int64_t number = (std::int64_t{1} << bit) + near;
      numbers.push_back(number);
      numbers.push_back(-number);
    }
  }
  std::vector<Row> rows;
  for (const std::int64_t number : numbers) {
    rows.push_back({static_cast<std::int64_t>(rows.size()) + 1, number, "x"});
  }
  // Ids too have widths; the longest takes nine bytes.
  for (int bit = 10; bit < 63; ++bit) {
    rows.push_back({std::int64_t{1} << bit, 1, "y"});
  }
  rows.push_back({std::numeric_limits<std::int64_t>::max(), 1, "z"});
  TestBase base(512);
  REQUIRE(base.fill(rows));
  CHECK(base.ask("PRAGMA integrity_check") == "ok\n");
  CHECK(base.read("ORDER BY id") == rows);
  CHECK(base.ask("SELECT DISTINCT typeof(number) FROM t") == "integer\n");
}

TEST_CASE("A row of many columns has a header of two bytes more") {
  TestBase base(8192);
  std::string columns = "id INTEGER PRIMARY KEY";
  SqliteRow row;
  row.add_null();
  for (int c = 1; c < 300; ++c) {
    columns += ", c" + std::to_string(c);
    row.add(std::int64_t{c});
  }
  base.run("CREATE TABLE wide(" + columns + ")");
  const std::uint32_t root = base.root("wide");
  SqlitePages pages = SqlitePages::open(base.path()).value();
  TableTree table(pages, root);
  table.add(1, row);
  table.finish();
  REQUIRE(pages.finish());
  CHECK(base.ask("PRAGMA integrity_check") == "ok\n");
  CHECK(base.ask("SELECT c1 + c128 + c299 FROM wide") == "428\n");
}

TEST_CASE("The page that SQLite locks is left empty") {
  CHECK(SqlitePages::lock_page(65536) == 16385);
  // A file of a gigabyte, with nothing in it up to the page in question.
  TestBase base(65536);
  std::filesystem::resize_file(base.path(), std::uint64_t{16384} * 65536);
  {
    std::fstream file(base.path(),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(28);
    file.write("\0\0\x40\0", 4);  // 16,384 pages
  }
  std::vector<Row> rows;
  for (std::int64_t id = 1; id <= 40; ++id) {
    rows.push_back({id, id, std::string(150'000, 'a')});
  }
  REQUIRE(base.fill(rows));
  CHECK(base.read("ORDER BY id") == rows);
  CHECK(std::stoul(base.ask("PRAGMA page_count")) > 16385 + 2 * 40);
}

TEST_CASE("A full disk is told, with the file") {
  TestBase base(8192);
  std::optional<FileLimit> limit(std::in_place, 1 << 20);
  const Result<void> done = base.fill(some_rows(20'000, 8192, 1));
  limit.reset();
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::kOutput);
  CHECK(done.error().where == base.path());
  CHECK_THAT(done.error().what, Catch::StartsWith("cannot write: "));
}

TEST_CASE("Pages are not put into a file that is no database") {
  const Folder folder;
  const std::string path = folder.put("x", std::string(8192, 'x'));
  CHECK_FALSE(SqlitePages::open(path));
  CHECK_FALSE(SqlitePages::open(folder.put("y", "SQLite format 3")));
  CHECK_FALSE(SqlitePages::open(folder.string() + "/missing"));
}

TEST_CASE("Pages are not put into a database that would need other ones") {
  const char* kinds[] = {"auto_vacuum = 1", "journal_mode = WAL"};
  for (const std::string kind : kinds) {
    const Folder folder;
    const std::string path = folder.string() + "/x.db";
    {
      Database base = Database::open(path, Database::Mode::kCreate).value();
      REQUIRE(base.script("PRAGMA " + kind + "; CREATE TABLE t(a);"));
    }
    const auto pages = SqlitePages::open(path);
    REQUIRE_FALSE(pages);
    CHECK(pages.error().where == path);
  }
}
