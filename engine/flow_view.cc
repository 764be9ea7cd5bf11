#include "engine/flow_view.h"

#include <algorithm>
#include <set>

#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr std::uint16_t kRdpPort = 3389;
/// A filter writes its row this close to the connection's own records.
constexpr Ticks kNear = 2 * kTicksPerSecond;
constexpr std::string_view kOutbound = "%%14593";

std::uint16_t port_of(std::string_view text) {
  const auto number = parse_number(text);
  return number && *number <= 0xffff ? static_cast<std::uint16_t>(*number) : 0;
}

bool is_tcp(std::string_view protocol) {
  return protocol == "6" || equals_ignore_case(protocol, "TCP");
}

FlowRow row_of(const CaseEvent& event, EventIndex index) {
  const FieldList& f = event.fields;
  FlowRow row;
  row.event = index;
  row.host = event.host_id;
  row.time = event.time;
  if (f.get("src-ip")) {
    row.source = f.text("src-ip");
    row.source_port = port_of(f.text("src-port"));
    row.target = f.text("dst-ip");
    row.target_port = port_of(f.text("dst-port"));
    row.allowed = f.text("action") == "ALLOW";
    row.outbound = f.text("path") == "SEND";
  } else {
    row.source = f.text("SourceAddress");
    row.source_port = port_of(f.text("SourcePort"));
    row.target = f.text("DestAddress");
    row.target_port = port_of(f.text("DestPort"));
    row.allowed = event.event_id == 5156;
    row.outbound = f.text("Direction") == kOutbound;
  }
  return row;
}

bool has_time(const CaseEvent& event) {
  return event.clock != ClockNote::kNone &&
         event.clock != ClockNote::kZoneUnknown;
}

}  // namespace

std::vector<FlowRow> read_flows(const CaseData& data, const Piles& piles,
                                const std::vector<Attempt>& clients) {
  std::set<std::uint16_t> ports = {kRdpPort};
  for (const Attempt& client : clients) {
    if (const std::uint16_t typed = parse_endpoint(client.target).port) {
      ports.insert(typed);
    }
  }
  std::vector<FlowRow> rows;
  for (const EventIndex index : piles.filter) {
    const CaseEvent& event = data.events[index];
    const std::string_view protocol = event.fields.get("Protocol")
                                          ? event.fields.text("Protocol")
                                          : event.fields.text("protocol");
    if (!has_time(event) || !is_tcp(protocol)) {
      continue;
    }
    FlowRow row = row_of(event, index);
    if (ports.count(row.target_port) != 0 && row.source_port != 0) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::map<std::size_t, std::vector<const FlowRow*>> own_flows(
    const std::vector<FlowRow>& flows, const std::vector<Attempt>& clients) {
  std::map<HostId, std::vector<const FlowRow*>> by_host;
  for (const FlowRow& row : flows) {
    if (row.outbound) {
      by_host[row.host].push_back(&row);
    }
  }
  std::map<std::size_t, std::vector<const FlowRow*>> out;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const View& view = clients[i].client;
    const auto rows = by_host.find(view.host);
    if (!view.exists() || rows == by_host.end()) {
      continue;
    }
    auto row = std::lower_bound(
        rows->second.begin(), rows->second.end(), view.began - kNear,
        [](const FlowRow* r, Instant time) { return r->time < time; });
    for (; row != rows->second.end() && (*row)->time <= view.ended; ++row) {
      out[i].push_back(*row);
    }
  }
  return out;
}

FlowsBySource by_source(const std::vector<FlowRow>& flows) {
  FlowsBySource out;
  for (const FlowRow& row : flows) {
    out[{row.source, row.source_port}].push_back(&row);
  }
  return out;
}

const FlowRow* allowed_row(const FlowsBySource& flows, const Attempt& attempt,
                           const View& view, Way way) {
  const auto rows = flows.find({attempt.client_address, attempt.client_port});
  if (attempt.client_port == 0 || rows == flows.end()) {
    return nullptr;
  }
  for (const FlowRow* row : rows->second) {
    if (row->allowed && row->outbound == (way == Way::kOut) &&
        row->host == view.host && row->time >= view.began - kNear &&
        row->time <= view.ended + kNear) {
      return row;
    }
  }
  return nullptr;
}

void attach_flows(const std::vector<FlowRow>& flows,
                  std::vector<Attempt>& attempts) {
  if (flows.empty()) {
    return;
  }
  const FlowsBySource sources = by_source(flows);
  for (Attempt& attempt : attempts) {
    const auto rows =
        sources.find({attempt.client_address, attempt.client_port});
    if (attempt.client_port == 0 || rows == sources.end()) {
      continue;
    }
    for (const FlowRow* row : rows->second) {
      for (const View* view : {&attempt.client, &attempt.server}) {
        const bool ours = view->exists() && view->host == row->host &&
                          row->time >= view->began - kNear &&
                          row->time <= view->ended + kNear;
        if (!ours) {
          continue;
        }
        View& network = attempt.network;
        network.host = row->host;
        network.began =
            network.exists() ? std::min(network.began, row->time) : row->time;
        network.ended = std::max(network.ended, row->time);
        network.events.push_back(row->event);
        if (row->allowed && network.passed < Stage::kTcp) {
          network.passed = Stage::kTcp;
          network.steps.push_back({Stage::kTcp, row->event});
        }
        // Dropped after it had been accepted: the filter cut it.
        if (!row->allowed && attempt.passed >= Stage::kTcp) {
          attempt.closer = Closer::kNetwork;
        }
        break;
      }
    }
  }
}

}  // namespace deskfall
