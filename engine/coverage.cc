#include "engine/coverage.h"

#include <algorithm>
#include <map>

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
};

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

std::map<ChannelKey, Channel> collect_channels(const CaseData& data) {
  std::map<std::int64_t, bool> damaged;
  for (const Store::SourceRow& source : data.sources) {
    damaged[source.file.id] = source.dropped > 0;
  }
  std::map<ChannelKey, Channel> channels;
  for (const RecordRun& run : data.runs) {
    const HostId host = data.find_host(run.host);
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
  }
  return channels;
}

/// The earliest record that proves the log was on, per host.
std::map<HostId, Instant> find_proofs(const CaseData& data,
                                      const LogRule& log) {
  std::map<HostId, Instant> proofs;
  for (const CaseEvent& event : data.events) {
    const bool here = std::any_of(
        log.channels.begin(), log.channels.end(), [&](const auto& channel) {
          return equals_ignore_case(channel, event.channel);
        });
    if (here && proofs.count(event.host_id) == 0 &&
        log.proven_by->matches(event)) {
      proofs.emplace(event.host_id, event.time);
    }
  }
  return proofs;
}

}  // namespace

Coverage Coverage::measure(const CaseData& data, const RuleSet& rules) {
  const std::map<ChannelKey, Channel> channels = collect_channels(data);
  std::map<HostId, Instant> newest;
  for (const auto& [key, channel] : channels) {
    Instant& edge = newest.emplace(key.host, channel.last).first->second;
    edge = std::max(edge, channel.last);
  }
  Coverage coverage;
  for (std::size_t index = 0; index < rules.logs().size(); ++index) {
    const LogRule& rule = rules.logs()[index];
    std::map<HostId, Instant> proofs;
    if (rule.proven_by) {
      proofs = find_proofs(data, rule);
    }
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
      log.gaps = channel.gaps;
      log.records = channel.records;
      log.ends_because = channel.damaged
                             ? "the file is damaged behind its last record"
                             : "newest record of this host";
      if (rule.proven_by) {
        const auto proof = proofs.find(key.host);
        log.proven = proof != proofs.end();
        if (log.proven) {
          log.from = std::max(log.from, proof->second - rule.holds_back);
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
    return {false, "begins only at " + format_utc(entry->from)};
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
