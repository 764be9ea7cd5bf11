#include "engine/case_data.h"

#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "engine/event_order.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

std::string short_name(std::string_view host) {
  return to_lower_ascii(host.substr(0, host.find('.')));
}

/// Maps every spelling (lower case) to the index of its host.
std::map<std::string, HostId> merge_hosts(
    const std::map<std::string, std::string>& spellings,
    std::vector<std::string>& hosts) {
  std::map<std::string, std::set<std::string>> full_names;
  for (const auto& [lower, display] : spellings) {
    if (lower.find('.') != std::string::npos) {
      full_names[short_name(lower)].insert(lower);
    }
  }
  std::map<std::string, HostId> ids;
  for (const auto& [lower, display] : spellings) {
    const auto& full = full_names[short_name(lower)];
    const bool is_short = lower.find('.') == std::string::npos;
    if (is_short && full.size() == 1) {
      continue;  // the full name stands for it
    }
    ids[lower] = static_cast<HostId>(hosts.size());
    hosts.push_back(display);
  }
  for (const auto& [lower, display] : spellings) {
    const auto& full = full_names[short_name(lower)];
    if (ids.count(lower) == 0) {
      ids[lower] = ids.at(*full.begin());
    }
  }
  return ids;
}

}  // namespace

HostId CaseData::find_host(std::string_view name) const {
  const std::string wanted = to_lower_ascii(name);
  HostId found = kNoHost;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (to_lower_ascii(hosts[i]) == wanted) {
      return static_cast<HostId>(i);
    }
    // Two full names that differ are two hosts, and so are two addresses.
    const bool unqualified = wanted.find('.') == std::string::npos ||
                             hosts[i].find('.') == std::string::npos;
    if (unqualified && short_name(hosts[i]) == short_name(wanted)) {
      if (found != kNoHost) {
        return kNoHost;
      }
      found = static_cast<HostId>(i);
    }
  }
  return found;
}

const std::string& CaseData::host_name(HostId host) const {
  static const std::string kUnknown;
  return host < 0 || host >= static_cast<HostId>(hosts.size())
             ? kUnknown
             : hosts[static_cast<std::size_t>(host)];
}

void sort_events(CaseData& data) {
  EventOrder order;
  for (const CaseEvent& event : data.events) {
    order.add(event, event.host_id);
  }
  order.sort();
  std::vector<CaseEvent> sorted;
  sorted.reserve(order.places().size());
  for (const EventOrder::Place& place : order.places()) {
    sorted.push_back(std::move(data.events[place.index]));
  }
  data.events = std::move(sorted);
}

Result<CaseData> load_case(Store& store) {
  CaseData data;
  DF_TRY(data.sources, store.sources());
  DF_TRY(data.runs, store.runs());
  DF_TRY(data.inputs, store.inputs());
  DF_TRY(auto events, store.take_events());
  // The display form of a host is its first spelling in byte order, so that it
  // does not depend on which source came first.
  std::map<std::string, std::string> spellings;
  const auto spell = [&spellings](const std::string& host) {
    if (!host.empty()) {
      std::string& display = spellings[to_lower_ascii(host)];
      if (display.empty() || host < display) {
        display = host;
      }
    }
  };
  std::unordered_map<std::string_view, HostId> hosts;  // as spelled
  for (const StoredEvent& event : events) {
    hosts.try_emplace(event.host, kNoHost);
  }
  for (const auto& [host, id] : hosts) {
    spell(std::string(host));
  }
  for (const RecordRun& run : data.runs) {
    spell(run.host);
  }
  const auto ids = merge_hosts(spellings, data.hosts);
  for (auto& [host, id] : hosts) {
    if (!host.empty()) {
      id = ids.at(to_lower_ascii(host));
    }
  }
  EventOrder order;
  for (const StoredEvent& event : events) {
    order.add(event, hosts.at(event.host));
  }
  order.sort();
  data.duplicates = store.copies() + order.drop_copies();
  data.events.reserve(order.places().size());
  for (const EventOrder::Place& place : order.places()) {
    CaseEvent& event = data.events.emplace_back();
    static_cast<StoredEvent&>(event) = std::move(events[place.index]);
    event.host_id = place.host;
  }
  return data;
}

}  // namespace deskfall
