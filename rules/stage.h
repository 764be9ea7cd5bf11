// Stage: the ladder every Remote Desktop connection climbs.
//
// A stage that was passed refutes every cause that must fail at or before it;
// a stage that was provably never reached refutes every cause beyond it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskfall {

enum class Stage : std::uint8_t {
  kNone,       ///< nothing proven
  kDns,        ///< the name resolved
  kTcp,        ///< TCP established with something that answered
  kX224,       ///< RDP negotiation answered
  kTls,        ///< TLS finished
  kCredssp,    ///< credentials accepted on the wire (or not needed)
  kLicensing,  ///< license exchange and protocol set-up finished
  kLogon,      ///< logon accepted
  kSession     ///< a session was attached
};

[[nodiscard]] std::string_view stage_name(Stage stage);
[[nodiscard]] std::optional<Stage> parse_stage(std::string_view name);

/// The step above; kSession stays kSession.
[[nodiscard]] Stage next_stage(Stage stage);

/// Closed range of stages in which something happened or must happen.
struct StageRange {
  Stage first = Stage::kDns;
  Stage last = Stage::kSession;

  bool operator==(const StageRange&) const = default;
};

/// "tls" or "x224..credssp".
[[nodiscard]] std::string stage_range_name(StageRange range);

/// Reads "tls", "tcp..tls" or "any".
[[nodiscard]] std::optional<StageRange> parse_stage_range(
    std::string_view text);

}  // namespace deskfall
