#include "engine/ticket_pairs.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// Tolerance of Kerberos, unless somebody changed the policy.
constexpr Ticks kTolerance = 5 * kTicksPerMinute;

/// The GUID of a logon; empty when there is none (NTLM writes zeros).
std::string guid_of(const CaseEvent& event) {
  std::string guid = to_lower_ascii(event.fields.text("LogonGuid"));
  return guid.find_first_not_of("{}-0") == std::string::npos ? "" : guid;
}

/// Tickets and logons of one GUID.
struct Use {
  std::vector<const CaseEvent*> tickets;
  std::vector<const CaseEvent*> logons;
};

std::map<std::string, Use> uses_of(const CaseData& data, const Piles& piles) {
  std::map<std::string, Use> uses;
  for (const EventIndex index : piles.tickets) {
    const CaseEvent& event = data.events[index];
    const std::string guid = guid_of(event);
    if (!guid.empty()) {
      Use& use = uses[guid];
      (event.event_id == 4769 ? use.tickets : use.logons).push_back(&event);
    }
  }
  return uses;
}

/// Accepts of TCP connections by server, address and port, in order of time.
class Accepts {
 public:
  Accepts(const CaseData& data, const std::vector<Attempt>& servers)
      : data_(data) {
    for (const Attempt& server : servers) {
      if (server.server.exists() && server.client_port != 0) {
        list_[{server.server.host, server.client_address, server.client_port}]
            .push_back(server.server.events.front());
      }
    }
  }

  /// The last one of the connection that a logon names, not after it.
  [[nodiscard]] const CaseEvent* before(const CaseEvent& logon) const {
    const Endpoint from = parse_endpoint(logon.fields.text("IpAddress"));
    const auto port = parse_number(logon.fields.text("IpPort")).value_or(0);
    const auto found = list_.find(
        {logon.host_id, from.address, static_cast<std::uint16_t>(port)});
    const CaseEvent* last = nullptr;
    if (found != list_.end() && port <= 0xffff) {
      for (const EventIndex index : found->second) {
        const CaseEvent& event = data_.events[index];
        if (event.time <= logon.time &&
            (last == nullptr || event.time > last->time)) {
          last = &event;
        }
      }
    }
    return last;
  }

 private:
  const CaseData& data_;
  std::map<std::tuple<HostId, std::string, std::uint16_t>,
           std::vector<EventIndex>>
      list_;
};

std::optional<Sighting> sighting_of(const Clocks& clocks,
                                    const CaseEvent& ticket,
                                    const CaseEvent& logon,
                                    const CaseEvent* accept) {
  const auto stretches =
      clocks.stretches(ticket.host_id, ticket.time, logon.host_id, logon.time);
  if (!stretches || std::abs(logon.time - ticket.time) > kTolerance) {
    return std::nullopt;
  }
  Bound bound{-kFarBound, logon.time - ticket.time};
  if (accept != nullptr &&
      clocks.stretches(ticket.host_id, ticket.time, accept->host_id,
                       accept->time) == stretches) {
    bound.low = accept->time - ticket.time;
  }
  return Sighting{ticket.time, logon.time, bound};
}

/// "corp.example" of "srv01.corp.example"; empty without a domain.
std::string domain_of(const std::string& host) {
  const std::size_t dot = host.find('.');
  return dot == std::string::npos ? "" : to_lower_ascii(host.substr(dot + 1));
}

bool is_own_clock(std::string_view source) {
  const std::string lower = to_lower_ascii(source);
  return lower.find("local cmos") != std::string::npos ||
         lower.find("free-running") != std::string::npos;
}

}  // namespace

void measure_tickets(const CaseData& data, const Piles& piles,
                     const std::vector<Attempt>& servers, Clocks& clocks) {
  const Accepts accepts(data, servers);
  std::map<std::pair<HostId, HostId>, std::vector<Sighting>> sightings;
  for (const auto& [guid, use] : uses_of(data, piles)) {
    // A ticket that served twice does not say which logon it was for.
    if (use.tickets.size() != 1 || use.logons.size() != 1) {
      continue;
    }
    const CaseEvent& ticket = *use.tickets.front();
    const CaseEvent& logon = *use.logons.front();
    if (ticket.host_id == logon.host_id) {
      continue;
    }
    if (const auto sighting =
            sighting_of(clocks, ticket, logon, accepts.before(logon))) {
      sightings[{ticket.host_id, logon.host_id}].push_back(*sighting);
    }
  }
  for (auto& [hosts, list] : sightings) {
    if (clocks.has_pairs(hosts.first, hosts.second)) {
      continue;  // connections between the two say more
    }
    clocks.measure(hosts.first, hosts.second, std::move(list));
  }
}

std::map<HostId, TimeService> find_time_services(const CaseData& data,
                                                 const Piles& piles) {
  std::map<HostId, TimeService> out;
  for (const EventIndex index : piles.synced) {
    const CaseEvent& event = data.events[index];
    const std::string domain = domain_of(data.host_name(event.host_id));
    if (domain.empty() || is_own_clock(event.fields.text("TimeSource"))) {
      continue;
    }
    TimeService& kept = out[event.host_id];
    kept.domain = domain;
    kept.synced.push_back(event.time);
  }
  return out;
}

}  // namespace deskfall
