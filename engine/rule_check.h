// RuleCheck: runs the tests that causes carry, as written and mutated.
#pragma once

#include <string>
#include <vector>

#include "engine/test_case.h"

namespace deskfall {

struct TestOutcome {
  std::string cause;
  std::string test;
  Mutation mutation = Mutation::kNone;
  std::string log;   ///< for Mutation::kDropLog
  std::string what;  ///< what went wrong; empty when it passed
  Origin origin;

  [[nodiscard]] bool passed() const { return what.empty(); }
};

/// One outcome for each test and mutation of the causes whose id is among
/// `ids`, or of all when that is empty.
[[nodiscard]] std::vector<TestOutcome> check_rules(
    const RuleSet& rules, const std::vector<std::string>& ids);

}  // namespace deskfall
