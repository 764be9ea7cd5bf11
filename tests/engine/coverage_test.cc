#include "engine/coverage.h"

#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

namespace {

const RuleSet& rules() {
  static const Result<RuleSet> kRules = [] {
    const std::vector<RuleFile> files = {
        {"a",
         "{kind: log, id: quiet, title: Q, channels: Quiet, collect: c}\n"
         "---\n"
         "{kind: log, id: system, title: S, channels: System, collect: c}\n"
         "---\n"
         "kind: log\nid: audited\ntitle: A\nchannels: Security\ncollect: c\n"
         "holds_back: 10s\n"
         "proven_by: {on: {EventID: 5152}, condition: on}\n"}};
    return RuleSet::from_files(files);
  }();
  if (!kRules) {
    FAIL(kRules.error().text());
  }
  return *kRules;
}

bool covers(const CaseData& data, const std::string& log, double from,
            double to, const std::string& host = "SRV01") {
  return Coverage::measure(data, rules())
      .covers(*rules().find_log(log), data.find_host(host), at(from), at(to))
      .covered;
}

}  // namespace

TEST_CASE("A log covers from its first record, borders included") {
  const auto data = CaseBuilder().run("SRV01", "System", 1, 9, 0, 100).data();
  CHECK(covers(data, "system", 0, 100));
  CHECK_FALSE(covers(data, "system", -0.1, 50));
  CHECK_FALSE(covers(data, "system", 50, 100.1));
  CHECK_FALSE(covers(data, "quiet", 10, 20));
}

TEST_CASE("A quiet log reaches to the newest record of its host only") {
  const auto data = CaseBuilder()
                        .run("SRV01", "Quiet", 1, 2, 0, 10)
                        .run("SRV01", "System", 1, 9, 0, 100)
                        .run("SRV02", "System", 1, 9, 0, 500)
                        .data();
  CHECK(covers(data, "quiet", 50, 100));
  CHECK_FALSE(covers(data, "quiet", 50, 101));
}

TEST_CASE("A hole in the record numbers covers nothing") {
  const auto data = CaseBuilder()
                        .run("SRV01", "System", 1, 50, 0, 10)
                        .run("SRV01", "System", 61, 90, 40, 100)
                        .data();
  CHECK(covers(data, "system", 0, 10));
  CHECK(covers(data, "system", 40, 100));
  CHECK_FALSE(covers(data, "system", 20, 30));
  CHECK_FALSE(covers(data, "system", 5, 60));
}

TEST_CASE("Two exports that overlap leave no hole") {
  const auto data = CaseBuilder()
                        .run("SRV01", "System", 1, 60, 0, 60, 1)
                        .run("SRV01", "System", 50, 100, 50, 100, 2)
                        .data();
  CHECK(covers(data, "system", 0, 100));
}

TEST_CASE("One export fills the hole of another") {
  const auto data = CaseBuilder()
                        .run("SRV01", "System", 1, 20, 0, 20, 1)
                        .run("SRV01", "System", 60, 100, 60, 100, 1)
                        .run("SRV01", "System", 15, 70, 15, 70, 2)
                        .data();
  CHECK(covers(data, "system", 0, 100));
}

TEST_CASE("A cleared log says nothing about the time before it began anew") {
  const auto few = CaseBuilder()
                       .run("SRV01", "System", 500, 600, 0, 10)
                       .run("SRV01", "System", 1, 20, 40, 100)
                       .data();
  CHECK_FALSE(covers(few, "system", 20, 30));
  CHECK(covers(few, "system", 40, 100));
  // The new numbers have grown past the first of the old ones.
  const auto many = CaseBuilder()
                        .run("SRV01", "System", 10, 100, 0, 10)
                        .run("SRV01", "System", 1, 50, 40, 100)
                        .data();
  CHECK_FALSE(covers(many, "system", 20, 30));
}

TEST_CASE("A copy whose times were cut to seconds is no new log") {
  const auto data = CaseBuilder()
                        .run("SRV01", "System", 5, 5, 10, 10, 1)
                        .run("SRV01", "System", 5, 5, 10.7, 10.7, 2)
                        .run("SRV01", "System", 6, 9, 11, 20, 1)
                        .data();
  CHECK(covers(data, "system", 10, 20));
}

TEST_CASE("A damaged file speaks only up to its last record") {
  const auto data = CaseBuilder()
                        .run("SRV01", "Quiet", 1, 9, 0, 10, 1)
                        .run("SRV01", "System", 1, 9, 0, 100, 2)
                        .damaged(1)
                        .data();
  CHECK(covers(data, "quiet", 0, 10));
  CHECK_FALSE(covers(data, "quiet", 0, 11));
  CHECK(covers(data, "system", 0, 100));
}

TEST_CASE(
    "A log that is off by default needs a proof, which holds back a "
    "little") {
  const auto silent =
      CaseBuilder().run("SRV01", "Security", 1, 9, 0, 100).data();
  CHECK_FALSE(covers(silent, "audited", 50, 60));
  CaseBuilder b;
  b.run("SRV01", "Security", 1, 9, 0, 100);
  CaseData data = b.data();
  CaseEvent proof;
  proof.host_id = 0;
  proof.channel = "Security";
  proof.event_id = 5152;
  proof.time = at(50);
  data.events.push_back(proof);
  CHECK(covers(data, "audited", 40, 100));
  CHECK_FALSE(covers(data, "audited", 39, 100));
}

}  // namespace deskfall
