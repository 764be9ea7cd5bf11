// Join: which server connection belongs to which try of a client, by what
// stands on both sides; no clock is read here (time_join.h does).
//
// A joined server view moves into the client's attempt and leaves an empty one
// behind.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/attempt.h"
#include "engine/flow_view.h"

namespace deskfall {

/// Joins views that share an activity id.
void join_by_activity(std::vector<Attempt>& clients,
                      std::vector<Attempt>& servers);

/// Joins a try with the connection whose address and port its own host's
/// packet filter recorded for it.
void join_by_port(const std::map<std::size_t, std::vector<const FlowRow*>>& own,
                  std::vector<Attempt>& clients, std::vector<Attempt>& servers);

/// Joins what has the same session number and account (1029 against 1149),
/// when both stand there once.
void join_by_session(const CaseData& data, std::vector<Attempt>& clients,
                     std::vector<Attempt>& servers);

/// Moves the server's view and what it tells into the client's attempt.
void merge(Attempt& client, Attempt& server, Join join);

/// A try that got in cannot be a connection that ended early, and the other
/// way round.
[[nodiscard]] bool compatible(const Attempt& client, const Attempt& server);

/// "srv01.contoso.local:3390" names host SRV01.
[[nodiscard]] HostId find_target(const CaseData& data,
                                 const std::string& target);

/// Two spellings of one target: letter case, port and domain do not count.
[[nodiscard]] bool same_name(const std::string& a, const std::string& b);

/// False when the attempt's account is known and is another one. Domains do
/// not count.
[[nodiscard]] bool is_account(const Attempt& attempt,
                              const std::string& account);

/// True when a hash of event 1029 was made from this account, in one of the
/// ways users type it.
[[nodiscard]] bool is_hash_of(const std::string& hash,
                              const std::string& account);

}  // namespace deskfall
