// Clocks: how far the clocks of two hosts stand apart, as an interval that
// depends on the time.
//
// What must come first gives a bound: the client starts before the server
// accepts, the server accepts before the client gives up. Each joined attempt
// bounds the offset; the point that most bounds agree on wins (Marzullo), and
// outliers are dropped. Bounds are compared only between two cuts of either
// clock (clock_cuts.h); behind a cut whose jump was recorded the offset is
// carried over. Away from its pairs an offset is widened by what clocks drift.
// Recorded times are never changed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/case_data.h"
#include "engine/clock_cuts.h"

namespace deskfall {

/// clock(host) - clock(other) in ticks, somewhere in [low, high].
struct Offset {
  Ticks low = 0;
  Ticks high = 0;
  std::int64_t pairs = 0;  ///< bounds that agree; 0 = assumed, told or same
  bool assumed = false;    ///< nothing known: the default was taken
  bool synced = false;     ///< no pair either, but both clocks were set by one
                           ///< domain's time service not long before
};

/// Without any pair, hosts are taken to be within five minutes, the tolerance
/// of Kerberos.
inline constexpr Ticks kDefaultOffset = 5 * kTicksPerMinute;

/// Two hosts of a domain whose time service found its source (Time-Service 35,
/// 37) are this near to each other for a day. Good enough to order what was
/// recorded, not to call a log silent.
inline constexpr Ticks kSyncedOffset = 2 * kTicksPerSecond;
inline constexpr Ticks kSyncedFor = kTicksPerDay;

/// When a host's time service found a source, by time, and its DNS domain.
struct TimeService {
  std::string domain;
  std::vector<Instant> synced;
};

/// An offset lies between these. One side alone is known where the other is
/// at kFarBound.
struct Bound {
  Ticks low = 0;
  Ticks high = 0;
};
inline constexpr Ticks kFarBound = 400 * kTicksPerDay;

/// The interval in which most of the bounds overlap; the one nearest to zero
/// among equals. Nothing without bounds.
struct Agreement {
  Bound bound;
  std::int64_t agreeing = 0;
};
[[nodiscard]] std::optional<Agreement> most_agreed(
    std::span<const Bound> bounds);

/// A bound of clock(server) - clock(client), and where it was taken.
struct Sighting {
  Instant client;  ///< on the client's clock
  Instant server;  ///< on the server's clock
  Bound bound;
};

class Clocks {
 public:
  /// `skew`: offset of a host from true time, told by the user.
  explicit Clocks(std::map<HostId, Ticks> skew = {}) : skew_(std::move(skew)) {}

  /// Says where clocks may have jumped. Comes before the sightings.
  void cut(ClockCuts cuts) { cuts_ = std::move(cuts); }

  /// Says which hosts were kept in time, and when.
  void keep_in_time(std::map<HostId, TimeService> kept) {
    kept_ = std::move(kept);
  }

  /// The number that tells the stretches of two clocks apart; nothing where a
  /// clock that was set back makes it uncertain.
  using StretchPair = std::pair<std::size_t, std::size_t>;
  [[nodiscard]] std::optional<StretchPair> stretches(HostId client,
                                                     Instant on_client,
                                                     HostId server,
                                                     Instant on_server) const;

  /// Notes what is known about clock(server) - clock(client).
  void measure(HostId client, HostId server, std::vector<Sighting> sightings);

  /// Whether two hosts were compared with each other.
  [[nodiscard]] bool has_pairs(HostId a, HostId b) const {
    return known_.count({a, b}) != 0 || known_.count({b, a}) != 0;
  }

  /// Forgets how well offsets are known: none is taken to be surer than
  /// `least` to either side of zero.
  void widen(Ticks least);

  /// Notes that records of the two hosts had to be compared without any pair.
  void miss(HostId client, HostId server, const Offset& offset);

  /// clock(to) - clock(from), when the clock of `from` showed `when`. Hosts
  /// that never met are compared through one that met both, if there is any.
  [[nodiscard]] Offset between(HostId from, HostId to, Instant when) const;

  struct Row {
    HostId host = kNoHost;
    HostId relative_to = kNoHost;
    Offset offset;
    bool told = false;             ///< by the user
    std::optional<Instant> since;  ///< later stretches: their first pair
    /// A recorded change of either clock that ended this stretch.
    std::optional<ClockCut> until;
    HostId changed = kNoHost;  ///< whose clock that was
  };
  /// What was measured, told or missed, by client, server and time.
  [[nodiscard]] std::vector<Row> rows() const;

 private:
  /// What was measured around one moment of the client's clock.
  struct Knot {
    Instant at;
    Agreement agreement;
  };
  using Knots = std::vector<Knot>;  ///< by time
  struct Pair {
    std::map<StretchPair, Knots> measured;
  };

  [[nodiscard]] const std::vector<ClockCut>& cuts_of(HostId host) const;
  [[nodiscard]] std::optional<Offset> told(HostId from, HostId to) const;
  [[nodiscard]] Offset without_pairs(HostId from, HostId to,
                                     Instant when) const;
  [[nodiscard]] bool is_synced(HostId host, Instant when) const;
  [[nodiscard]] Offset in_stretch(const Pair& pair, HostId client,
                                  HostId server, StretchPair wanted,
                                  Instant when) const;
  void carry(Offset& offset, HostId host, std::size_t from, std::size_t to,
             Ticks sign) const;
  [[nodiscard]] std::optional<Offset> direct(HostId from, HostId to,
                                             Instant when) const;
  [[nodiscard]] Offset from_client(const Pair& pair, HostId client,
                                   HostId server, Instant when) const;
  [[nodiscard]] Offset from_server(const Pair& pair, HostId client,
                                   HostId server, Instant when) const;

  std::map<HostId, Ticks> skew_;
  ClockCuts cuts_;
  std::map<HostId, TimeService> kept_;
  std::map<std::pair<HostId, HostId>, Pair> known_;  ///< client, server
  std::map<HostId, std::set<HostId>> met_;
  std::map<std::pair<HostId, HostId>, Offset> missed_;
};

}  // namespace deskfall
