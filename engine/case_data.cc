#include "engine/case_data.h"

#include <algorithm>
#include <map>
#include <set>

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

bool before(const CaseEvent& a, const CaseEvent& b) {
  const auto key = [](const CaseEvent& e) {
    return std::tie(e.time, e.host_id, e.channel, e.record_id, e.provider,
                    e.event_id, e.activity_id);
  };
  if (key(a) != key(b)) {
    return key(a) < key(b);
  }
  if (a.recovered != b.recovered) {
    return b.recovered;
  }
  return a.fields.to_json() < b.fields.to_json();
}

bool same_record(const CaseEvent& a, const CaseEvent& b) {
  if (a.host_id != b.host_id || a.event_id != b.event_id ||
      a.record_id != b.record_id || a.channel != b.channel ||
      a.provider != b.provider) {
    return false;
  }
  if (a.record_id != 0) {
    return true;
  }
  return a.time == b.time && a.fields.to_json() == b.fields.to_json();
}

/// Marks later copies of a record within one second. Events are sorted.
std::int64_t drop_duplicates(std::vector<CaseEvent>& events) {
  std::vector<bool> drop(events.size(), false);
  std::map<std::tuple<HostId, std::string, std::uint64_t>,
           std::vector<std::size_t>>
      seen;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const CaseEvent& event = events[i];
    auto& earlier = seen[{event.host_id, event.channel, event.record_id}];
    while (!earlier.empty() &&
           event.time - events[earlier.front()].time > kTicksPerSecond) {
      earlier.erase(earlier.begin());
    }
    for (const std::size_t other : earlier) {
      if (same_record(events[other], event)) {
        drop[i] = true;
      }
    }
    if (!drop[i]) {
      earlier.push_back(i);
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!drop[i]) {
      if (kept != i) {
        events[kept] = std::move(events[i]);
      }
      ++kept;
    }
  }
  const auto dropped = static_cast<std::int64_t>(events.size() - kept);
  events.resize(kept);
  return dropped;
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
  std::stable_sort(data.events.begin(), data.events.end(), before);
}

Result<CaseData> load_case(Store& store) {
  CaseData data;
  DF_TRY(data.sources, store.sources());
  DF_TRY(data.runs, store.runs());
  DF_TRY(data.inputs, store.inputs());
  DF_CHECK(store.for_each_event([&data](StoredEvent& event) {
    CaseEvent& copy = data.events.emplace_back();
    static_cast<StoredEvent&>(copy) = event;
  }));
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
  for (const CaseEvent& event : data.events) {
    spell(event.host);
  }
  for (const RecordRun& run : data.runs) {
    spell(run.host);
  }
  const auto ids = merge_hosts(spellings, data.hosts);
  for (CaseEvent& event : data.events) {
    if (!event.host.empty()) {
      event.host_id = ids.at(to_lower_ascii(event.host));
    }
  }
  std::sort(data.events.begin(), data.events.end(), before);
  data.duplicates = drop_duplicates(data.events);
  return data;
}

}  // namespace deskfall
