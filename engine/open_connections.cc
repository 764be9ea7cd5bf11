#include "engine/open_connections.h"

#include <algorithm>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// Channels are closed behind the end (148), within this time.
constexpr Ticks kAftermath = 2 * kTicksPerSecond;

std::string_view method_of(const CaseEvent& event) {
  return event.event_id == 72 ? event.fields.text("MethodName")
                              : std::string_view{};
}

/// The first sign of an end.
bool begins_end(const CaseEvent& event) {
  switch (event.event_id) {
    case 107:
    case 139:
    case 142:
    case 143:
    case 144:
    case 226:
    case 228:
      return true;
    default:
      return method_of(event).starts_with("PreDisconnect") ||
             method_of(event).starts_with("SetErrorInfo");
  }
}

/// What follows it.
bool goes_on_ending(const CaseEvent& event) {
  return event.event_id == 102 || event.event_id == 103 ||
         event.event_id == 145 || event.event_id == 148 ||
         method_of(event).starts_with("OnDisconnected");
}

bool belongs_to_set_up(const CaseEvent& event) {
  switch (event.event_id) {
    case 65:
    case 71:
    case 98:
    case 100:
    case 101:
    case 104:
    case 140:
    case 141:
    case 143:
    case 153:
      return true;
    default:
      break;
  }
  for (const std::string_view method :
       {"PrepareForAccept", "SendPolicyData", "OnStartLicensing",
        "AcceptConnection", "GetSecurityFilterCreds", "SendClientLicense",
        "ProtocolComplete"}) {
    if (method_of(event).starts_with(method)) {
      return true;
    }
  }
  return false;
}

/// "ConnectNotify(SessionId = 3)" or the field of event 66.
std::string session_of(const CaseEvent& event) {
  const std::string_view method = method_of(event);
  const std::size_t equals = method.find("SessionId = ");
  if (equals != std::string_view::npos) {
    const std::string_view rest = method.substr(equals + 12);
    return std::string(rest.substr(0, rest.find(')')));
  }
  return std::string(event.fields.text("SessionID"));
}

}  // namespace

bool OpenConnections::is_aftermath(const CaseEvent& event) {
  return event.event_id == 148 || event.event_id == 145;
}

void OpenConnections::forget_old(Instant now) {
  open_.erase(std::remove_if(open_.begin(), open_.end(),
                             [now](const Open& open) {
                               return open.over &&
                                      now - open.touched > kAftermath;
                             }),
              open_.end());
}

void OpenConnections::accept(const CaseEvent& event, std::size_t number) {
  forget_old(event.time);
  Open open;
  open.number = number;
  open.peer = event.fields.text("ClientIP");
  open.address = parse_endpoint(open.peer).address;
  open.touched = event.time;
  open_.erase(std::remove_if(open_.begin(), open_.end(),
                             [&open](const Open& other) {
                               return !other.peer.empty() &&
                                      other.peer == open.peer;
                             }),
              open_.end());
  open_.push_back(std::move(open));
}

void OpenConnections::resume(const CaseEvent& event, std::size_t number) {
  Open open;
  open.number = number;
  open.name = event.fields.text("ConnectionName");
  open.session = session_of(event);
  open.touched = event.time;
  open.set_up = !belongs_to_set_up(event);
  open.ending = begins_end(event) || goes_on_ending(event);
  open.over = event.event_id == 103;
  open_.push_back(std::move(open));
}

OpenConnections::Open* OpenConnections::by_mark(const CaseEvent& event) {
  const std::string_view name = event.fields.text("ConnectionName");
  const std::string_view peer = event.fields.text("IPString");
  const std::string address = parse_endpoint(peer).address;
  const std::string session = session_of(event);
  Open* nameless = nullptr;
  Open* found = nullptr;
  for (Open& open : open_) {
    if (open.over) {
      continue;
    }
    if (!name.empty() && open.name == name) {
      return &open;
    }
    if (open.name.empty() && nameless == nullptr && !open.ending) {
      nameless = &open;  // names are given in the order of accepts
    }
    const bool same_session = !session.empty() && open.session == session;
    const bool same_address = !peer.empty() && open.address == address;
    found = same_session || same_address ? &open : found;
  }
  if (!name.empty() && nameless != nullptr) {
    nameless->name = name;
    return nameless;
  }
  return found;
}

OpenConnections::Open* OpenConnections::by_sequence(const CaseEvent& event) {
  const bool ends = begins_end(event) || goes_on_ending(event);
  const bool sets_up = belongs_to_set_up(event);
  Open* found = nullptr;
  const auto fit = [&](const Open& open) {
    if (open.over) {
      return event.event_id == 148 ? 1 : -1;
    }
    const int wanted = ends      ? (open.ending ? 2 : 0)
                       : sets_up ? (open.set_up ? 0 : 2)
                                 : (open.set_up ? 1 : 0);
    return wanted + (open.ending && !ends ? -1 : 1);
  };
  for (Open& open : open_) {
    if (fit(open) < 0) {
      continue;
    }
    const bool better =
        found == nullptr || fit(open) > fit(*found) ||
        (fit(open) == fit(*found) && open.touched >= found->touched);
    found = better ? &open : found;
  }
  return found;
}

std::optional<std::size_t> OpenConnections::find(const CaseEvent& event) {
  forget_old(event.time);
  Open* open = by_mark(event);
  if (open == nullptr) {
    open = by_sequence(event);
  }
  if (open == nullptr) {
    return std::nullopt;
  }
  open->touched = event.time;
  open->ending = open->ending || begins_end(event) || goes_on_ending(event);
  open->set_up = open->set_up || event.event_id == 98 ||
                 method_of(event).starts_with("ProtocolComplete");
  if (event.event_id == 66) {
    open->session = session_of(event);
  }
  open->over = open->over || event.event_id == 103;
  return open->number;
}

}  // namespace deskfall
