// Attempt: one try to connect, as far as any host recorded it.
//
// A connection may be seen from the client, from the server, or only through
// the error dialog. Each side is a View; stitch.h joins them. The ladder says
// how far the try provably got: `passed` is the last rung with proof, `fell`
// the closed span of rungs in which it must have ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/case_data.h"
#include "rules/stage.h"

namespace deskfall {

/// How the connection ended, as the server's records show it.
enum class Close : std::uint8_t {
  kUnknown,
  kRefused,       ///< no TCP connection came about
  kReset,         ///< reset under the server (Win32 64)
  kSilence,       ///< retransmissions unanswered (Win32 121)
  kFin,           ///< the client closed its side
  kServerClosed,  ///< the server ended it
  kClientLeft,    ///< the client said goodbye
  kLoggedOff,     ///< user or administrator ended the session
  kCrash          ///< no end was recorded: the service or host went away
};
[[nodiscard]] std::string_view close_name(Close close);

enum class AttemptOutcome : std::uint8_t {
  kUnknown,  ///< the records end while it runs
  kSuccess,  ///< a session, ended in order or still running
  kEnded,    ///< ended on purpose before a session
  kProbe,    ///< the client's throw-away first connection
  kScan,     ///< part of scanning or password guessing
  kFailed
};
[[nodiscard]] std::string_view attempt_outcome_name(AttemptOutcome outcome);

/// A rung with its proof.
struct LadderStep {
  Stage stage = Stage::kNone;
  EventIndex event = 0;
};

/// What one side recorded of a connection.
struct View {
  HostId host = kNoHost;
  std::vector<EventIndex> events;  ///< in order of time
  Instant began;
  Instant ended;
  bool closed = false;  ///< an end was recorded
  std::vector<LadderStep> steps;
  Stage passed = Stage::kNone;

  [[nodiscard]] bool exists() const { return !events.empty(); }
};

/// How client and server view were found to be one connection, weakest first.
enum class Join : std::uint8_t {
  kNone,     ///< only one side is there
  kTime,     ///< target name and overlapping times, the only candidate
  kAddress,  ///< the same, and an address that is known to be the client's
  kSession,  ///< session number and account, once on either side
  kPort,     ///< address and port of the TCP connection
  kExact     ///< an activity id stands on both sides
};
[[nodiscard]] std::string_view join_name(Join join);

/// Who ended the connection, as far as anybody's records prove it.
enum class Closer : std::uint8_t { kUnknown, kClient, kServer, kNetwork };
[[nodiscard]] std::string_view closer_name(Closer closer);

/// A number that some record gave for the end or for a fault.
struct SeenCode {
  std::string what;  ///< "1026", "dialog", "103", "SetErrorInfo", ...
  std::string value;
  EventIndex event = 0;
};

struct Attempt {
  View client;
  View server;
  View gateway;  ///< the gateway's account of it, when one stood between
  View network;  ///< filter and firewall rows of its TCP connection
  Join join = Join::kNone;

  std::string target;          ///< what the user typed, from the client's log
  std::string client_address;  ///< as the server saw it
  std::string own_address;     ///< as the client or a gateway saw it
  bool through_nat = false;    ///< the two differ, and no gateway explains it
  std::string user_hash;       ///< Base64, from the client's 1029
  std::uint16_t client_port = 0;
  std::string user;
  std::string user_sid;
  std::optional<std::uint32_t> session;
  std::vector<std::string> activity_ids;  ///< sorted

  std::optional<std::uint32_t> error;     ///< client's primary code
  std::optional<std::uint32_t> extended;  ///< from a dialog only
  std::optional<EventIndex> dialog;
  std::vector<EventIndex> code_events;  ///< where the codes stand
  std::vector<SeenCode> codes;          ///< every one, by time

  Stage passed = Stage::kNone;
  StageRange fell;
  Close close = Close::kUnknown;
  std::optional<EventIndex> close_event;
  Closer closer = Closer::kUnknown;
  AttemptOutcome outcome = AttemptOutcome::kUnknown;
  int flood = -1;  ///< which scan or brute force it belongs to

  [[nodiscard]] bool reached_session() const {
    return passed == Stage::kSession;
  }
  /// The earliest begin of any side; nothing for a dialog without a time.
  [[nodiscard]] std::optional<Instant> began(const CaseData& data) const;
};

}  // namespace deskfall
