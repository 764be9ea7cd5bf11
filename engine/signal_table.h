// SignalTable: every place where a signal of the rules occurs, in one pass over
// the events, sorted by host and time for windows.
//
// A hit is small and its entities are a handle, so that a million of them fit
// into 40 MB; a window is two binary searches and no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
  EventIndex event = 0;
  std::size_t attempt = kNoAttempt;  ///< the connection it is a record of
  HostId host = kNoHost;
  std::uint32_t who = 0;    ///< handle for SignalTable::who
  std::uint32_t count = 1;  ///< records that it stands for, see collapse
};

/// The hits of one signal: by host, then time, then order of the case.
class HitList {
 public:
  void add(Hit hit) { hits_.push_back(hit); }
  /// Sorts, joins repeats not farther apart than `collapse`, and notes where
  /// each host begins. Before it nothing can be asked.
  void close(Ticks collapse);

  [[nodiscard]] std::span<const Hit> all() const { return hits_; }
  [[nodiscard]] std::span<const Hit> on(HostId host) const;
  /// Those of a host in the closed span [from, to].
  [[nodiscard]] std::span<const Hit> find(HostId host, Instant from,
                                          Instant to) const;

 private:
  std::vector<Hit> hits_;
  std::vector<std::pair<HostId, std::size_t>> begins_;  ///< by host
};

class SignalTable {
 public:
  /// `attempts` give records their connection, and the two signals that the
  /// engine makes itself: attempt.success at the moment a session was reached,
  /// attempt.failure at the end of a failed or scanning connection. Anchors are
  /// signals, too: at the record that makes a control, at the end of a failure.
  SignalTable(const CaseData& data, const RuleSet& rules,
              const std::vector<Attempt>& attempts);

  /// The hits of a signal; an empty list for a name nobody knows.
  [[nodiscard]] const HitList& hits(std::string_view signal) const;

  [[nodiscard]] const Bindings& who(const Hit& hit) const {
    return people_[hit.who];
  }

  /// Who takes part in a connection as the anchor binds them; null when it is
  /// none of the anchor's.
  [[nodiscard]] const Bindings* anchored(std::string_view anchor,
                                         std::size_t attempt) const;

  /// The highest rung that a signal's `stage` gives an attempt, with proof.
  struct Reached {
    Stage stage = Stage::kNone;
    EventIndex event = 0;
  };
  [[nodiscard]] Reached reached(std::size_t attempt) const;

 private:
  void add_events(const CaseData& data, const std::vector<Attempt>& attempts);
  void add_attempts(const CaseData& data, const std::vector<Attempt>& attempts);
  void add_anchor(const AnchorRule& anchor, const CaseData& data,
                  const std::vector<Attempt>& attempts);
  [[nodiscard]] std::uint32_t handle(const Bindings& bindings);

  const RuleSet& rules_;
  std::vector<HitList> hits_;  ///< signals, own signals, anchors
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<Bindings> people_;
  std::map<Bindings, std::uint32_t> handles_;
  /// By anchor and attempt: handle of who takes part.
  std::map<std::pair<std::size_t, std::size_t>, std::uint32_t> anchored_;
  std::map<std::size_t, Reached> reached_;
};

/// Puts a value as a log writes it into its place: an address may bring its
/// port, a host gets its full name. False when it says nothing ("-").
bool bind_entity(Entity entity, std::string_view value, const CaseData& data,
                 Bindings& bindings);

/// Takes from `more` what is not known yet.
void fill_bindings(Bindings& bindings, const Bindings& more);

/// Who took part in an attempt, as far as known.
[[nodiscard]] Bindings bindings_of(const Attempt& attempt,
                                   const CaseData& data);

}  // namespace deskfall
