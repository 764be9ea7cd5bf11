#include "tests/support/story_run.h"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/analyze.h"
#include "ingest/ingest.h"
#include "rules/rule_set.h"

namespace deskfall::testing {

namespace fs = std::filesystem;

namespace {

const std::string kStories =
    std::string(DESKFALL_SOURCE_DIR) + "/fixtures/stories";

/// Fails the test with the error's text.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    FAIL(result.error().text());
  }
  return std::move(*result);
}

const RuleSet& rules() {
  static const RuleSet kRules = must(RuleSet::load({}));
  return kRules;
}

}  // namespace

std::vector<std::string> story_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kStories)) {
    if (fs::exists(entry.path() / "story.yaml")) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

fixtures::Story story_of(const std::string& name) {
  return must(fixtures::load_story(kStories + "/" + name + "/story.yaml"));
}

Report run_story(const fixtures::Story& story,
                 const fixtures::BuildOptions& options) {
  const fixtures::BuiltStory built =
      must(fixtures::build_story(story, options));
  static int number = 0;
  const fs::path folder = fs::temp_directory_path() /
                          ("deskfall-test-" + std::to_string(::getpid()) + "-" +
                           std::to_string(++number));
  const fs::path bundle = folder / "bundle";
  fs::create_directories(bundle);
  const auto written = fixtures::write_files(built.files, bundle.string());
  REQUIRE(written);
  IngestOptions ingest;
  for (const fixtures::HostSpec& host : story.hosts) {
    if (!host.zone.empty() && host.zone_told) {
      ingest.zones.emplace(host.name, must(Zone::find(host.zone)));
    }
  }
  Store store = must(Store::create_temporary());
  const std::vector<std::string> inputs = {bundle.string()};
  static_cast<void>(must(ingest_bundle(inputs, {}, ingest, store)));
  AnalyzeOptions analysis;
  analysis.version = "test";
  Report report = must(analyze(store, rules(), analysis));
  fs::remove_all(folder);
  return report;
}

}  // namespace deskfall::testing
