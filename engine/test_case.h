// TestCase: the rows of a rule's test as a case, and what a careful engine must
// not mind being done to it.
//
// A test stands on two hosts, PC1 and SRV01, whose logs - all that the rules
// know - reach from two days before the failure to one day after it and prove
// that they were switched on, unless the test says otherwise.
#pragma once

#include <string>
#include <string_view>

#include "engine/inquiry.h"
#include "rules/rule_set.h"

namespace deskfall {

/// What is done to the records, and what must then hold of the verdict.
enum class Mutation : std::uint8_t {
  kNone,
  kDuplicate,  ///< every record twice: the same
  kShuffle,    ///< the other way round: the same
  kShift,      ///< all clocks one hour ahead: the same
  kNoise,      ///< 1,000 records that no rule knows: the same
  kTranslate,  ///< display texts in another language: the same
  kWiden,      ///< clocks known to five minutes only: never more certain
  kDropLog     ///< a log is missing: never another cause, explained
};
[[nodiscard]] std::string_view mutation_name(Mutation mutation);

struct MutatedCase {
  Mutation mutation = Mutation::kNone;
  std::string log;  ///< the one that is missing, for kDropLog
};

/// The failure ends at this instant on clocks that are right.
[[nodiscard]] Instant test_zero();

/// Builds the case. Fails where a row names a signal that gives no plain
/// record.
[[nodiscard]] Result<CaseData> build_test_case(const RuleTest& test,
                                               const RuleSet& rules,
                                               const MutatedCase& mutated);

}  // namespace deskfall
