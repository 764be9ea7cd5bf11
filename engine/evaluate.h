// Evaluate: every cause of the rules against one failure.
//
// Items are asked one by one (item_finder.h), weighed against the noise that
// successful connections of the same host show, and added up; then come the
// gates: the ladder, what is required, what the cause needs.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "engine/failure.h"
#include "engine/finding.h"
#include "engine/situation.h"

namespace deskfall {

struct Judgement {
  const CauseRule* cause = nullptr;
  std::vector<Finding> findings;
  Weight weight = 0;
  bool ruled_out = false;
  bool required_met = false;  ///< every required group has a present item
  bool needs_met = true;      ///< no undecidable need is open
  bool refuted = false;       ///< a refuting item is present
  bool statement = false;     ///< a component said so itself, in its log
  Weight least = 0;           ///< weight if all unknown items spoke against it
  std::vector<MissingLog> missing;  ///< of unmet needs
};

/// How often an item stands beside successful connections of a host; asked
/// once for each, whatever the number of failures.
class Controls {
 public:
  explicit Controls(const Situation& situation) : s_(situation) {}

  struct Rate {
    std::int64_t hits = 0;
    std::int64_t controls = 0;
  };
  /// Leaves out `own`, the attempt that is being judged.
  [[nodiscard]] Rate rate(const Item& item, HostId host, std::size_t own);

 private:
  struct Counted {
    std::size_t attempt = kNoAttempt;
    bool hit = false;
  };
  [[nodiscard]] std::vector<Counted> count(const Item& item, HostId host) const;

  const Situation& s_;
  std::map<std::pair<const Item*, HostId>, std::vector<Counted>> counted_;
};

/// The same for many failures of one situation.
[[nodiscard]] std::vector<Judgement> evaluate(const Situation& situation,
                                              const Failure& failure,
                                              Controls& controls);

/// One judgement per cause that can explain this kind of failure, in the order
/// of the rules.
[[nodiscard]] std::vector<Judgement> evaluate(const Situation& situation,
                                              const Failure& failure);

}  // namespace deskfall
