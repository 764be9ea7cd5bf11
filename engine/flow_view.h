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

/// Rows by the address and port that the connection came from. The rows must
/// outlive it.
using FlowsBySource = std::map<std::pair<std::string, std::uint16_t>,
                               std::vector<const FlowRow*>>;
[[nodiscard]] FlowsBySource by_source(const std::vector<FlowRow>& flows);

/// The row of an attempt's connection with which the host of `view` let it
/// pass, within two seconds of the view; null when there is none.
enum class Way : std::uint8_t { kOut, kIn };
[[nodiscard]] const FlowRow* allowed_row(const FlowsBySource& flows,
                                         const Attempt& attempt,
                                         const View& view, Way way);

/// Gives each attempt the rows of its connection as its network view, and says
/// who cut it where they prove it.
void attach_flows(const std::vector<FlowRow>& flows,
                  std::vector<Attempt>& attempts);

}  // namespace deskfall
