// ItemFinder: asks one item of evidence about one failure.
//
// Every form of item (rules/rule.h) comes down to the same three steps: where
// does the window lie, which records in it are ours, and - when there are none
// - would the logs have shown them. Weights and verdicts come later
// (evaluate.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/failure.h"
#include "engine/finding.h"
#include "engine/situation.h"
#include "engine/window.h"

namespace deskfall {

/// A record that may count: `certain` when it lies in the window whatever the
/// clocks do.
struct Candidate {
  const Hit* hit = nullptr;
  bool certain = false;
};

/// How many records a finding cites: the first and last few, as in a report, or
/// all that it stands on.
enum class Cite : std::uint8_t { kFew, kAll };

class ItemFinder {
 public:
  ItemFinder(const Situation& situation, const Failure& failure,
             Cite cite = Cite::kFew)
      : s_(situation),
        failure_(failure),
        attempt_(situation.attempts[failure.attempt]),
        cite_(cite) {}

  /// Forgets what earlier items bound: a new cause begins.
  void begin() { bound_.clear(); }

  /// Value, evidence, count and missing logs; no weight.
  [[nodiscard]] Finding find(const Item& item);

  /// Where the window of an item lies; nothing when no time is known. Items
  /// `between` two records need those to be found first.
  [[nodiscard]] std::optional<Span> span_of(const Item& item) const;

  /// Why a record of the item's host is not taken for this failure: an empty
  /// text when it is.
  [[nodiscard]] std::string refusal(const Item& item, const Hit& hit) const;

  [[nodiscard]] HostId host_of(Side side) const {
    return side == Side::kClient ? failure_.client_host : failure_.server_host;
  }
  [[nodiscard]] std::optional<Anchor> anchor(HostId host) const;

  /// Logs in which the signals stand.
  [[nodiscard]] std::vector<std::size_t> logs_of(
      const Item& item, const std::vector<std::string>& signals) const;

 private:
  struct Link;
  struct Chain;

  [[nodiscard]] std::vector<Candidate> collect(
      const Item& item, const std::vector<std::string>& signals,
      const Span& span) const;
  [[nodiscard]] bool is_about_others(const Item& item) const;
  bool covered(const Item& item, const std::vector<std::string>& signals,
               Instant from, Instant to, Finding& finding) const;
  void find_events(const Item& item, const Span& span, Finding& finding) const;
  void find_rate(const Item& item, const Span& span, Finding& finding) const;
  void find_sequence(const Item& item, const Span& span,
                     Finding& finding) const;
  void find_state(const Item& item, const Span& span, Finding& finding) const;
  void find_code(const Item& item, Finding& finding) const;
  [[nodiscard]] Tie tie_of(const Item& item, const Hit& hit) const;
  void cite(const std::vector<Candidate>& candidates, Finding& finding) const;

  const Situation& s_;
  const Failure& failure_;
  const Attempt& attempt_;
  const Cite cite_;
  std::map<std::string, EventIndex> bound_;
};

}  // namespace deskfall
