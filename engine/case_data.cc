#include "engine/case_data.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

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

/// The order of CaseData::events.
bool before(const CaseEvent& a, const CaseEvent& b) {
  const auto key = [](const CaseEvent& e) {
    return std::tie(e.time, e.host_id, e.channel, e.record_id, e.provider,
                    e.event_id, e.activity_id);
  };
  if (const auto order = key(a) <=> key(b); order != 0) {
    return order < 0;
  }
  return std::tie(a.recovered, a.fields) < std::tie(b.recovered, b.fields);
}

/// Numbers texts in their order.
class Ranks {
 public:
  explicit Ranks(const std::vector<CaseEvent>& events) {
    for (const CaseEvent& event : events) {
      ranks_.try_emplace(event.channel);
    }
    std::vector<std::string_view> names;
    for (const auto& [name, rank] : ranks_) {
      names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    for (std::size_t i = 0; i < names.size(); ++i) {
      ranks_[names[i]] = static_cast<int>(i);
    }
  }

  [[nodiscard]] int of(std::string_view text) const { return ranks_.at(text); }

 private:
  std::unordered_map<std::string_view, int> ranks_;
};

/// Sorts numbers rather than events: those are large, and mostly their time
/// and record number tell them apart.
void put_in_order(std::vector<CaseEvent>& events) {
  struct Place {
    Instant time;
    HostId host = kNoHost;
    int channel = 0;
    std::uint64_t record_id = 0;
    std::size_t index = 0;

    [[nodiscard]] auto key() const {
      return std::tie(time, host, channel, record_id);
    }
  };
  std::vector<Place> order;
  order.reserve(events.size());
  const Ranks channels(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const CaseEvent& event = events[i];
    order.push_back({event.time, event.host_id, channels.of(event.channel),
                     event.record_id, i});
  }
  std::sort(order.begin(), order.end(),
            [&events](const Place& a, const Place& b) {
              if (const auto keys = a.key() <=> b.key(); keys != 0) {
                return keys < 0;
              }
              const CaseEvent& one = events[a.index];
              const CaseEvent& other = events[b.index];
              if (before(one, other)) {
                return true;
              }
              return a.index < b.index && !before(other, one);
            });
  // Each circle of places is gone round once.
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i].index == i) {
      continue;
    }
    CaseEvent held = std::move(events[i]);
    std::size_t to = i;
    while (order[to].index != i) {
      const std::size_t from = order[to].index;
      events[to] = std::move(events[from]);
      order[to].index = to;
      to = from;
    }
    events[to] = std::move(held);
    order[to].index = to;
  }
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
  return a.time == b.time && a.fields == b.fields;
}

/// Leaves out later copies of a record within one second. Events are sorted.
std::int64_t drop_duplicates(std::vector<CaseEvent>& events) {
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  const auto hash = [](const CaseEvent& event) {
    return (event.record_id * 1'000'003 + event.event_id) * 31 +
           static_cast<std::size_t>(event.host_id);
  };
  std::unordered_map<std::size_t, std::size_t> latest;  // by hash, kept ones
  std::vector<std::size_t> earlier;                     // of the same hash
  latest.reserve(events.size());
  earlier.reserve(events.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto [chain, fresh] = latest.try_emplace(hash(events[i]), kNone);
    bool is_copy = false;
    for (std::size_t other = chain->second;
         other != kNone && !is_copy &&
         events[i].time - events[other].time <= kTicksPerSecond;
         other = earlier[other]) {
      is_copy = same_record(events[other], events[i]);
    }
    if (is_copy) {
      continue;
    }
    earlier.push_back(chain->second);
    chain->second = kept;
    if (kept != i) {
      events[kept] = std::move(events[i]);
    }
    ++kept;
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
  put_in_order(data.events);
}

Result<CaseData> load_case(Store& store) {
  CaseData data;
  DF_TRY(data.sources, store.sources());
  DF_TRY(data.runs, store.runs());
  DF_TRY(data.inputs, store.inputs());
  data.events.reserve(store.waiting());
  DF_CHECK(store.take_events([&data](StoredEvent& event) {
    CaseEvent& taken = data.events.emplace_back();
    static_cast<StoredEvent&>(taken) = std::move(event);
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
  std::unordered_map<std::string_view, HostId> known;  // as spelled
  for (const CaseEvent& event : data.events) {
    if (known.try_emplace(event.host, kNoHost).second) {
      spell(event.host);
    }
  }
  for (const RecordRun& run : data.runs) {
    spell(run.host);
  }
  const auto ids = merge_hosts(spellings, data.hosts);
  for (auto& [host, id] : known) {
    if (!host.empty()) {
      id = ids.at(to_lower_ascii(host));
    }
  }
  for (CaseEvent& event : data.events) {
    event.host_id = known.at(event.host);
  }
  known.clear();  // its names are those of events, which move now
  put_in_order(data.events);
  data.duplicates = drop_duplicates(data.events);
  return data;
}

}  // namespace deskfall
