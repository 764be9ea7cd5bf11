#include "engine/server_view.h"

#include <algorithm>
#include <map>
#include <set>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// A UDP side connection joins a TCP connection this young.
constexpr Ticks kUdpWithin = 60 * kTicksPerSecond;
/// Session manager records follow the session's attachment this soon.
constexpr Ticks kLogonWithin = 60 * kTicksPerSecond;

enum class Log { kNone, kCore, kManager, kSession };

Log log_of(const CaseEvent& event) {
  const auto ends = [&event](std::string_view tail) {
    return event.provider.size() >= tail.size() &&
           equals_ignore_case(std::string_view(event.provider)
                                  .substr(event.provider.size() - tail.size()),
                              tail);
  };
  if (ends("-RdpCoreTS")) {
    return Log::kCore;
  }
  if (ends("-RemoteConnectionManager")) {
    return Log::kManager;
  }
  return ends("-LocalSessionManager") ? Log::kSession : Log::kNone;
}

bool is_accept(const CaseEvent& event, std::string_view transport) {
  return event.event_id == 131 &&
         equals_ignore_case(event.fields.text("ConnType"), transport);
}

/// Records of the listener as a whole, not of one connection.
bool is_listener(const CaseEvent& event) {
  static const std::set<std::uint32_t> kIds = {67,  69,  70,  106,
                                               129, 292, 293, 294};
  return kIds.count(event.event_id) != 0;
}

/// Groups the events of one host.
class Grouper {
 public:
  Grouper(const CaseData& data, HostId host) : data_(data), host_(host) {}

  void add(EventIndex index, Log log);
  std::vector<Attempt> take();

 private:
  Attempt& open_new(EventIndex index);
  Attempt* by_activity(const std::string& id);
  Attempt* by_address(const std::string& address, Instant now, Ticks within);
  Attempt* by_side_connection(const std::string& address, Instant now);
  Attempt* by_session(std::uint32_t session, Instant now);
  void add_core(EventIndex index);
  void add_other(EventIndex index, Log log);
  void put(Attempt& attempt, EventIndex index);

  const CaseData& data_;
  HostId host_;
  std::vector<Attempt> attempts_;
  std::map<std::string, std::size_t> activity_;
  std::map<std::uint32_t, std::size_t> session_;
  std::set<std::size_t> ended_;
  std::set<std::size_t> set_up_;  ///< protocol set-up was finished
  std::size_t last_anonymous_ = 0;
  bool anonymous_open_ = false;
};

Attempt& Grouper::open_new(EventIndex index) {
  const CaseEvent& event = data_.events[index];
  Attempt& attempt = attempts_.emplace_back();
  attempt.server.host = host_;
  attempt.server.began = event.time;
  if (!event.activity_id.empty()) {
    activity_[event.activity_id] = attempts_.size() - 1;
    attempt.activity_ids.push_back(event.activity_id);
  }
  return attempt;
}

Attempt* Grouper::by_activity(const std::string& id) {
  const auto found = activity_.find(id);
  return found == activity_.end() ? nullptr : &attempts_[found->second];
}

/// The youngest open connection from an address, not older than `within`.
Attempt* Grouper::by_address(const std::string& address, Instant now,
                             Ticks within) {
  for (auto it = attempts_.rbegin(); it != attempts_.rend(); ++it) {
    if (now - it->server.began > within) {
      break;
    }
    if (it->client_address == address) {
      return &*it;
    }
  }
  return nullptr;
}

/// The connection that a UDP accept belongs to: open, young, and past protocol
/// set-up, since the client asks for UDP only then. Where several clients share
/// an address and more than one fits, none is taken.
Attempt* Grouper::by_side_connection(const std::string& address, Instant now) {
  Attempt* found[2] = {nullptr, nullptr};  // any stage, past set-up
  int count[2] = {0, 0};
  for (std::size_t i = attempts_.size(); i-- > 0;) {
    Attempt& attempt = attempts_[i];
    if (now - attempt.server.began > kUdpWithin) {
      break;
    }
    if (attempt.client_address != address || ended_.count(i) != 0) {
      continue;
    }
    const std::size_t set_up = set_up_.count(i);
    found[set_up] = &attempt;
    ++count[set_up];
  }
  const std::size_t which = count[1] > 0 ? 1 : 0;
  return count[which] == 1 ? found[which] : nullptr;
}

/// The connection that was last attached to a session.
Attempt* Grouper::by_session(std::uint32_t session, Instant now) {
  const auto found = session_.find(session);
  if (found == session_.end()) {
    return nullptr;
  }
  Attempt& attempt = attempts_[found->second];
  const Instant last = data_.events[attempt.server.events.back()].time;
  const bool over = ended_.count(found->second) != 0;
  return over && now - last > kLogonWithin ? nullptr : &attempt;
}

void Grouper::put(Attempt& attempt, EventIndex index) {
  attempt.server.events.push_back(index);
  const CaseEvent& event = data_.events[index];
  if (is_accept(event, "TCP") && attempt.client_address.empty()) {
    const Endpoint peer = parse_endpoint(event.fields.text("ClientIP"));
    attempt.client_address = peer.address;
    attempt.client_port = peer.port;
    attempt.server.began = event.time;
  }
  if (event.event_id == 66 && log_of(event) == Log::kCore) {
    if (const auto id = parse_number(event.fields.text("SessionID"))) {
      attempt.session = static_cast<std::uint32_t>(*id);
      session_[*attempt.session] =
          static_cast<std::size_t>(&attempt - attempts_.data());
    }
  }
  if (event.event_id == 98 ||
      event.fields.text("MethodName").starts_with("ProtocolComplete")) {
    set_up_.insert(static_cast<std::size_t>(&attempt - attempts_.data()));
  }
  if (event.event_id == 103 || event.event_id == 102) {
    ended_.insert(static_cast<std::size_t>(&attempt - attempts_.data()));
  }
  if (event.event_id == 1149) {
    attempt.user = event.fields.text("Param1");
    if (attempt.client_address.empty()) {
      attempt.client_address = event.fields.text("Param3");
    }
  }
}

void Grouper::add_core(EventIndex index) {
  const CaseEvent& event = data_.events[index];
  if (is_listener(event)) {
    return;
  }
  if (is_accept(event, "UDP")) {
    // The side connection carries the client's own activity id: the bridge
    // between the two hosts.
    const Endpoint peer = parse_endpoint(event.fields.text("ClientIP"));
    Attempt* attempt = by_activity(event.activity_id);
    if (attempt == nullptr) {
      attempt = by_side_connection(peer.address, event.time);
    }
    if (attempt != nullptr) {
      put(*attempt, index);
      if (!event.activity_id.empty()) {
        const auto at = static_cast<std::size_t>(attempt - attempts_.data());
        if (activity_.emplace(event.activity_id, at).second) {
          attempt->activity_ids.push_back(event.activity_id);
        }
      }
    }
    return;
  }
  if (!event.activity_id.empty()) {
    Attempt* attempt = by_activity(event.activity_id);
    put(attempt == nullptr ? open_new(index) : *attempt, index);
    return;
  }
  if (is_accept(event, "TCP") || !anonymous_open_) {
    open_new(index);
    last_anonymous_ = attempts_.size() - 1;
    anonymous_open_ = true;
  }
  put(attempts_[last_anonymous_], index);
  if (event.event_id == 103) {
    anonymous_open_ = false;
  }
}

/// Records of the other two logs join a connection that RdpCoreTS opened; they
/// open one of their own only when they prove a session from elsewhere.
void Grouper::add_other(EventIndex index, Log log) {
  const CaseEvent& event = data_.events[index];
  Attempt* attempt = by_activity(event.activity_id);
  if (attempt == nullptr && log == Log::kManager && event.event_id == 1149) {
    attempt = by_address(std::string(event.fields.text("Param3")), event.time,
                         5 * kTicksPerMinute);
  }
  if (attempt == nullptr && log == Log::kSession) {
    const auto name = event.fields.get("SessionID")
                          ? event.fields.text("SessionID")
                          : event.fields.text("Session");
    if (const auto id = parse_number(name)) {
      attempt = by_session(static_cast<std::uint32_t>(*id), event.time);
    }
    const std::string_view address = event.fields.text("Address");
    const bool logon = event.event_id == 21 || event.event_id == 25;
    if (attempt == nullptr && logon && !address.empty() && address != "LOCAL") {
      attempt = by_address(std::string(address), event.time, kLogonWithin);
    }
  }
  if (attempt != nullptr) {
    put(*attempt, index);
  }
}

void Grouper::add(EventIndex index, Log log) {
  if (log == Log::kCore) {
    add_core(index);
  } else {
    add_other(index, log);
  }
}

/// Follows the state machine of one connection over its events.
class Climber {
 public:
  Climber(const CaseData& data, Attempt& attempt)
      : data_(data), attempt_(attempt) {}

  void climb() {
    for (const EventIndex index : attempt_.server.events) {
      step(index);
    }
    finish();
  }

 private:
  void pass(Stage stage, EventIndex index) {
    if (stage > attempt_.server.passed) {
      attempt_.server.passed = stage;
      attempt_.server.steps.push_back({stage, index});
    }
  }

  void close(Close kind, EventIndex index) {
    if (attempt_.close == Close::kUnknown) {
      attempt_.close = kind;
      attempt_.close_event = index;
    }
    if (!attempt_.server.closed) {
      attempt_.server.closed = true;
      attempt_.server.ended = data_.events[index].time;
    }
  }

  void step(EventIndex index);
  void step_core(const CaseEvent& event, EventIndex index);
  void step_method(std::string_view method, EventIndex index);
  void step_socket(const CaseEvent& event, EventIndex index);
  void finish();

  const CaseData& data_;
  Attempt& attempt_;
  bool has_methods_ = false;
};

void Climber::step(EventIndex index) {
  const CaseEvent& event = data_.events[index];
  switch (log_of(event)) {
    case Log::kCore:
      step_core(event, index);
      break;
    case Log::kManager:
      if (event.event_id == 1149) {
        pass(Stage::kTls, index);
      }
      break;
    case Log::kSession:
      if (event.event_id == 21 || event.event_id == 22 ||
          event.event_id == 25) {
        pass(Stage::kSession, index);
        if (attempt_.user.empty()) {
          attempt_.user = event.fields.text("User");
        }
      }
      break;
    case Log::kNone:
      break;
  }
}

void Climber::step_core(const CaseEvent& event, EventIndex index) {
  switch (event.event_id) {
    case 131:
    case 65:
    case 141:
      pass(Stage::kTcp, index);
      break;
    case 153:
      pass(Stage::kTls, index);
      break;
    case 140:
      // Credentials are judged inside TLS.
      pass(Stage::kTls, index);
      break;
    case 72:
      has_methods_ = true;
      step_method(event.fields.text("MethodName"), index);
      break;
    case 98:
      pass(Stage::kLicensing, index);
      break;
    case 66:
    case 68:
      pass(Stage::kSession, index);
      break;
    case 107:
      close(Close::kClientLeft, index);
      break;
    case 139:
    case 97:
      close(Close::kServerClosed, index);
      break;
    case 142:
    case 143:
    case 144:
    case 226:
      step_socket(event, index);
      break;
    case 103: {
      // 12, 11 and 1 to 5 follow the extended reasons: an ordered end.
      const auto reason = parse_number(event.fields.text("ReasonCode"));
      const bool ordered = reason && (*reason == 11 || *reason == 12 ||
                                      (*reason >= 1 && *reason <= 5));
      close(ordered ? Close::kLoggedOff : Close::kServerClosed, index);
      break;
    }
    case 102:
      // The end of the main connection; 103 behind it may name the reason.
      if (!attempt_.server.closed) {
        attempt_.server.closed = true;
        attempt_.server.ended = event.time;
      }
      break;
    default:
      break;
  }
}

void Climber::step_method(std::string_view method, EventIndex index) {
  if (method.starts_with("OnStartLicensing") ||
      method.starts_with("AcceptConnection") ||
      method.starts_with("GetSecurityFilterCreds") ||
      method.starts_with("SendClientLicense")) {
    pass(Stage::kCredssp, index);
  } else if (method.starts_with("ProtocolComplete")) {
    pass(Stage::kLicensing, index);
  } else if (method.starts_with("OnConnected") ||
             method.starts_with("OnReady") ||
             method.starts_with("ConnectNotify") ||
             method.starts_with("LogonNotify")) {
    pass(Stage::kSession, index);
  } else if (method.starts_with("SetErrorInfo") &&
             method != "SetErrorInfo(0x0)") {
    close(Close::kServerClosed, index);
  }
}

void Climber::step_socket(const CaseEvent& event, EventIndex index) {
  constexpr std::uint32_t kReset = 64;
  constexpr std::uint32_t kTimeout = 121;
  if (event.event_id == 144) {
    close(Close::kFin, index);
    return;
  }
  const std::string_view text = event.event_id == 226
                                    ? event.fields.text("ErrorCode")
                                    : event.fields.text("error");
  // Win32 codes come bare (142, 143) or wrapped as HRESULT 0x8007xxxx (226).
  const auto code = parse_number(text);
  if (!code) {
    return;
  }
  const bool wrapped = (*code & 0xffff0000U) == 0x80070000U;
  if (event.event_id == 226 && !wrapped) {
    return;
  }
  const std::uint64_t win32 = *code & 0xffffU;
  if (win32 == kReset) {
    close(Close::kReset, index);
  } else if (win32 == kTimeout) {
    close(Close::kSilence, index);
  }
}

void Climber::finish() {
  View& view = attempt_.server;
  if (view.closed && attempt_.close == Close::kUnknown) {
    attempt_.close = Close::kServerClosed;
  }
  if (!view.closed && view.exists()) {
    view.ended = data_.events[view.events.back()].time;
  }
  attempt_.passed = view.passed;
  attempt_.fell.first = next_stage(view.passed);
  attempt_.fell.last = Stage::kSession;
  if (view.closed && view.passed < Stage::kCredssp) {
    // Event 72 tells every step, so its silence about licensing is telling;
    // older systems log only 98, after licensing.
    attempt_.fell.last = has_methods_ ? Stage::kCredssp : Stage::kLicensing;
  } else if (view.closed && view.passed == Stage::kCredssp) {
    attempt_.fell.last = Stage::kLicensing;
  }
}

std::vector<Attempt> Grouper::take() {
  std::vector<Attempt> out;
  for (Attempt& attempt : attempts_) {
    // A group without any sign of a TCP connection is no connection.
    if (attempt.client_address.empty() && attempt.server.events.size() < 2) {
      continue;
    }
    Climber(data_, attempt).climb();
    std::sort(attempt.activity_ids.begin(), attempt.activity_ids.end());
    out.push_back(std::move(attempt));
  }
  return out;
}

}  // namespace

std::vector<Attempt> build_server_views(const CaseData& data) {
  std::map<HostId, Grouper> groups;
  for (EventIndex i = 0; i < data.events.size(); ++i) {
    const CaseEvent& event = data.events[i];
    const Log log = log_of(event);
    if (log == Log::kNone || event.host_id == kNoHost) {
      continue;
    }
    groups.try_emplace(event.host_id, data, event.host_id)
        .first->second.add(i, log);
  }
  std::vector<Attempt> attempts;
  for (auto& [host, group] : groups) {
    for (Attempt& attempt : group.take()) {
      attempts.push_back(std::move(attempt));
    }
  }
  std::stable_sort(attempts.begin(), attempts.end(),
                   [](const Attempt& a, const Attempt& b) {
                     return a.server.began < b.server.began;
                   });
  return attempts;
}

}  // namespace deskfall
