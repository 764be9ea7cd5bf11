// Flow view: what packet filters recorded of the TCP connection below an
// attempt - Windows Filtering Platform audit (5152, 5156, 5157) and rows of
// pfirewall.log - on either host.
//
// On the client such a row names the source port, which ties a try to the
// server's connection without any clock. On the server it is a third account
// of the connection: a row that drops packets of it after it was accepted
// proves who cut it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/attempt.h"
#include "engine/case_data.h"
#include "engine/piles.h"

namespace deskfall {

/// One row, as far as attempts need it.
struct FlowRow {
  EventIndex event = 0;
  HostId host = kNoHost;
  Instant time;
  std::string source;
  std::uint16_t source_port = 0;
  std::string target;
  std::uint16_t target_port = 0;
  bool allowed = false;
  bool outbound = false;
};

/// TCP rows of a pile whose target is a Remote Desktop port: 3389 or one that
/// somebody typed. Rows whose time nobody knows are left out. By time.
[[nodiscard]] std::vector<FlowRow> read_flows(
    const CaseData& data, const Piles& piles,
    const std::vector<Attempt>& clients);

/// The rows that the client's own host wrote during each try, by its number.
[[nodiscard]] std::map<std::size_t, std::vector<const FlowRow*>> own_flows(
    const std::vector<FlowRow>& flows, const std::vector<Attempt>& clients);

/// Gives each attempt the rows of its connection as its network view, and says
/// who cut it where they prove it.
void attach_flows(const std::vector<FlowRow>& flows,
                  std::vector<Attempt>& attempts);

}  // namespace deskfall
