#include "engine/attempt.h"

#include <algorithm>

namespace deskfall {

std::string_view close_name(Close close) {
  switch (close) {
    case Close::kUnknown:
      return "unknown";
    case Close::kRefused:
      return "refused";
    case Close::kReset:
      return "reset";
    case Close::kSilence:
      return "silence";
    case Close::kFin:
      return "fin";
    case Close::kServerClosed:
      return "server-closed";
    case Close::kClientLeft:
      return "client-left";
    case Close::kLoggedOff:
      return "logged-off";
    case Close::kCrash:
      return "crash";
  }
  return "unknown";
}

std::string_view attempt_outcome_name(AttemptOutcome outcome) {
  switch (outcome) {
    case AttemptOutcome::kUnknown:
      return "unknown";
    case AttemptOutcome::kSuccess:
      return "success";
    case AttemptOutcome::kEnded:
      return "ended";
    case AttemptOutcome::kProbe:
      return "probe";
    case AttemptOutcome::kScan:
      return "scan";
    case AttemptOutcome::kFailed:
      return "failed";
  }
  return "unknown";
}

std::string_view join_name(Join join) {
  return join == Join::kExact  ? "activity id"
         : join == Join::kTime ? "name and time"
                               : "one side only";
}

std::optional<Instant> Attempt::began(const CaseData& data) const {
  if (client.exists() && server.exists()) {
    return std::min(client.began, server.began);
  }
  if (client.exists()) {
    return client.began;
  }
  if (server.exists()) {
    return server.began;
  }
  if (dialog && data.events[*dialog].clock != ClockNote::kNone) {
    return data.events[*dialog].time;
  }
  return std::nullopt;
}

}  // namespace deskfall
