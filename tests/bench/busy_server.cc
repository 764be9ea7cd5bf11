#include "tests/bench/busy_server.h"

#include <fmt/format.h>

#include <algorithm>

namespace deskfall::bench {

namespace {

constexpr std::int64_t kDays = 10;
const std::string kCore = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
const std::string kLsm =
    "Microsoft-Windows-TerminalServices-LocalSessionManager";
const std::string kClient =
    "Microsoft-Windows-TerminalServices-ClientActiveXCore";
constexpr Ticks kMs = kTicksPerMillisecond;

class Maker {
 public:
  explicit Maker(const BusyOptions& options) : options_(options) {
    for (std::size_t i = 0; i < options.servers; ++i) {
      data_.hosts.push_back(fmt::format("SRV{:02}", i));
    }
    for (std::size_t i = 0; i < options.clients; ++i) {
      data_.hosts.push_back(fmt::format("PC{:04}", i));
    }
    numbers_.resize(data_.hosts.size(), 0);
    data_.events.reserve(options.events + 1000);
  }

  CaseData make() {
    const Instant begin = *parse_iso8601("2026-03-02T00:00:00Z");
    const Ticks step =
        kDays * kTicksPerDay /
        static_cast<Ticks>(std::max<std::size_t>(options_.attempts, 1));
    for (std::size_t i = 0; i < options_.attempts; ++i) {
      attempt(i, begin + step * static_cast<Ticks>(i));
    }
    for (std::size_t s = 0; s < options_.servers; ++s) {
      const auto host = static_cast<HostId>(s);
      for (std::int64_t day = 0; day < kDays; day += 3) {
        record(host, "System", "Microsoft-Windows-Kernel-General", 12,
               begin + day * kTicksPerDay);
      }
      CaseEvent& set =
          record(host, "System", "Microsoft-Windows-Kernel-General", 1,
                 begin + 5 * kTicksPerDay);
      set.fields.add("OldTime",
                     format_utc(begin + 5 * kTicksPerDay - 20 * kMs * 50));
      set.fields.add("NewTime", format_utc(begin + 5 * kTicksPerDay));
    }
    const std::size_t made = data_.events.size();
    for (std::size_t i = made; i < options_.events; ++i) {
      noise(i, begin + kDays * kTicksPerDay / 1'000'000 *
                           static_cast<Ticks>((i * 7919) % 1'000'000));
    }
    sort_events(data_);
    add_runs();
    return std::move(data_);
  }

 private:
  CaseEvent& record(HostId host, const std::string& channel,
                    const std::string& provider, std::uint32_t id, Instant at,
                    const std::string& activity = {}) {
    CaseEvent& event = data_.events.emplace_back();
    event.host_id = host;
    event.host = data_.hosts[static_cast<std::size_t>(host)];
    event.channel = channel;
    event.provider = provider;
    event.event_id = id;
    event.time = at;
    event.clock = ClockNote::kExact;
    event.activity_id = activity;
    event.process_id = 1000;
    event.record_id = ++numbers_[static_cast<std::size_t>(host)];
    return event;
  }
  CaseEvent& core(HostId host, std::uint32_t id, Instant at,
                  const std::string& activity) {
    return record(host, kCore + "/Operational", kCore, id, at, activity);
  }
  void method(HostId host, const char* name, Instant at,
              const std::string& activity) {
    core(host, 72, at, activity).fields.add("MethodName", name);
  }

  void attempt(std::size_t i, Instant at) {
    const auto server = static_cast<HostId>(i % options_.servers);
    const std::size_t pc = (i / 3) % options_.clients;
    const auto client = static_cast<HostId>(options_.servers + pc);
    // Every client's clock is off by its own amount, up to two minutes.
    const Ticks off =
        static_cast<Ticks>(pc * 977 % 240'000) * kMs - 120 * kTicksPerSecond;
    const std::string mine = fmt::format("F420{:08X}-0000", i);
    const std::string theirs = fmt::format("4A11{:08X}-0000", i);
    const std::string address =
        i % 3 == 2 ? fmt::format("203.0.113.{}", i % 250)
                   : fmt::format("192.0.{}.{}", pc / 250, pc % 250 + 1);
    const std::string peer =
        fmt::format("{}:{}", address, 49152 + i * 3 % 16000);
    CaseEvent& accept = core(server, 131, at, mine);
    accept.fields.add("ConnType", "TCP");
    accept.fields.add("ClientIP", peer);
    core(server, 65, at + 8 * kMs, mine)
        .fields.add("ConnectionName", fmt::format("RDP-Tcp#{}", i));
    method(server, "SendPolicyData", at + 12 * kMs, mine);
    core(server, 141, at + 14 * kMs, mine);
    if (i % 3 == 0) {
      session(i, server, client, at, off, mine, theirs, address);
    } else {
      core(server, 143, at + 90 * kMs, mine).fields.add("error", "64");
      core(server, 102, at + 92 * kMs, mine);
      core(server, 103, at + 93 * kMs, mine).fields.add("ReasonCode", "14");
    }
    if (i % 3 == 1) {
      opened(client, server, at - 40 * kMs + off, theirs);
      ended(client, at + 96 * kMs + off, theirs, "2308");
    }
  }

  void session(std::size_t i, HostId server, HostId client, Instant at,
               Ticks off, const std::string& mine, const std::string& theirs,
               const std::string& address) {
    method(server, "OnStartLicensing", at + 200 * kMs, mine);
    method(server, "ProtocolComplete", at + 205 * kMs, mine);
    core(server, 98, at + 206 * kMs, mine);
    CaseEvent& udp = core(server, 131, at + 234 * kMs, theirs);
    udp.fields.add("ConnType", "UDP");
    udp.fields.add("ClientIP", address + ":50000");
    core(server, 66, at + 600 * kMs, mine)
        .fields.add("SessionID", fmt::format("{}", i % 500 + 2));
    CaseEvent& lsm =
        record(server, kLsm + "/Operational", kLsm, 21, at + 620 * kMs, mine);
    lsm.fields.add("User", "EXAMPLE\\user");
    lsm.fields.add("SessionID", fmt::format("{}", i % 500 + 2));
    const Instant end = at + 30 * kTicksPerMinute;
    core(server, 107, end, mine);
    core(server, 102, end + kMs, mine);
    core(server, 103, end + 2 * kMs, mine).fields.add("ReasonCode", "13");
    opened(client, server, at - 40 * kMs + off, theirs);
    record(client, "client", kClient, 1102, at + 212 * kMs + off, theirs);
    record(client, "client", kClient, 1103, at + 241 * kMs + off, theirs);
    record(client, "client", kClient, 1025, at + 252 * kMs + off, theirs);
    record(client, "client", kClient, 1027, at + 640 * kMs + off, theirs)
        .fields.add("SessionId", fmt::format("{}", i % 500 + 2));
    ended(client, end + off, theirs, "1");
  }

  void opened(HostId client, HostId server, Instant at,
              const std::string& activity) {
    record(client, "client", kClient, 1024, at, activity)
        .fields.add("Value", data_.hosts[static_cast<std::size_t>(server)]);
    record(client, "client", kClient, 1028, at + 60 * kMs, activity);
  }
  void ended(HostId client, Instant at, const std::string& activity,
             const char* code) {
    record(client, "client", kClient, 1026, at, activity)
        .fields.add("Value", code);
  }

  /// One in ten is a filter row of some other connection.
  void noise(std::size_t i, Instant at) {
    const auto host = static_cast<HostId>(i % options_.servers);
    if (i % 10 == 0) {
      CaseEvent& row = record(host, "Security",
                              "Microsoft-Windows-Security-Auditing", 5156, at);
      row.fields.add("Direction", "%%14592");
      row.fields.add("SourceAddress", fmt::format("198.51.100.{}", i % 250));
      row.fields.add("SourcePort", fmt::format("{}", 1024 + i % 60000));
      row.fields.add("DestAddress", "192.0.2.10");
      row.fields.add("DestPort", i % 20 == 0 ? "3389" : "443");
      row.fields.add("Protocol", "6");
    } else if (i % 2 == 0) {
      record(host, "System", "Service Control Manager", 7036, at)
          .fields.add("param1", "A service");
    } else {
      CaseEvent& logon = record(
          host, "Security", "Microsoft-Windows-Security-Auditing", 4624, at);
      logon.fields.add("LogonType", "5");
      logon.fields.add("TargetUserName", "SYSTEM");
    }
  }

  /// Each host's logs as one unbroken run.
  void add_runs() {
    std::map<std::pair<HostId, std::string>, RecordRun> runs;
    for (const CaseEvent& event : data_.events) {
      RecordRun& run = runs[{event.host_id, event.channel}];
      if (run.records++ == 0) {
        run.source = 1;
        run.host = event.host;
        run.channel = event.channel;
        run.first_id = 1;
        run.first_time = event.time;
      }
      run.last_time = event.time;
      run.last_id = static_cast<std::uint64_t>(run.records);
    }
    for (auto& [key, run] : runs) {
      data_.runs.push_back(run);
    }
  }

  const BusyOptions& options_;
  CaseData data_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace

CaseData make_busy_case(const BusyOptions& options) {
  return Maker(options).make();
}

}  // namespace deskfall::bench
