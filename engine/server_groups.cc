#include "engine/server_groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/open_connections.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// A UDP side connection joins a TCP connection this young.
constexpr Ticks kUdpWithin = 60 * kTicksPerSecond;
/// Session manager records follow the session's attachment this soon.
constexpr Ticks kLogonWithin = 60 * kTicksPerSecond;

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

  void add(EventIndex index);
  std::vector<Attempt> take() { return std::move(attempts_); }

 private:
  Attempt& open_new(EventIndex index);
  std::size_t number(const Attempt& attempt) const {
    return static_cast<std::size_t>(&attempt - attempts_.data());
  }
  Attempt* by_activity(const std::string& id);
  Attempt* by_address(const std::string& address, Instant now, Ticks within);
  Attempt* by_side_connection(const std::string& address, Instant now);
  Attempt* by_session(std::uint32_t session, Instant now);
  void add_core(EventIndex index);
  void add_side_connection(EventIndex index);
  void add_anonymous(EventIndex index);
  void add_other(EventIndex index, Family family);
  void put(Attempt& attempt, EventIndex index);

  const CaseData& data_;
  HostId host_;
  std::vector<Attempt> attempts_;
  // Looked up, never listed: its order leaves no trace.
  std::unordered_map<std::string, std::size_t> activity_;
  std::map<std::uint32_t, std::size_t> session_;
  std::set<std::size_t> ended_;
  std::set<std::size_t> set_up_;  ///< protocol set-up was finished
  OpenConnections open_;          ///< those without activity id
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

/// The youngest connection from an address that is not over, not older than
/// `within`; else the youngest that is.
Attempt* Grouper::by_address(const std::string& address, Instant now,
                             Ticks within) {
  Attempt* over = nullptr;
  for (auto it = attempts_.rbegin(); it != attempts_.rend(); ++it) {
    if (now - it->server.began > within) {
      break;
    }
    if (it->client_address == address) {
      if (ended_.count(number(*it)) == 0) {
        return &*it;
      }
      over = over == nullptr ? &*it : over;
    }
  }
  return over;
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
  if (event.event_id == 66 && server_family(event) == Family::kCore) {
    if (const auto id = parse_number(event.fields.text("SessionID"))) {
      attempt.session = static_cast<std::uint32_t>(*id);
      session_[*attempt.session] = number(attempt);
    }
  }
  if (event.event_id == 98 ||
      event.fields.text("MethodName").starts_with("ProtocolComplete")) {
    set_up_.insert(number(attempt));
  }
  if (event.event_id == 103 || event.event_id == 102) {
    ended_.insert(number(attempt));
  }
  if (event.event_id == 1149) {
    attempt.user = event.fields.text("Param1");
    if (attempt.client_address.empty()) {
      attempt.client_address = event.fields.text("Param3");
    }
  }
}

/// The side connection carries the client's own activity id: the bridge
/// between the two hosts.
void Grouper::add_side_connection(EventIndex index) {
  const CaseEvent& event = data_.events[index];
  const Endpoint peer = parse_endpoint(event.fields.text("ClientIP"));
  Attempt* attempt = by_activity(event.activity_id);
  if (attempt == nullptr) {
    attempt = by_side_connection(peer.address, event.time);
  }
  if (attempt == nullptr) {
    return;
  }
  put(*attempt, index);
  if (!event.activity_id.empty() &&
      activity_.emplace(event.activity_id, number(*attempt)).second) {
    attempt->activity_ids.push_back(event.activity_id);
  }
}

void Grouper::add_anonymous(EventIndex index) {
  const CaseEvent& event = data_.events[index];
  if (is_accept(event, "TCP")) {
    Attempt& attempt = open_new(index);
    put(attempt, index);
    open_.accept(event, number(attempt));
    return;
  }
  auto at = open_.find(event);
  if (!at && !OpenConnections::is_aftermath(event)) {
    // The log begins in the middle of this connection.
    at = number(open_new(index));
    open_.resume(event, *at);
  }
  if (at) {
    put(attempts_[*at], index);
  }
}

void Grouper::add_core(EventIndex index) {
  const CaseEvent& event = data_.events[index];
  if (is_listener(event)) {
    return;
  }
  if (is_accept(event, "UDP")) {
    add_side_connection(index);
  } else if (event.activity_id.empty()) {
    add_anonymous(index);
  } else {
    Attempt* attempt = by_activity(event.activity_id);
    put(attempt == nullptr ? open_new(index) : *attempt, index);
  }
}

/// Records of the other two logs join a connection that RdpCoreTS opened; they
/// open none of their own.
void Grouper::add_other(EventIndex index, Family family) {
  const CaseEvent& event = data_.events[index];
  Attempt* attempt = by_activity(event.activity_id);
  if (attempt == nullptr && family == Family::kManager &&
      event.event_id == 1149) {
    attempt = by_address(std::string(event.fields.text("Param3")), event.time,
                         5 * kTicksPerMinute);
  }
  if (attempt == nullptr && family == Family::kSession) {
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

void Grouper::add(EventIndex index) {
  const Family family = server_family(data_.events[index]);
  if (family == Family::kCore) {
    add_core(index);
  } else {
    add_other(index, family);
  }
}

}  // namespace

Family server_family(const CaseEvent& event) {
  // The usual spelling is compared whole, which costs next to nothing.
  if (event.provider == "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS") {
    return Family::kCore;
  }
  return family_of(event);
}

bool is_accept(const CaseEvent& event, std::string_view transport) {
  return event.event_id == 131 &&
         equals_ignore_case(event.fields.text("ConnType"), transport);
}

std::vector<Attempt> group_server_records(const CaseData& data,
                                          const std::vector<EventIndex>& pile) {
  std::map<HostId, Grouper> hosts;
  for (const EventIndex index : pile) {
    const HostId host = data.events[index].host_id;
    hosts.try_emplace(host, data, host).first->second.add(index);
  }
  std::vector<Attempt> attempts;
  for (auto& [host, grouper] : hosts) {
    for (Attempt& attempt : grouper.take()) {
      attempts.push_back(std::move(attempt));
    }
  }
  return attempts;
}

}  // namespace deskfall
