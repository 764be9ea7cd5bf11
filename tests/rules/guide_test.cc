// Every YAML block of the author's guide loads beside the pack that ships, its
// tests pass, and lint has nothing to say about it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "engine/rule_check.h"
#include "rules/builtin.h"
#include "rules/lint.h"

namespace deskfall {

TEST_CASE("The author's guide can be followed to the letter") {
  std::ifstream in(std::string(DESKFALL_SOURCE_DIR) + "/rules/GUIDE.md");
  REQUIRE(in);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<RuleFile> files = builtin_rules();
  const std::size_t built_in = files.size();
  const std::string open = "```yaml\n";
  for (std::size_t at = text.find(open); at != std::string::npos;
       at = text.find(open, at)) {
    at += open.size();
    files.push_back({"GUIDE.md#" + std::to_string(files.size() - built_in + 1),
                     text.substr(at, text.find("```", at) - at)});
  }
  REQUIRE(files.size() - built_in == 4);
  const auto rules = RuleSet::from_files(files);
  if (!rules) {
    FAIL(rules.error().text());
  }
  const auto outcomes = check_rules(*rules, {"update-stopped-listener"});
  CHECK(outcomes.size() > 3 * 10);
  for (const TestOutcome& outcome : outcomes) {
    INFO(outcome.test << ", " << mutation_name(outcome.mutation) << " "
                      << outcome.log);
    CHECK(outcome.what == "");
  }
  for (const Warning& warning : lint(*rules)) {
    if (warning.at.file.starts_with("GUIDE.md")) {
      CHECK(warning.at.message == "");
    }
  }
}

}  // namespace deskfall
