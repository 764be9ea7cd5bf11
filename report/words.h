// Words: what all renderers call the same things.
//
// A reader who moves from the screen to the page must meet the same word, the
// same time and the same order of findings. Nothing here escapes: texts go
// through safe_text.h and the escaping of their format afterwards.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/report.h"
#include "ingest/instant.h"

namespace deskfall {

/// What a finding does to its cause.
enum class Side : std::uint8_t { kFor, kAgainst, kCannotTell };

/// Unknown cannot tell; otherwise the sign of the weight decides. A weight of
/// zero (another item of its group told the story) falls back to the role:
/// refuting and stage items speak against a cause when they are present.
[[nodiscard]] Side side_of(const Report::Finding& finding);

/// "for", "against", "cannot tell".
[[nodiscard]] std::string_view side_word(Side side);

/// Indexes of the findings of one side, in their order.
[[nodiscard]] std::vector<const Report::Finding*> findings_of(
    const Report::Cause& cause, Side side);

/// The finding that closed the door: of those against, the heaviest; null
/// when there is none.
[[nodiscard]] const Report::Finding* strongest_against(
    const Report::Cause& cause);

[[nodiscard]] bool is_ruled_out(const Report::Cause& cause);

/// Established or likely: sure enough to say what to do about it.
[[nodiscard]] bool is_named(const Report::Cause& cause);

/// "0x904 / 0x7", "0x904", "no code".
[[nodiscard]] std::string code_text(const Report::Failure& failure);

/// "LAPTOP7", else its address, else "unknown client".
[[nodiscard]] std::string client_name(const Report::Peer& peer);
/// The same for a server, with ":3389" when the port is known.
[[nodiscard]] std::string server_name(const Report::Peer& peer);

/// "481,902".
[[nodiscard]] std::string grouped(std::int64_t number);
/// "1 attempt", "2 attempts", "0 failures" (only nouns that take an s).
[[nodiscard]] std::string counted(std::int64_t number, std::string_view noun);
/// "212 MB" in powers of 1000; below 1000 "812 bytes".
[[nodiscard]] std::string bytes_text(std::int64_t bytes);

/// "RdpCoreTS 131" for people: the provider without its vendor prefix and the
/// number; the provider alone where records have no number.
[[nodiscard]] std::string record_name(const Report::Evidence& evidence);
/// "record 4711", "line 12", "offset 65536": where in its source.
[[nodiscard]] std::string position_text(const Report::Evidence& evidence);

/// Times as shown: wall clock of one zone, milliseconds.
class Timescale {
 public:
  explicit Timescale(Zone zone) : zone_(std::move(zone)) {}

  /// "UTC", "Europe/Berlin"; stands in every header.
  [[nodiscard]] std::string zone_name() const;
  /// "2026-03-02 08:14:07.412"; "no time" for none.
  [[nodiscard]] std::string full(const std::optional<Instant>& time) const;
  /// "2026-03-02 08:14".
  [[nodiscard]] std::string minute(Instant time) const;
  /// "08:14:07.412" on the day of `day`, else with its date in front.
  [[nodiscard]] std::string near(Instant time,
                                 const std::optional<Instant>& day) const;
  /// Like near, for a record. The digits of a time without zone are shown as
  /// they were written, with a question mark.
  [[nodiscard]] std::string of(const Report::Evidence& evidence,
                               const std::optional<Instant>& day) const;
  /// "2026-03-02 06:00 to 09:30 UTC".
  [[nodiscard]] std::string span(const std::optional<Instant>& from,
                                 const std::optional<Instant>& to) const;

 private:
  Zone zone_;
};

/// Finds sources and evidence by id. The report must outlive it.
class ReportIndex {
 public:
  explicit ReportIndex(const Report& report);

  [[nodiscard]] const Report::Evidence* evidence(std::string_view id) const;
  [[nodiscard]] const Report::Source* source(std::int64_t id) const;
  [[nodiscard]] const Report::Attempt* attempt(std::string_view id) const;

 private:
  std::map<std::string_view, const Report::Evidence*> evidence_;
  std::map<std::int64_t, const Report::Source*> sources_;
  std::map<std::string_view, const Report::Attempt*> attempts_;
};

/// One rung of the ladder from name lookup to a session, as far as one
/// failure got.
enum class RungState : std::uint8_t { kPassed, kFell, kNotReached };

struct Rung {
  std::string_view stage;
  RungState state = RungState::kNotReached;
};

/// The eight rungs. `passed` is the last stage with proof (empty or "none"
/// without), `fell` a stage or a span "x224..credssp".
[[nodiscard]] std::vector<Rung> ladder(std::string_view passed,
                                       std::string_view fell);

}  // namespace deskfall
