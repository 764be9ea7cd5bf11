// SignalTable: every place where a signal of the rules occurs, in one pass over
// the events, sorted for windows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "rules/rule_set.h"

namespace deskfall {

/// What a record or a failure says about who took part; empty = not known.
using Bindings =
    std::array<std::string, static_cast<std::size_t>(Entity::kCount)>;

inline constexpr std::size_t kNoAttempt = static_cast<std::size_t>(-1);

struct Hit {
  Instant time;
  HostId host = kNoHost;
  EventIndex event = 0;
  std::size_t attempt = kNoAttempt;  ///< the connection it is a record of
  Bindings bindings;
};

class SignalTable {
 public:
  /// `attempts` give records their connection, and the two signals that the
  /// engine makes itself: attempt.success at the moment a session was reached,
  /// attempt.failure at the end of a failed or scanning connection.
  SignalTable(const CaseData& data, const RuleSet& rules,
              const std::vector<Attempt>& attempts);

  /// Hits of a signal on a host in [from, to], by time. kNoHost: all hosts.
  [[nodiscard]] std::vector<const Hit*> find(std::string_view signal,
                                             HostId host, Instant from,
                                             Instant to) const;

 private:
  void add_attempts(const CaseData& data, const std::vector<Attempt>& attempts);

  const RuleSet& rules_;
  std::vector<std::vector<Hit>> hits_;  ///< by signal index, then own signals
};

/// Who took part in an attempt, as far as known.
[[nodiscard]] Bindings bindings_of(const Attempt& attempt,
                                   const CaseData& data);

}  // namespace deskfall
