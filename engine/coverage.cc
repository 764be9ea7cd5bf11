#include "engine/coverage.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/log_outages.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

struct ChannelKey {
  HostId host = kNoHost;
  std::string channel;  ///< lower case

  auto operator<=>(const ChannelKey&) const = default;
};

/// Everything known about one channel of one host before logs look at it.
struct Channel {
  std::vector<const RecordRun*> runs;  ///< by time
  Instant first;
  Instant last;
  std::int64_t records = 0;
  bool damaged = false;
  std::vector<CoverageGap> gaps;
  std::string begins_because;
};

/// A file in which so many stretches hold less than half of the numbers was
/// made by picking event ids.
constexpr std::size_t kPickedRuns = 20;

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

/// Holes in the record numbers. Runs of several exports of one log overlap and
/// are joined; numbers that start anew mean that the log was cleared.
void find_gaps(Channel& channel) {
  std::uint64_t last_id = 0;
  Instant last_time;
  bool open = false;
  for (const RecordRun* run : channel.runs) {
    if (run->first_id == 0) {
      continue;
    }
    // Numbers that go back while time goes on; copies of a record may differ
    // by the second that some exports cut off.
    const bool restarted = open && run->first_id <= last_id &&
                           run->first_time - last_time > kTicksPerSecond;
    if (open && run->first_id > last_id + 1) {
      channel.gaps.push_back({last_time, run->first_time,
                              "records " + number(last_id + 1) + " to " +
                                  number(run->first_id - 1) + " are missing"});
    } else if (restarted) {
      channel.gaps.push_back(
          {last_time, run->first_time, "the log was cleared or made anew"});
      last_id = 0;
    }
    last_id = std::max(last_id, run->last_id);
    last_time = std::max(last_time, run->last_time);
    open = true;
  }
}

/// Collectors and exports that keep certain event ids leave holes everywhere.
void find_picking(Channel& channel) {
  std::uint64_t low = UINT64_MAX;
  std::uint64_t high = 0;
  for (const RecordRun* run : channel.runs) {
    if (run->first_id != 0) {
      low = std::min(low, run->first_id);
      high = std::max(high, run->last_id);
    }
  }
  const bool picked =
      channel.gaps.size() >= kPickedRuns && low < high &&
      static_cast<std::uint64_t>(channel.records) < (high - low) / 2;
  if (picked) {
    channel.gaps = {{channel.first, Instant{INT64_MAX},
                     "the export holds only some event ids (" +
                         number(static_cast<std::uint64_t>(channel.records)) +
                         " of " + number(high - low + 1) + " records)"}};
  }
}

/// What was thrown away by a clearing: all that is not in an older copy.
void apply_clearing(Channel& channel, const Clearing& clearing) {
  std::optional<Instant> before;
  bool spans = false;
  for (const RecordRun* run : channel.runs) {
    if (run->last_time < clearing.when) {
      before = std::max(before.value_or(run->last_time), run->last_time);
    }
    spans = spans ||
            (run->first_time < clearing.when && clearing.when < run->last_time);
  }
  const std::string why =
      clearing.why + " at " + format_utc(clearing.when).substr(0, 19);
  if (before) {
    channel.gaps.push_back({*before, clearing.when, why});
  } else if (!spans) {
    channel.begins_because = why;
  }
}

void apply_outages(const LogOutages& outages, const ChannelKey& key,
                   Channel& channel) {
  const auto cleared = outages.cleared.find({key.host, key.channel});
  if (cleared != outages.cleared.end()) {
    for (const Clearing& clearing : cleared->second) {
      apply_clearing(channel, clearing);
    }
  }
  const auto host = outages.hosts.find(key.host);
  // Text logs are written by others than the event log service.
  const bool is_event_log =
      std::any_of(channel.runs.begin(), channel.runs.end(),
                  [](const RecordRun* run) { return run->first_id != 0; });
  if (host != outages.hosts.end() && is_event_log) {
    for (const Outage& outage : host->second) {
      channel.gaps.push_back({outage.from, outage.to, outage.why});
    }
  }
  std::stable_sort(channel.gaps.begin(), channel.gaps.end(),
                   [](const CoverageGap& a, const CoverageGap& b) {
                     return a.from < b.from;
                   });
}

/// Why nothing older is there.
void explain_begin(Channel& channel) {
  if (!channel.begins_because.empty()) {
    return;
  }
  std::uint64_t lowest = UINT64_MAX;
  for (const RecordRun* run : channel.runs) {
    lowest = std::min(lowest, run->first_id);
  }
  channel.begins_because = lowest == 0   ? "its first row"
                           : lowest == 1 ? "the log was new"
                                         : "older records were overwritten";
}

std::map<ChannelKey, Channel> collect_channels(const CaseData& data,
                                               const LogOutages& outages) {
  std::map<std::int64_t, bool> damaged;
  for (const Store::SourceRow& source : data.sources) {
    damaged[source.file.id] = source.dropped > 0;
  }
  std::map<ChannelKey, Channel> channels;
  std::map<std::string, HostId> hosts;
  for (const RecordRun& run : data.runs) {
    const auto known = hosts.find(run.host);
    const HostId host =
        known != hosts.end()
            ? known->second
            : hosts.emplace(run.host, data.find_host(run.host)).first->second;
    Channel& channel = channels[{host, to_lower_ascii(run.channel)}];
    if (channel.runs.empty()) {
      channel.first = run.first_time;
      channel.last = run.last_time;
    }
    channel.first = std::min(channel.first, run.first_time);
    channel.last = std::max(channel.last, run.last_time);
    channel.records += run.records;
    channel.damaged = channel.damaged || damaged[run.source];
    channel.runs.push_back(&run);
  }
  for (auto& [key, channel] : channels) {
    find_gaps(channel);
    find_picking(channel);
    apply_outages(outages, key, channel);
    explain_begin(channel);
  }
  return channels;
}

/// Logs that are off by default, with the earliest record that proves them on.
struct Proof {
  const LogRule* rule = nullptr;
  std::map<HostId, Instant> since;
};

/// One pass over the events for all such logs.
std::map<const LogRule*, Proof> find_proofs(const CaseData& data,
                                            const RuleSet& rules) {
  std::map<const LogRule*, Proof> proofs;
  for (const LogRule& rule : rules.logs()) {
    if (rule.proven_by) {
      proofs[&rule].rule = &rule;
    }
  }
  // Looked up, never listed: its order leaves no trace.
  std::unordered_map<std::string_view, std::vector<Proof*>> by_channel;
  for (const CaseEvent& event : data.events) {
    auto known = by_channel.find(event.channel);
    if (known == by_channel.end()) {
      known = by_channel.emplace(event.channel, std::vector<Proof*>{}).first;
      for (auto& [rule, proof] : proofs) {
        if (std::any_of(rule->channels.begin(), rule->channels.end(),
                        [&](const std::string& channel) {
                          return equals_ignore_case(channel, event.channel);
                        })) {
          known->second.push_back(&proof);
        }
      }
    }
    for (Proof* proof : known->second) {
      if (proof->since.count(event.host_id) == 0 &&
          proof->rule->proven_by->matches(event)) {
        proof->since.emplace(event.host_id, event.time);
      }
    }
  }
  return proofs;
}

}  // namespace

Coverage Coverage::measure(const CaseData& data, const RuleSet& rules) {
  const std::map<ChannelKey, Channel> channels =
      collect_channels(data, find_outages(data));
  const std::map<const LogRule*, Proof> proofs = find_proofs(data, rules);
  std::map<HostId, Instant> newest;
  for (const auto& [key, channel] : channels) {
    Instant& edge = newest.emplace(key.host, channel.last).first->second;
    edge = std::max(edge, channel.last);
  }
  Coverage coverage;
  for (std::size_t index = 0; index < rules.logs().size(); ++index) {
    const LogRule& rule = rules.logs()[index];
    for (const auto& entry : channels) {
      const ChannelKey& key = entry.first;
      const Channel& channel = entry.second;
      const bool ours = std::any_of(
          rule.channels.begin(), rule.channels.end(), [&](const auto& name) {
            return to_lower_ascii(name) == key.channel;
          });
      if (!ours || key.host == kNoHost) {
        continue;
      }
      LogCoverage log;
      log.log = index;
      log.host = key.host;
      log.from = channel.first;
      log.to = channel.damaged ? channel.last : newest.at(key.host);
      for (const CoverageGap& gap : channel.gaps) {
        if (gap.to > log.from && gap.from < log.to) {
          log.gaps.push_back({gap.from, std::min(gap.to, log.to), gap.why});
        }
      }
      log.records = channel.records;
      log.begins_because = channel.begins_because;
      log.ends_because = channel.damaged
                             ? "the file is damaged behind its last record"
                             : "newest record of this host";
      if (rule.proven_by) {
        const auto& since = proofs.at(&rule).since;
        const auto proof = since.find(key.host);
        log.proven = proof != since.end();
        if (log.proven) {
          const Instant proven = proof->second - rule.holds_back;
          if (proven > log.from) {
            log.from = proven;
            log.begins_because = "first record that proves it was on";
          }
        }
      }
      coverage.logs_.push_back(std::move(log));
    }
  }
  std::sort(coverage.logs_.begin(), coverage.logs_.end(),
            [&](const LogCoverage& a, const LogCoverage& b) {
              return std::pair(a.host, rules.logs()[a.log].id) <
                     std::pair(b.host, rules.logs()[b.log].id);
            });
  return coverage;
}

const LogCoverage* Coverage::find(std::size_t log, HostId host) const {
  for (const LogCoverage& entry : logs_) {
    if (entry.log == log && entry.host == host) {
      return &entry;
    }
  }
  return nullptr;
}

Coverage::Answer Coverage::covers(std::size_t log, HostId host, Instant from,
                                  Instant to) const {
  const LogCoverage* entry = find(log, host);
  if (entry == nullptr) {
    return {false, "not in the bundle"};
  }
  if (!entry->proven) {
    return {false, "nothing proves that it was switched on"};
  }
  if (from < entry->from) {
    return {false, "begins only at " + format_utc(entry->from) +
                       (entry->begins_because.empty()
                            ? ""
                            : " (" + entry->begins_because + ")")};
  }
  if (to > entry->to) {
    return {false, "ends already at " + format_utc(entry->to)};
  }
  for (const CoverageGap& gap : entry->gaps) {
    if (gap.from < to && from < gap.to) {
      return {false, gap.why};
    }
  }
  return {true, ""};
}

}  // namespace deskfall
