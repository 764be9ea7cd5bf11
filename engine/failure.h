// Failure: one thing to explain, with its place in time on each host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/attempt.h"
#include "engine/clocks.h"
#include "engine/signal_table.h"
#include "rules/rule.h"

namespace deskfall {

/// Start and end of a failure on one host's clock, as intervals.
struct Anchor {
  Instant start_low;
  Instant start_high;
  Instant end_low;
  Instant end_high;
  bool exact = true;     ///< false: carried over from another host's clock
  bool assumed = false;  ///< no pair of records ties that clock to this one
};

struct Failure {
  std::size_t attempt = 0;           ///< the attempt, or the first of a flood
  std::vector<std::size_t> members;  ///< all attempts of a flood
  Explains kind = Explains::kConnection;
  HostId client_host = kNoHost;
  HostId server_host = kNoHost;
  std::string server_name;      ///< host, or the target as typed
  std::optional<Instant> when;  ///< end of the attempt; begin of a flood
  Instant flood_end;
  Bindings bindings;
  int incident = -1;  ///< index shared by failures of one problem
};

/// The failed attempts and one entry for each flood, by time.
[[nodiscard]] std::vector<Failure> list_failures(
    const std::vector<Attempt>& attempts, const CaseData& data);

/// Gives failures what the anchors of the rules bind and no attempt tells.
void bind_failures(const RuleSet& rules, const SignalTable& signals,
                   std::vector<Failure>& failures);

/// Where the failure lies on the clock of `host`; nothing when no time of it
/// is known.
[[nodiscard]] std::optional<Anchor> anchor_on(const Failure& failure,
                                              const Attempt& attempt,
                                              HostId host, const CaseData& data,
                                              const Clocks& clocks);

}  // namespace deskfall
