#include "engine/join.h"

#include <algorithm>
#include <cstdlib>

#include "ingest/sha256.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// Ports are used again; a connection this far off on any clock is another.
constexpr Ticks kPortReuse = 26 * kTicksPerHour;

std::string bare_name(const std::string& target) {
  const Endpoint endpoint = parse_endpoint(target);
  const bool is_address =
      endpoint.address.find_first_not_of("0123456789.:") == std::string::npos;
  return to_lower_ascii(
      is_address ? endpoint.address
                 : endpoint.address.substr(0, endpoint.address.find('.')));
}

std::string bare_account(const std::string& account) {
  const std::size_t slash = account.rfind('\\');
  const std::string name =
      slash == std::string::npos ? account : account.substr(slash + 1);
  return to_lower_ascii(name.substr(0, name.find('@')));
}

}  // namespace

HostId find_target(const CaseData& data, const std::string& target) {
  std::string_view name = target;
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && name.find(':') == colon) {
    name = name.substr(0, colon);
  }
  return data.find_host(name);
}

bool same_name(const std::string& a, const std::string& b) {
  return !a.empty() && bare_name(a) == bare_name(b);
}

bool is_account(const Attempt& attempt, const std::string& account) {
  return account.empty() || attempt.user.empty() ||
         bare_account(attempt.user) == bare_account(account);
}

bool is_hash_of(const std::string& hash, const std::string& account) {
  if (hash.empty() || account.empty()) {
    return false;
  }
  const std::size_t slash = account.rfind('\\');
  const std::string name =
      slash == std::string::npos ? account : account.substr(slash + 1);
  for (const std::string& spelling :
       {account, name, to_lower_ascii(account), to_lower_ascii(name)}) {
    const NameHashes hashes = hash_name(spelling);
    if (hashes.sha256 == hash || hashes.sha1 == hash) {
      return true;
    }
  }
  return false;
}

bool compatible(const Attempt& client, const Attempt& server) {
  const bool client_in = client.client.passed >= Stage::kLicensing;
  const bool server_in = server.server.passed >= Stage::kLicensing;
  if (client_in != server_in && client.client.closed) {
    return client.error.has_value() && !client_in &&
           server.server.passed < Stage::kSession;
  }
  return true;
}

void merge(Attempt& client, Attempt& server, Join join) {
  client.server = std::move(server.server);
  server.server = View{};
  client.join = join;
  client.client_address = server.client_address;
  client.client_port = server.client_port;
  client.user = server.user;
  if (!client.session) {
    client.session = server.session;
  }
  client.close = server.close;
  client.close_event = server.close_event;
  client.passed = std::max(client.passed, server.passed);
  client.fell.first = std::max(client.fell.first, server.fell.first);
  client.fell.last =
      std::max(client.fell.first, std::min(client.fell.last, server.fell.last));
  client.activity_ids.insert(client.activity_ids.end(),
                             server.activity_ids.begin(),
                             server.activity_ids.end());
  std::sort(client.activity_ids.begin(), client.activity_ids.end());
  client.activity_ids.erase(
      std::unique(client.activity_ids.begin(), client.activity_ids.end()),
      client.activity_ids.end());
}

void join_by_activity(std::vector<Attempt>& clients,
                      std::vector<Attempt>& servers) {
  std::map<std::string, std::vector<std::size_t>> by_id;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    for (const std::string& id : servers[i].activity_ids) {
      by_id[id].push_back(i);
    }
  }
  for (Attempt& client : clients) {
    const std::vector<std::string> ids = client.activity_ids;
    for (const std::string& id : ids) {
      const auto found = by_id.find(id);
      if (found == by_id.end()) {
        continue;
      }
      // The last connection with this id is the one that did the work.
      for (auto it = found->second.rbegin(); it != found->second.rend(); ++it) {
        if (servers[*it].server.exists() && !client.server.exists()) {
          merge(client, servers[*it], Join::kExact);
        }
      }
    }
  }
}

void join_by_port(const std::map<std::size_t, std::vector<const FlowRow*>>& own,
                  std::vector<Attempt>& clients,
                  std::vector<Attempt>& servers) {
  if (own.empty()) {
    return;
  }
  std::map<std::pair<std::string, std::uint16_t>, std::vector<std::size_t>>
      by_peer;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    by_peer[{servers[i].client_address, servers[i].client_port}].push_back(i);
  }
  for (const auto& [number, rows] : own) {
    Attempt& client = clients[number];
    client.own_address = rows.back()->source;
    // The last connection of a try did the work.
    for (auto row = rows.rbegin();
         row != rows.rend() && !client.server.exists(); ++row) {
      const auto peers = by_peer.find({(*row)->source, (*row)->source_port});
      Attempt* nearest = nullptr;
      Ticks best = kPortReuse;
      for (std::size_t k = 0;
           peers != by_peer.end() && k < peers->second.size(); ++k) {
        Attempt& server = servers[peers->second[k]];
        const Ticks apart = std::abs(server.server.began - (*row)->time);
        if (server.server.exists() && apart < best &&
            compatible(client, server)) {
          nearest = &server;
          best = apart;
        }
      }
      if (nearest != nullptr) {
        merge(client, *nearest, Join::kPort);
      }
    }
  }
}

void join_by_session(const CaseData& data, std::vector<Attempt>& clients,
                     std::vector<Attempt>& servers) {
  using Key = std::pair<HostId, std::uint32_t>;
  struct Side {
    std::vector<Attempt*> clients;
    std::vector<Attempt*> servers;
  };
  std::map<Key, Side> sessions;
  for (Attempt& client : clients) {
    const HostId host = find_target(data, client.target);
    if (client.client.exists() && !client.server.exists() && client.session &&
        !client.user_hash.empty() && host != kNoHost) {
      sessions[{host, *client.session}].clients.push_back(&client);
    }
  }
  for (Attempt& server : servers) {
    if (server.server.exists() && server.session && !server.user.empty()) {
      sessions[{server.server.host, *server.session}].servers.push_back(
          &server);
    }
  }
  for (auto& [key, side] : sessions) {
    // A session that several connections came back to tells none of them.
    if (side.clients.size() == 1 && side.servers.size() == 1 &&
        compatible(*side.clients[0], *side.servers[0]) &&
        is_hash_of(side.clients[0]->user_hash, side.servers[0]->user)) {
      merge(*side.clients[0], *side.servers[0], Join::kSession);
    }
  }
}

}  // namespace deskfall
