#include "engine/test_case.h"

#include <algorithm>
#include <map>
#include <set>

#include "ingest/store.h"
#include "ingest/text.h"
#include "rules/display_text.h"

namespace deskfall {

namespace {

constexpr std::string_view kClient = "PC1";
constexpr std::string_view kServer = "SRV01";
constexpr std::string_view kCore =
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
constexpr std::string_view kRdpClient =
    "Microsoft-Windows-TerminalServices-ClientActiveXCore";
constexpr std::string_view kRdpClientChannel =
    "Microsoft-Windows-TerminalServices-RDPClient/Operational";
constexpr std::string_view kActivity = "F4200000-0000-0000-0000-000000000001";
constexpr std::string_view kClientActivity =
    "C1000000-0000-0000-0000-000000000001";
constexpr std::string_view kSession = "3";
constexpr std::uint32_t kSocketClosed = 0x904;
constexpr std::uint64_t kRecords = 1'000'000;
constexpr int kNoise = 1'000;
/// A whole source is intact; of a damaged one nothing behind its last record
/// is proven.
constexpr std::int64_t kWhole = 1;
constexpr std::int64_t kTorn = 2;

class CaseOfTest {
 public:
  CaseOfTest(const RuleTest& test, const RuleSet& rules,
             const MutatedCase& mutated)
      : test_(test), rules_(rules), mutated_(mutated) {}

  Result<CaseData> build();

 private:
  void add(Side side, Ticks t, Event event);
  void add_connection();
  void core(Ticks t, std::uint32_t id, std::string_view field = {},
            std::string_view value = {});
  [[nodiscard]] Result<void> add_row(const TestRow& row);
  void complete_provider(Event& event) const;
  void add_proofs();
  void mutate();
  [[nodiscard]] bool is_dropped(const std::string& channel) const;
  [[nodiscard]] Result<void> add_runs(Store& store) const;

  const RuleTest& test_;
  const RuleSet& rules_;
  const MutatedCase& mutated_;
  std::vector<Event> events_;
};

void CaseOfTest::add(Side side, Ticks t, Event event) {
  const Side end = side == Side::kClient ? Side::kClient : Side::kServer;
  event.host = end == Side::kClient ? kClient : kServer;
  const auto ahead = test_.clock.find(end);
  event.time =
      test_zero() + t + (ahead == test_.clock.end() ? 0 : ahead->second);
  event.clock = ClockNote::kExact;
  events_.push_back(std::move(event));
}

void CaseOfTest::core(Ticks t, std::uint32_t id, std::string_view field,
                      std::string_view value) {
  Event event;
  event.provider = kCore;
  event.channel = std::string(kCore) + "/Operational";
  event.event_id = id;
  event.activity_id = kActivity;
  event.process_id = 1000;
  if (!field.empty()) {
    event.fields.add(field, value);
  }
  add(Side::kServer, t, std::move(event));
}

/// What both ends write of a connection that falls at a rung.
void CaseOfTest::add_connection() {
  const TestConnection connection = test_.connection.value_or(TestConnection{});
  const Ticks lasted =
      connection.lasted > 0 ? connection.lasted : kTicksPerSecond / 2;
  constexpr Ticks kMs = kTicksPerMillisecond;
  if (connection.client_log) {
    const auto client = [&](Ticks t, std::uint32_t id, const std::string& value,
                            const std::string& field = "Value") {
      Event event;
      event.provider = kRdpClient;
      event.channel = kRdpClientChannel;
      event.event_id = id;
      event.activity_id = kClientActivity;
      event.process_id = 2000;
      event.fields.add(field, value);
      add(Side::kClient, t, std::move(event));
    };
    client(-lasted - 20 * kMs, 1024, std::string(kServer));
    if (connection.stage > Stage::kLogon && connection.server_log) {
      client(-lasted + 220 * kMs, 1025, "");
      client(-lasted + 260 * kMs, 1027, std::string(kSession), "SessionId");
    }
    client(10 * kMs, 1026,
           std::to_string(connection.error.value_or(kSocketClosed)));
  }
  if (!connection.server_log) {
    return;
  }
  const Ticks start = -lasted;
  Event accept;
  accept.provider = kCore;
  accept.channel = std::string(kCore) + "/Operational";
  accept.event_id = 131;
  accept.activity_id = kActivity;
  accept.process_id = 1000;
  accept.fields.add("ConnType", "TCP");
  accept.fields.add("ClientIP", connection.client_ip + ":50712");
  add(Side::kServer, start, std::move(accept));
  core(start + 8 * kMs, 65, "ConnectionName", "RDP-Tcp#1");
  core(start + 12 * kMs, 72, "MethodName", "PrepareForAccept");
  if (connection.stage > Stage::kTls) {
    core(start + 60 * kMs, 153, "Protocol", "TLS 1.2");
  }
  if (connection.stage > Stage::kCredssp) {
    core(start + 200 * kMs, 72, "MethodName", "OnStartLicensing");
  }
  if (connection.stage > Stage::kLicensing) {
    core(start + 205 * kMs, 72, "MethodName", "ProtocolComplete");
    core(start + 206 * kMs, 98);
  }
  if (connection.stage > Stage::kLogon) {
    core(start + 250 * kMs, 66, "SessionID", kSession);
  }
  core(0, 102);
}

/// A selector may ask for the end of a provider's name only; the catalogue
/// knows the whole.
void CaseOfTest::complete_provider(Event& event) const {
  const std::string end = to_lower_ascii(event.provider);
  if (rules_.events().count({event.event_id, end}) != 0) {
    return;
  }
  for (const auto& [key, entry] : rules_.events()) {
    if (key.first == event.event_id && key.second.ends_with(end)) {
      event.provider = key.second;
      return;
    }
  }
}

Result<void> CaseOfTest::add_row(const TestRow& row) {
  Event event;
  std::map<std::string, std::string> given(row.fields.begin(),
                                           row.fields.end());
  if (!row.signal.empty()) {
    const SignalRule& rule = rules_.signals()[*rules_.find_signal(row.signal)];
    const auto example = rule.selector->example(given);
    if (!example) {
      return fail(ErrorKind::kUsage,
                  "signal '" + row.signal +
                      "' does not say what its records "
                      "look like",
                  row.origin.file + ":" + std::to_string(row.origin.line),
                  "give the row its fields, or channel, provider and id");
    }
    event = *example;
    complete_provider(event);
    const LogRule& log = rules_.logs()[rule.log];
    if (event.channel.empty() && !log.channels.empty()) {
      event.channel = log.channels.front();
    }
  } else {
    event.channel = row.channel;
    event.provider = row.provider;
    event.event_id = row.event_id;
    for (const auto& [name, value] : row.fields) {
      event.fields.add(name, value);
    }
  }
  if (row.activity == "own") {
    event.activity_id = row.host == Side::kClient ? kClientActivity : kActivity;
  } else if (!row.activity.empty()) {
    event.activity_id = row.activity;
  }
  add(row.host, row.t, std::move(event));
  return {};
}

/// Logs that are off by default prove long before that they are on.
void CaseOfTest::add_proofs() {
  for (const LogRule& log : rules_.logs()) {
    const auto proof =
        log.proven_by ? log.proven_by->example({}) : std::optional<Event>();
    if (proof && !log.channels.empty()) {
      Event event = *proof;
      event.channel = log.channels.front();
      add(log.side, -47 * kTicksPerHour, std::move(event));
    }
  }
}

bool CaseOfTest::is_dropped(const std::string& channel) const {
  const auto holds = [&](const std::string& id) {
    const auto index = rules_.find_log(id);
    return index && std::any_of(rules_.logs()[*index].channels.begin(),
                                rules_.logs()[*index].channels.end(),
                                [&](const std::string& name) {
                                  return equals_ignore_case(name, channel);
                                });
  };
  return holds(mutated_.log) ||
         std::any_of(test_.drop_logs.begin(), test_.drop_logs.end(), holds);
}

void CaseOfTest::mutate() {
  std::erase_if(events_, [this](const Event& event) {
    return is_dropped(event.channel);
  });
  // Record numbers follow the clock of each log, as on a host.
  std::stable_sort(
      events_.begin(), events_.end(),
      [](const Event& a, const Event& b) { return a.time < b.time; });
  std::map<std::pair<std::string, std::string>, std::uint64_t> next;
  for (Event& event : events_) {
    event.record_id = ++next[{event.host, event.channel}];
  }
  const std::vector<Event> as_told = events_;
  switch (mutated_.mutation) {
    case Mutation::kDuplicate:
      events_.insert(events_.end(), as_told.begin(), as_told.end());
      break;
    case Mutation::kShuffle:
      std::reverse(events_.begin(), events_.end());
      break;
    case Mutation::kShift:
      for (Event& event : events_) {
        event.time = event.time + kTicksPerHour;
      }
      break;
    case Mutation::kNoise:
      for (int i = 0; i < kNoise; ++i) {
        Event event;
        event.provider = "Nobody-Knows-This";
        event.channel = "Nobody-Knows-This/Operational";
        event.event_id = 60'000;
        event.record_id = static_cast<std::uint64_t>(i) + 1;
        event.host = i % 2 == 0 ? kClient : kServer;
        event.clock = ClockNote::kExact;
        event.time = test_zero() + (i - kNoise / 2) * kTicksPerSecond / 10;
        event.fields.add("Number", std::to_string(i));
        events_.push_back(std::move(event));
      }
      break;
    case Mutation::kTranslate:
      for (Event& event : events_) {
        FieldList fields;
        for (std::size_t i = 0; i < event.fields.size(); ++i) {
          const std::string_view name = event.fields.name(i);
          fields.add(name, is_display_text(event, name)
                               ? translate(event.fields.value(i))
                               : std::string(event.fields.value(i)));
        }
        event.fields = fields;
      }
      break;
    case Mutation::kNone:
    case Mutation::kWiden:
    case Mutation::kDropLog:
      break;
  }
}

Result<void> CaseOfTest::add_runs(Store& store) const {
  const Ticks shift =
      mutated_.mutation == Mutation::kShift ? kTicksPerHour : Ticks{0};
  std::set<std::pair<std::string, std::string>> done;
  // What a test says about a log goes before what is usual.
  std::vector<const LogRule*> logs;
  for (const LogRule& log : rules_.logs()) {
    logs.push_back(&log);
  }
  std::stable_partition(logs.begin(), logs.end(), [this](const LogRule* log) {
    return test_.coverage.count(log->id) != 0;
  });
  for (const LogRule* log : logs) {
    const auto told = test_.coverage.find(log->id);
    for (const std::string& channel : log->channels) {
      for (const std::string_view host : {kClient, kServer}) {
        const bool wrong = (log->side == Side::kClient && host == kServer) ||
                           (log->side == Side::kServer && host == kClient);
        if (wrong || is_dropped(channel) ||
            !done.emplace(host, to_lower_ascii(channel)).second) {
          continue;
        }
        RecordRun run;
        run.source = told == test_.coverage.end() ? kWhole : kTorn;
        run.host = host;
        run.channel = channel;
        run.first_id = 1;
        run.last_id = kRecords;
        run.first_time = test_zero() + shift +
                         (told == test_.coverage.end() ? -2 * kTicksPerDay
                                                       : told->second.first);
        run.last_time =
            test_zero() + shift +
            (told == test_.coverage.end() ? kTicksPerDay : told->second.second);
        run.records = static_cast<std::int64_t>(kRecords);
        DF_CHECK(store.add_run(run));
      }
    }
  }
  return {};
}

Result<CaseData> CaseOfTest::build() {
  add_connection();
  for (const TestRow& row : test_.rows) {
    DF_CHECK(add_row(row));
  }
  add_proofs();
  mutate();
  DF_TRY(Store store, Store::create_passing());
  for (const Event& event : events_) {
    const auto told = std::any_of(
        test_.coverage.begin(), test_.coverage.end(), [&](const auto& entry) {
          const auto& channels =
              rules_.logs()[*rules_.find_log(entry.first)].channels;
          return std::find(channels.begin(), channels.end(), event.channel) !=
                 channels.end();
        });
    DF_CHECK(store.add_event(event, told ? kTorn : kWhole));
  }
  for (const std::int64_t id : {kWhole, kTorn}) {
    SourceFile source;
    source.id = id;
    source.path = id == kWhole ? "test" : "torn";
    source.format = Format::kEvtx;
    if (id == kTorn) {
      source.damage.dropped({0, 1}, "the test says so");
    }
    DF_CHECK(store.add_source(source));
  }
  DF_CHECK(add_runs(store));
  DF_CHECK(store.finish());
  return load_case(store);
}

}  // namespace

std::string_view mutation_name(Mutation mutation) {
  switch (mutation) {
    case Mutation::kNone:
      return "as written";
    case Mutation::kDuplicate:
      return "every record twice";
    case Mutation::kShuffle:
      return "records in another order";
    case Mutation::kShift:
      return "all clocks an hour ahead";
    case Mutation::kNoise:
      return "a thousand other records";
    case Mutation::kTranslate:
      return "display texts in another language";
    case Mutation::kWiden:
      return "clocks known to five minutes";
    case Mutation::kDropLog:
      return "without a log";
  }
  return "";
}

Instant test_zero() {
  static const Instant kZero =
      parse_iso8601("2026-03-02T08:00:00Z").value_or(Instant{});
  return kZero;
}

Result<CaseData> build_test_case(const RuleTest& test, const RuleSet& rules,
                                 const MutatedCase& mutated) {
  return CaseOfTest(test, rules, mutated).build();
}

}  // namespace deskfall
