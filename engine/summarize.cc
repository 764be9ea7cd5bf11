#include "engine/summarize.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace deskfall {

namespace {

/// Logs that every host of its role should have brought along.
std::vector<std::string> missing_logs(const Situation& s) {
  std::vector<std::string> missing;
  std::set<HostId> servers;
  std::set<HostId> clients;
  for (const Attempt& attempt : s.attempts) {
    if (attempt.server.exists()) {
      servers.insert(attempt.server.host);
    }
    if (attempt.client.exists()) {
      clients.insert(attempt.client.host);
    }
  }
  const auto look = [&](HostId host, std::string_view id) {
    const auto log = s.rules.find_log(id);
    if (log && s.coverage.find(*log, host) == nullptr) {
      missing.push_back(fmt::format("{}: {}", s.data.host_name(host),
                                    s.rules.logs()[*log].title));
    }
  };
  for (const HostId host : servers) {
    for (const std::string_view id :
         {"rdpcorets-operational", "system", "lsm-operational", "security"}) {
      look(host, id);
    }
  }
  for (const HostId host : clients) {
    look(host, "rdpclient-operational");
  }
  if (clients.empty()) {
    missing.push_back("the client's log of any client");
  }
  if (servers.empty()) {
    missing.push_back("the protocol log of any server");
  }
  return missing;
}

}  // namespace

Report::Summary summarize(const Situation& s,
                          std::span<const ExplainedFailure> failures,
                          std::span<const Report::Source> sources) {
  Report::Summary summary;
  std::set<std::string> hosts;
  for (const std::string& host : s.data.hosts) {
    hosts.insert(host);
  }
  summary.hosts.assign(hosts.begin(), hosts.end());
  for (const Report::Source& source : sources) {
    summary.events += source.events;
    for (const std::string& note : source.notes) {
      if (note.starts_with(kHiddenRecordNote)) {
        summary.alerts.push_back(source.path + ": " + note);
      }
    }
    const bool damaged = source.outcome == "damaged";
    if (damaged || source.outcome == "unreadable") {
      summary.complete = false;
      summary.damaged.push_back(fmt::format(
          "{}: {}{}", source.path, source.outcome,
          source.bytes_dropped > 0
              ? fmt::format(", {} bytes dropped", source.bytes_dropped)
              : ""));
      if (!source.notes.empty()) {
        summary.damaged.back() += " - " + source.notes.front();
      }
    }
  }
  for (const RecordRun& run : s.data.runs) {
    summary.from =
        std::min(summary.from.value_or(run.first_time), run.first_time);
    summary.to = std::max(summary.to.value_or(run.last_time), run.last_time);
  }
  for (const Attempt& attempt : s.attempts) {
    ++summary.attempts;
    summary.succeeded += attempt.outcome == AttemptOutcome::kSuccess ? 1 : 0;
    summary.probes += attempt.outcome == AttemptOutcome::kProbe ? 1 : 0;
  }
  summary.failed = static_cast<std::int64_t>(failures.size());
  summary.explained = std::count_if(
      failures.begin(), failures.end(), [](const ExplainedFailure& f) {
        return f.ranking.verdict == Verdict::kExplained;
      });
  summary.missing = missing_logs(s);
  // A server that only the client names left no log at all.
  std::set<std::string> unseen;
  for (const ExplainedFailure& explained : failures) {
    const Failure& failure = explained.failure;
    if (failure.server_host == kNoHost && !failure.server_name.empty()) {
      unseen.insert(failure.server_name);
    }
  }
  for (const std::string& name : unseen) {
    summary.missing.push_back(name + ": every log");
  }
  return summary;
}

}  // namespace deskfall
