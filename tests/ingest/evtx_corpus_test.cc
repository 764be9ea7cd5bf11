// The EVTX reader against real logs with independently taken counts. The
// files are not part of the tree; without them these tests say so and pass.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <tuple>

#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;

namespace {

const std::filesystem::path kCorpus =
    std::filesystem::path(DESKFALL_SOURCE_DIR) / ".." / "shared" / "corpus" /
    "evtx";

bool corpus_is_here() {
  if (std::filesystem::exists(kCorpus / "COUNTS.tsv")) {
    return true;
  }
  WARN("no corpus beside the source tree; nothing was compared");
  return false;
}

using RecordKind = std::tuple<std::string, std::string, std::uint32_t>;

struct Counts : EventSink {
  std::map<RecordKind, std::int64_t> live;
  std::map<RecordKind, std::int64_t> recovered;

  void on_event(const Event& event) override {
    const RecordKind kind{event.channel, event.provider, event.event_id};
    ++(event.recovered ? recovered : live)[kind];
  }
};

std::int64_t total(const std::map<RecordKind, std::int64_t>& counts) {
  std::int64_t sum = 0;
  for (const auto& [kind, count] : counts) {
    sum += count;
  }
  return sum;
}

struct Read {
  Counts counts;
  DamageLog damage;
  std::int64_t bytes = 0;
};

Read read_file(const std::string& path) {
  Read read;
  auto source = open_file((kCorpus / path).string());
  REQUIRE(source.has_value());
  REQUIRE(read_evtx(**source, read.counts, read.damage).has_value());
  read.bytes =
      static_cast<std::int64_t>(std::filesystem::file_size(kCorpus / path));
  return read;
}

/// path -> kind -> count, of one state ("live", "slack").
std::map<std::string, std::map<RecordKind, std::int64_t>> expected(
    const std::string& state) {
  std::map<std::string, std::map<RecordKind, std::int64_t>> out;
  std::ifstream in(kCorpus / "COUNTS.tsv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::stringstream row(line);
    std::string path, channel, provider, id, row_state, count;
    std::getline(row, path, '\t');
    std::getline(row, channel, '\t');
    std::getline(row, provider, '\t');
    std::getline(row, id, '\t');
    std::getline(row, row_state, '\t');
    std::getline(row, count, '\t');
    if (row_state == state) {
      out[path]
         [{channel, provider, static_cast<std::uint32_t>(std::stoul(id))}] =
             std::stoll(count);
    }
  }
  return out;
}

std::vector<std::string> manifest() {
  std::vector<std::string> paths;
  std::ifstream in(kCorpus / "MANIFEST.tsv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    paths.push_back(line.substr(0, line.find('\t')));
  }
  return paths;
}

}  // namespace

TEST_CASE("every live record of every real log is read under its name") {
  if (!corpus_is_here()) {
    return;
  }
  for (const auto& [path, kinds] : expected("live")) {
    const Read read = read_file(path);
    INFO(path);
    for (const auto& [kind, count] : kinds) {
      INFO(std::get<0>(kind)
           << " " << std::get<1>(kind) << " " << std::get<2>(kind));
      const auto found = read.counts.live.find(kind);
      REQUIRE(found != read.counts.live.end());
      CHECK(found->second >= count);
    }
  }
}

TEST_CASE("the bytes of every real log are all accounted for") {
  if (!corpus_is_here()) {
    return;
  }
  for (const std::string& path : manifest()) {
    const Read read = read_file(path);
    INFO(path);
    CHECK(read.damage.accepted_bytes() + read.damage.slack_bytes() +
              read.damage.dropped_bytes() ==
          read.bytes);
  }
}

TEST_CASE("a record whose size is zero costs no other record") {
  if (!corpus_is_here()) {
    return;
  }
  const Read read = read_file(
      "omerbenamram+evtx/samples/sample-with-zero-data-size-event.evtx");
  CHECK(total(read.counts.live) == 450);
  CHECK(read.damage.dropped_bytes() == 0);
}

TEST_CASE("a file cut inside its last chunk keeps the records before the cut") {
  if (!corpus_is_here()) {
    return;
  }
  const Read read = read_file("log2timeline+plaso/test_data/evtx/System2.evtx");
  CHECK(total(read.counts.live) == 283);
  REQUIRE(read.damage.ranges().size() == 1);
  CHECK(read.damage.ranges()[0].range.begin == 199640);
  CHECK(read.damage.ranges()[0].range.end == 200000);
}

TEST_CASE("records of other channels come back from slack, marked") {
  if (!corpus_is_here()) {
    return;
  }
  for (const auto& [path, kinds] : expected("slack")) {
    if (path.find("RemoteDesktopServices-RdpCoreTS%4Admin") ==
            std::string::npos &&
        path.find("4ConnectionSecurity") == std::string::npos &&
        path.find("4WHC") == std::string::npos) {
      continue;  // some of its remnants are live elsewhere in the file
    }
    const Read read = read_file(path);
    INFO(path);
    CHECK(read.counts.live.empty());
    CHECK(read.counts.recovered == kinds);
  }
}

TEST_CASE("a record that was grown over is found, and told") {
  if (!corpus_is_here()) {
    return;
  }
  const Read read = read_file("omerbenamram+evtx/samples/post-Security.evtx");
  CHECK(total(read.counts.live) == 126);
  CHECK(read.counts.recovered ==
        std::map<RecordKind, std::int64_t>{
            {{"Security", "Microsoft-Windows-Security-Auditing", 4616}, 1}});
  bool told = false;
  for (const std::string& note : read.damage.notes()) {
    told = told || note.rfind("hidden record: 105 inside record 104", 0) == 0;
  }
  CHECK(told);
}
