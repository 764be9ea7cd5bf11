#include "engine/codes.h"

#include <algorithm>
#include <map>

#include "engine/server_groups.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// Schannel writes its record this soon after the connection's last one.
constexpr Ticks kAlertSlack = kTicksPerSecond;

void note(Attempt& attempt, std::string what, std::string_view value,
          EventIndex event) {
  if (!value.empty()) {
    attempt.codes.push_back({std::move(what), std::string(value), event});
  }
}

/// "SetErrorInfo(0x7)" taken apart.
std::string_view argument(std::string_view method) {
  const std::size_t open = method.find('(');
  const std::size_t close = method.find(')');
  return open == std::string_view::npos || close == std::string_view::npos ||
                 close < open
             ? std::string_view{}
             : method.substr(open + 1, close - open - 1);
}

bool is_zero(std::string_view value) {
  return parse_number(value).value_or(1) == 0;
}

void take_core(Attempt& attempt, const CaseEvent& event, EventIndex index) {
  const FieldList& f = event.fields;
  switch (event.event_id) {
    case 72: {
      const std::string_view method = f.text("MethodName");
      const bool tells = method.starts_with("SetErrorInfo(") ||
                         method.starts_with("PreDisconnect(");
      if (tells && !is_zero(argument(method))) {
        note(attempt, std::string(method.substr(0, method.find('('))),
             argument(method), index);
      }
      break;
    }
    case 103:
      note(attempt, "103", f.text("ReasonCode"), index);
      break;
    case 139:
      note(attempt, "139", f.text("ResultCode"), index);
      break;
    case 142:
    case 143:
      note(attempt, std::to_string(event.event_id), f.text("error"), index);
      break;
    case 226:
      note(attempt, "226", f.text("ErrorCode"), index);
      break;
    default:
      break;
  }
}

void take_server(Attempt& attempt, const CaseEvent& event, EventIndex index) {
  const Family family = server_family(event);
  if (family == Family::kCore) {
    take_core(attempt, event, index);
  } else if (family == Family::kSession && event.event_id == 40) {
    note(attempt, "LSM 40", event.fields.text("Reason"), index);
  }
}

/// The reason in the records of an ordered end: Set Error Info before the
/// session manager's, which is vaguer.
std::optional<std::uint64_t> reason_of(const Attempt& attempt) {
  for (const std::string_view what : {"SetErrorInfo", "LSM 40"}) {
    for (const SeenCode& code : attempt.codes) {
      const auto number = parse_number(code.value);
      if (code.what == what && number && *number != 0) {
        return number;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

void collect_codes(const CaseData& data, Attempt& attempt) {
  for (const EventIndex index : attempt.client.events) {
    const CaseEvent& event = data.events[index];
    if (event.event_id == 1026) {
      note(attempt, "1026", event.fields.text("Value"), index);
    }
  }
  for (const EventIndex index : attempt.server.events) {
    take_server(attempt, data.events[index], index);
  }
  for (const EventIndex index : attempt.gateway.events) {
    const CaseEvent& event = data.events[index];
    const std::string_view value = event.fields.text("ErrorCode");
    if (event.event_id == 303 || event.event_id == 304 ||
        event.event_id == 201 || event.event_id == 301) {
      note(attempt, "gateway " + std::to_string(event.event_id), value, index);
    }
  }
  if (attempt.dialog) {
    const CaseEvent& event = data.events[*attempt.dialog];
    note(attempt, "dialog",
         std::string(event.fields.text("Error")) + "/" +
             std::string(event.fields.text("Extended")),
         *attempt.dialog);
  }
  std::stable_sort(attempt.codes.begin(), attempt.codes.end(),
                   [&data](const SeenCode& a, const SeenCode& b) {
                     return data.events[a.event].time <
                            data.events[b.event].time;
                   });
}

void add_alerts(const CaseData& data, const Piles& piles,
                std::vector<Attempt>& attempts) {
  // Handshakes by host and begin. A handshake ends, at the latest, with what
  // the server waits for it.
  constexpr Ticks kLongest = 2 * kTicksPerMinute;
  struct Handshake {
    Instant began;
    Instant ended;
    Attempt* attempt = nullptr;
  };
  std::map<HostId, std::vector<Handshake>> handshakes;
  for (Attempt& attempt : attempts) {
    for (const View* view : {&attempt.client, &attempt.server}) {
      if (view->exists() && attempt.passed < Stage::kCredssp) {
        handshakes[view->host].push_back(
            {view->began, view->ended + kAlertSlack, &attempt});
      }
    }
  }
  for (auto& [host, list] : handshakes) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Handshake& a, const Handshake& b) {
                       return a.began < b.began;
                     });
  }
  for (const EventIndex index : piles.alerts) {
    const CaseEvent& event = data.events[index];
    const auto known = handshakes.find(event.host_id);
    if (known == handshakes.end()) {
      continue;
    }
    Attempt* only = nullptr;
    int under_way = 0;
    auto at = std::lower_bound(
        known->second.begin(), known->second.end(), event.time - kLongest,
        [](const Handshake& h, Instant time) { return h.began < time; });
    for (; at != known->second.end() && at->began <= event.time; ++at) {
      if (event.time <= at->ended) {
        only = at->attempt;
        ++under_way;
      }
    }
    if (under_way == 1) {
      note(*only,
           event.event_id == 36887 ? "TLS alert received" : "TLS alert sent",
           event.fields.text("AlertDesc"), index);
    }
  }
}

void decide_closer(Attempt& attempt) {
  if (attempt.closer != Closer::kUnknown) {
    return;  // a filter proved it
  }
  // 1, 2 and 263: the client's own log says that it was left.
  const bool left =
      attempt.error &&
      (*attempt.error == 1 || *attempt.error == 2 || *attempt.error == 263);
  switch (attempt.close) {
    case Close::kClientLeft:
    case Close::kFin:
      attempt.closer = Closer::kClient;
      return;
    case Close::kServerClosed:
    case Close::kCrash:
      attempt.closer = Closer::kServer;
      return;
    case Close::kLoggedOff: {
      const auto reason = reason_of(attempt);
      const bool by_user = reason && (*reason == 11 || *reason == 12);
      attempt.closer = by_user || left ? Closer::kClient : Closer::kServer;
      return;
    }
    case Close::kSilence:
      attempt.closer = Closer::kNetwork;
      return;
    case Close::kReset:
      // Both ends were told that the other one reset: something between did.
      if (left) {
        attempt.closer = Closer::kClient;
      } else if (attempt.error && attempt.server.exists()) {
        attempt.closer = Closer::kNetwork;
      }
      return;
    case Close::kRefused:
    case Close::kUnknown:
      attempt.closer = left ? Closer::kClient : Closer::kUnknown;
      return;
  }
}

std::string_view end_reason(const Attempt& attempt) {
  switch (reason_of(attempt).value_or(0)) {
    case 1:
      return "administrator disconnected it";
    case 2:
      return "administrator signed it out";
    case 3:
      return "idle limit";
    case 4:
      return "time limit of the session";
    case 5:
      return "another connection took the session";
    case 11:
      return "user disconnected";
    case 12:
      return "user signed out";
    default:
      return {};
  }
}

}  // namespace deskfall
