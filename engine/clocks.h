// Clocks: how far the clocks of two hosts stand apart, as an interval.
//
// What must come first gives a bound: the client starts before the server
// accepts, the server accepts before the client gives up. Each joined attempt
// bounds the offset; the point that most bounds agree on wins (Marzullo), and
// outliers are dropped. Recorded times are never changed.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/case_data.h"

namespace deskfall {

/// clock(host) - clock(other) in ticks, somewhere in [low, high].
struct Offset {
  Ticks low = 0;
  Ticks high = 0;
  std::int64_t pairs = 0;  ///< bounds that agree; 0 = assumed, told or same
  bool assumed = false;    ///< nothing known: the default was taken
};

/// Without any pair, hosts are taken to be within five minutes, the tolerance
/// of Kerberos.
inline constexpr Ticks kDefaultOffset = 5 * kTicksPerMinute;

/// The interval in which most of the bounds overlap; the one nearest to zero
/// among equals. Nothing without bounds.
struct Bound {
  Ticks low = 0;
  Ticks high = 0;
};
struct Agreement {
  Bound bound;
  std::int64_t agreeing = 0;
};
[[nodiscard]] std::optional<Agreement> most_agreed(
    std::span<const Bound> bounds);

class Clocks {
 public:
  /// `skew`: offset of a host from true time, told by the user.
  explicit Clocks(std::map<HostId, Ticks> skew = {}) : skew_(std::move(skew)) {}

  /// Notes what is known about clock(server) - clock(client).
  void set(HostId client, HostId server, const Agreement& agreement);

  /// clock(to) - clock(from).
  [[nodiscard]] Offset between(HostId from, HostId to) const;

  struct Row {
    HostId host = kNoHost;
    HostId relative_to = kNoHost;
    Offset offset;
  };
  /// What was measured or told, by host.
  [[nodiscard]] std::vector<Row> rows() const;

 private:
  std::map<HostId, Ticks> skew_;
  std::map<std::pair<HostId, HostId>, Offset> known_;  ///< client, server
};

}  // namespace deskfall
