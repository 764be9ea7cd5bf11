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
  switch (join) {
    case Join::kNone:
      return "one side only";
    case Join::kTime:
      return "name and time";
    case Join::kAddress:
      return "address and time";
    case Join::kSession:
      return "session and account";
    case Join::kPort:
      return "address and port";
    case Join::kExact:
      return "activity id";
  }
  return "one side only";
}

std::string_view closer_name(Closer closer) {
  switch (closer) {
    case Closer::kUnknown:
      return "unknown";
    case Closer::kClient:
      return "client";
    case Closer::kServer:
      return "server";
    case Closer::kNetwork:
      return "network";
  }
  return "unknown";
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
