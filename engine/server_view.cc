#include "engine/server_view.h"

#include <algorithm>

#include "engine/server_groups.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// Extended reasons 1 to 4 are an administrator's and two time limits' wish, 11
/// and 12 the user's.
bool is_wish(std::uint64_t reason) {
  return (reason >= 1 && reason <= 4) || reason == 11 || reason == 12;
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
  switch (server_family(event)) {
    case Family::kCore:
      step_core(event, index);
      break;
    case Family::kManager:
      if (event.event_id == 1149) {
        pass(Stage::kTls, index);
      }
      break;
    case Family::kSession:
      if (event.event_id == 21 || event.event_id == 22 ||
          event.event_id == 25) {
        pass(Stage::kSession, index);
        if (attempt_.user.empty()) {
          attempt_.user = event.fields.text("User");
        }
      }
      break;
    default:
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
      // The numbers follow the extended reasons.
      const auto reason = parse_number(event.fields.text("ReasonCode"));
      const bool ordered = reason && (is_wish(*reason) || *reason == 5);
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
  } else if (method.starts_with("SetErrorInfo(")) {
    const std::string_view number = method.substr(13);
    const auto info = parse_number(number.substr(0, number.find(')')));
    if (info && *info != 0) {
      close(Close::kServerClosed, index);
    }
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

}  // namespace

std::vector<Attempt> build_server_views(const CaseData& data,
                                        const Piles& piles) {
  std::vector<Attempt> attempts;
  for (Attempt& attempt : group_server_records(data, piles.server)) {
    // A group without any sign of a TCP connection is no connection.
    if (attempt.client_address.empty() && attempt.server.events.size() < 2) {
      continue;
    }
    Climber(data, attempt).climb();
    std::sort(attempt.activity_ids.begin(), attempt.activity_ids.end());
    attempts.push_back(std::move(attempt));
  }
  std::stable_sort(attempts.begin(), attempts.end(),
                   [](const Attempt& a, const Attempt& b) {
                     return a.server.began < b.server.began;
                   });
  return attempts;
}

}  // namespace deskfall
