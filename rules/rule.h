// Rule: what the rule files say, typed and resolved by name.
//
// Documents are written in YAML (see README.md of this folder): a log says
// where records stand and how to get them, a signal is one event pattern, a
// cause is one hypothesis with the evidence for and against it, a state is a
// value over time, an anchor names a class of connections, the ladder gives the
// rungs other names, codes and events are tables of meanings with their origin,
// the pack names it all. GUIDE.md shows each with an example.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/instant.h"
#include "rules/rule_test.h"
#include "rules/selector.h"
#include "rules/stage.h"

namespace deskfall {

/// A log source: how it is recognised and how it is collected.
struct LogRule {
  std::string id;
  std::string title;
  std::vector<std::string> channels;  ///< exact names, case ignored
  std::string service;                ///< Sigma's logsource.service
  Side side = Side::kAny;             ///< whose log it is
  /// Records that prove the log was switched on; without one, its silence is
  /// unknown. Empty: the log is on by default and any record proves it.
  std::optional<Selector> proven_by;
  Ticks holds_back = 0;  ///< a proof speaks for so long before it, too
  Ticks retains = 0;     ///< how far back it usually reaches; 0 = not known
  std::vector<std::string> fields;  ///< all that its records have; empty = any
  std::string collect;
  Origin origin;
};

/// Entities a record can name; evidence is joined to a failure through them.
enum class Entity : std::uint8_t {
  kClientIp,
  kClientPort,
  kServerIp,
  kClientHost,
  kUser,
  kSession,
  kServerHost,
  kServerPort,
  kServerName,  ///< as the user typed it
  kActivityId,
  kUserHash,
  kCount
};
[[nodiscard]] std::optional<Entity> parse_entity(std::string_view name);
[[nodiscard]] std::string_view entity_name(Entity entity);
[[nodiscard]] std::vector<std::string> entity_names();

/// One event pattern.
struct SignalRule {
  std::string id;
  std::string title;
  std::size_t log = 0;  ///< index into RuleSet::logs
  std::optional<Selector> selector;
  std::map<Entity, std::string> bind;  ///< entity -> field that holds it
  /// An attempt with such a record got past every rung below this one.
  std::optional<Stage> stage;
  Ticks collapse = 0;  ///< repeats this close to the last are one
  Origin origin;
};

/// A value over time for each host, told by records.
struct StateRule {
  enum class Type : std::uint8_t { kText, kNumber, kBool, kTime };
  enum class Kind : std::uint8_t {
    kSnapshot,  ///< was so before it, too, until the change before
    kChange     ///< is so from this record on
  };
  struct Source {
    Kind kind = Kind::kChange;
    std::string signal;
    /// field -> value, in which <Field> stands for a field of the record.
    std::vector<std::pair<std::string, std::string>> set;
  };

  std::string id;
  std::string title;
  std::map<std::string, Type> fields;
  std::vector<Source> from;
  bool backward = false;          ///< a snapshot speaks for the time before it
  std::vector<std::size_t> logs;  ///< logs that would show a change
  Origin origin;
};

/// A class of connections: what a failure is, or what a success is.
struct AnchorRule {
  enum class Polarity : std::uint8_t { kFailure, kControl };
  struct Source {
    std::optional<std::uint32_t> error;  ///< of the client or the dialog
    std::optional<std::uint32_t> extended;
    std::string signal;             ///< a record of the connection
    std::optional<Selector> where;  ///< that also looks like this
    std::string near;               ///< with this one beside it
    std::pair<Ticks, Ticks> near_within;
  };
  /// Where an entity is read: a field of the trace, of the error box, or of the
  /// last record of a signal on the same host, so long before at most.
  struct Term {
    enum class From : std::uint8_t { kEvent, kDialog, kPrior };
    From from = From::kEvent;
    std::string field;
    std::string signal;
    Ticks within = 0;
  };
  /// Which traces on one host are one connection.
  struct Merge {
    std::vector<Entity> same;
    std::vector<Entity> any;
    Ticks gap = 0;  ///< from one trace to the next, at most
  };

  std::string id;
  std::string title;
  Polarity polarity = Polarity::kFailure;
  std::vector<Source> from;  ///< any of them
  std::optional<Merge> merge;
  std::map<Entity, std::vector<Term>> bind;  ///< the first term that tells
  Origin origin;
};

/// Signals the engine makes itself, from attempts.
inline constexpr std::string_view kSignalSuccess = "attempt.success";
inline constexpr std::string_view kSignalFailure = "attempt.failure";

enum class Role : std::uint8_t { kRequired, kSupporting, kRefuting };
[[nodiscard]] std::string_view role_name(Role role);

enum class Form : std::uint8_t {
  kEvent,     ///< any of the signals in the window
  kNone,      ///< none of the signals in the window, proven by coverage
  kCount,     ///< at least so many (distinct) signals in the window
  kCode,      ///< the code of the failure is one of these
  kRate,      ///< at least so many in any span of one unit inside the window
  kSequence,  ///< the steps in order, each in its gap after the one before
  kState      ///< a state has such a value at an instant
};

/// One step of a sequence.
struct SequenceStep {
  std::vector<std::string> signals;
  std::string as;  ///< name for between and for <as.time>
  /// How long after the step before; nothing: anywhere later in the window.
  std::optional<std::pair<Ticks, Ticks>> gap;
  bool optional = false;
};

/// Closed span around the failure. `from` counts from the start of the attempt
/// when `since_start` is set, else from its end; `to` from its end.
struct Window {
  Ticks from = 0;
  Ticks to = 0;
  bool since_start = false;
};

/// One line of evidence of a cause.
struct Item {
  std::string id;
  Role role = Role::kSupporting;
  Form form = Form::kEvent;
  std::vector<std::string> signals;
  std::vector<std::uint32_t> codes;  ///< for kCode; empty = any code at all
  Side side = Side::kServer;         ///< whose records are asked
  Window within;
  /// Instead of a window: from one bound record to another ("died", "back").
  std::optional<std::pair<std::string, std::string>> between;
  std::vector<Entity> same;  ///< each must agree where both know it
  std::vector<Entity> any;   ///< at least one must agree where both know it
  bool own_attempt = false;  ///< only records of this very attempt count
  std::optional<Entity> distinct;
  int at_least = 1;
  Ticks per = 0;                    ///< for kRate
  std::vector<SequenceStep> steps;  ///< for kSequence
  std::string state;                ///< for kState; `within` is its instant
  std::optional<Selector> test;     ///< what the state must look like
  std::vector<std::string> asked;   ///< fields of the state in `test`
  std::vector<std::size_t> logs;    ///< whose silence counts; empty = signals'
  double if_cause = 0;              ///< chance to see it when this is the cause
  double otherwise = 0;             ///< chance to see it when it is not
  std::string group;
  bool controls = true;
  bool statement = false;  ///< a component says so itself
  std::string says;
  Origin origin;
};

/// A log that must be there for the cause to be judged.
struct Need {
  std::vector<std::pair<std::size_t, Side>> any_of;  ///< log index, side
  Window span;
  bool else_undecidable = false;
};

/// What kind of trouble a cause can explain.
enum class Explains : std::uint8_t { kConnection, kFlood };

struct Remedy {
  std::vector<std::string> steps;
  std::string risk;
  std::string verify;
};

struct CauseRule {
  std::string id;
  std::string title;
  Explains explains = Explains::kConnection;
  std::vector<std::string> anchors;  ///< only such failures; empty = any
  double prior = 0;
  StageRange fails_at;
  std::string confidence;  ///< A to D, how well known it is to give 0x904/0x7
  std::vector<Need> needs;
  std::vector<Item> items;
  std::string explain;  ///< sentence with <item.field> placeholders
  Remedy remedy;
  std::vector<std::string> nearest;
  std::vector<RuleTest> tests;
  /// Lint warnings that do not apply to it, each with the reason.
  std::map<std::string, std::string> accepts;
  std::string origin_note;
  Origin origin;
};

/// What people are commonly told to do about a code, and what the records of
/// a case can answer. Every condition that is set must hold.
struct CodeAdvice {
  std::string claim;                      ///< the advice, in a few words
  std::string seen;                       ///< signal of this very connection
  std::string unseen;                     ///< its server log lacks this signal
  std::optional<std::uint32_t> extended;  ///< the dialog shows this one
  bool before_session = false;            ///< it fell before a session existed
  std::vector<std::string> causes;        ///< one of them leads
  std::string says;  ///< answer with <server>, <time>, <lasted>
};

/// One row of a code table.
struct CodeEntry {
  std::string table;
  /// Empty for labels that some clients show instead of a number.
  std::optional<std::uint32_t> code;
  std::string name;
  std::string says;
  std::string origin;
  std::string confidence;              ///< A to D, as for causes
  std::optional<StageRange> fails_at;  ///< where the attempt fell, if it tells
  bool benign = false;                 ///< an ordinary end, not a failure
  std::vector<CodeAdvice> advice;
};

/// What a record means, in our words: <Field> is filled in.
struct EventEntry {
  std::string provider;
  std::uint32_t event_id = 0;
  std::string says;
  std::string stage;  ///< of the connection it speaks about; empty: any
  std::string use;    ///< what it proves or is good for; empty: context
  std::string origin;
  std::string confidence;  ///< A to D, as for causes
};

struct PackInfo {
  std::string name = "unnamed";
  std::string version = "0";
  double explained_at = 0.80;  ///< posterior the top cause needs
  double lead = 3.0;           ///< times the next cause
};

}  // namespace deskfall
