#include "tests/support/case_builder.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "engine/stitch.h"
#include "ingest/text.h"

namespace deskfall::testing {

namespace {

struct LogName {
  const char* key;
  const char* provider;
  const char* channel;
};
constexpr LogName kLogs[] = {
    {"core", "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
     "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational"},
    {"manager", "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
     "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"},
    {"session", "Microsoft-Windows-TerminalServices-LocalSessionManager",
     "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"},
    {"rdpclient", "Microsoft-Windows-TerminalServices-ClientActiveXCore",
     "Microsoft-Windows-TerminalServices-RDPClient/Operational"},
    {"system", "Service Control Manager", "System"},
    {"security", "Microsoft-Windows-Security-Auditing", "Security"},
    {"schannel", "Schannel", "System"},
    {"time", "Microsoft-Windows-Time-Service", "System"},
    {"dialog", "mstsc", "dialog"},
};

}  // namespace

Instant start_time() {
  return *parse_iso8601("2026-03-02T08:00:00Z");
}

Instant at(double seconds) {
  return start_time() + std::llround(seconds * 1e7);
}

CaseBuilder& CaseBuilder::add(std::string_view line) {
  const auto words = split(line, ' ');
  REQUIRE(words.size() >= 4);
  Event event;
  event.host = words[0] == "-" ? "" : words[0];
  event.time = at(std::stod(std::string(words[1])));
  event.clock = ClockNote::kExact;
  const auto log =
      std::find_if(std::begin(kLogs), std::end(kLogs),
                   [&](const LogName& name) { return name.key == words[2]; });
  REQUIRE(log != std::end(kLogs));
  event.provider = log->provider;
  event.channel = log->channel;
  event.event_id =
      static_cast<std::uint32_t>(std::stoul(std::string(words[3])));
  event.process_id = 100;
  for (std::size_t i = 4; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    if (words[i].starts_with('@')) {
      event.activity_id = words[i].substr(1);
    } else if (words[i] == "!recovered") {
      event.recovered = true;
    } else if (words[i] == "!seconds") {
      event.precision = kTicksPerSecond;
    } else if (words[i].starts_with('#')) {
      event.record_id = *parse_number(words[i].substr(1));
    } else {
      REQUIRE(equals != std::string_view::npos);
      event.fields.add(words[i].substr(0, equals), words[i].substr(equals + 1));
    }
  }
  std::uint64_t& next = next_[event.host + "/" + event.channel];
  if (event.record_id == 0) {
    event.record_id = ++next;
  }
  events_.push_back(std::move(event));
  return *this;
}

CaseBuilder& CaseBuilder::run(const std::string& host,
                              const std::string& channel, std::uint64_t first,
                              std::uint64_t last, double from, double to,
                              std::int64_t source) {
  runs_.push_back({source, host, channel, first, last, at(from), at(to),
                   static_cast<std::int64_t>(last - first + 1)});
  return *this;
}

CaseBuilder& CaseBuilder::damaged(std::int64_t source) {
  damaged_.push_back(source);
  return *this;
}

CaseBuilder& CaseBuilder::reversed() {
  std::reverse(events_.begin(), events_.end());
  return *this;
}

CaseData CaseBuilder::data() const {
  auto store = Store::create_temporary();
  REQUIRE(store);
  for (const Event& event : events_) {
    REQUIRE(store->add_event(event, 1));
  }
  for (std::int64_t id = 1; id <= 2; ++id) {
    SourceFile source;
    source.id = id;
    source.path = "source" + std::to_string(id);
    source.format = Format::kEvtx;
    if (std::count(damaged_.begin(), damaged_.end(), id) != 0) {
      source.damage.dropped({0, 100}, "torn");
    }
    REQUIRE(store->add_source(source));
  }
  for (const RecordRun& run : runs_) {
    REQUIRE(store->add_run(run));
  }
  REQUIRE(store->finish());
  auto data = load_case(*store);
  REQUIRE(data);
  return std::move(*data);
}

Stitched stitched(const CaseData& data) {
  static const Result<RuleSet> kRules = RuleSet::load({});
  REQUIRE(kRules.has_value());
  Stitched out;
  out.attempts = stitch(data, *kRules, out.clocks);
  return out;
}

}  // namespace deskfall::testing
