#include "report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace deskfall {

namespace {

constexpr std::array<std::string_view, 8> kLadder = {
    "dns", "tcp", "x224", "tls", "credssp", "licensing", "logon", "session"};

/// Position on the ladder, -1 when it is not a rung.
int rung_of(std::string_view stage) {
  const auto* at = std::find(kLadder.begin(), kLadder.end(), stage);
  return at == kLadder.end() ? -1 : static_cast<int>(at - kLadder.begin());
}

std::string date_of(const CivilTime& civil) {
  return fmt::format("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
}

std::string clock_of(const CivilTime& civil) {
  return fmt::format("{:02}:{:02}:{:02}.{:03}", civil.hour, civil.minute,
                     civil.second, civil.ticks / kTicksPerMillisecond);
}

std::string name_or(const Report::Peer& peer, std::string_view unknown) {
  if (!peer.host.empty()) {
    return peer.host;
  }
  return peer.address.empty() ? std::string(unknown) : peer.address;
}

}  // namespace

Side side_of(const Report::Finding& finding) {
  if (finding.value == "unknown") {
    return Side::kCannotTell;
  }
  if (finding.weight != 0) {
    return finding.weight > 0 ? Side::kFor : Side::kAgainst;
  }
  const bool wanted = finding.role != "refuting" && finding.role != "stage";
  const bool present = finding.value == "present";
  return wanted == present ? Side::kFor : Side::kAgainst;
}

std::string_view side_word(Side side) {
  switch (side) {
    case Side::kFor:
      return "for";
    case Side::kAgainst:
      return "against";
    case Side::kCannotTell:
      return "cannot tell";
  }
  return {};
}

std::vector<const Report::Finding*> findings_of(const Report::Cause& cause,
                                                Side side) {
  std::vector<const Report::Finding*> found;
  for (const Report::Finding& finding : cause.findings) {
    if (side_of(finding) == side) {
      found.push_back(&finding);
    }
  }
  return found;
}

const Report::Finding* strongest_against(const Report::Cause& cause) {
  const Report::Finding* strongest = nullptr;
  for (const Report::Finding* finding : findings_of(cause, Side::kAgainst)) {
    if (strongest == nullptr || finding->weight < strongest->weight) {
      strongest = finding;
    }
  }
  return strongest;
}

bool is_ruled_out(const Report::Cause& cause) {
  return cause.grade == "ruled out";
}

bool is_named(const Report::Cause& cause) {
  return cause.grade == "established" || cause.grade == "likely";
}

std::string code_text(const Report::Failure& failure) {
  if (!failure.error) {
    return failure.extended ? fmt::format("extended 0x{:x}", *failure.extended)
                            : "no code";
  }
  return failure.extended
             ? fmt::format("0x{:x} / 0x{:x}", *failure.error, *failure.extended)
             : fmt::format("0x{:x}", *failure.error);
}

std::string client_name(const Report::Peer& peer) {
  return name_or(peer, "unknown client");
}

std::string server_name(const Report::Peer& peer) {
  std::string name = name_or(peer, "unknown server");
  if (peer.port == 0) {
    return name;
  }
  const bool bare_v6 = name.find(':') != std::string::npos;
  return bare_v6 ? fmt::format("[{}]:{}", name, peer.port)
                 : fmt::format("{}:{}", name, peer.port);
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string counted(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string bytes_text(std::int64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) {
    return counted(bytes, "byte");
  }
  std::int64_t tenths = bytes / 100;
  std::size_t unit = 0;
  while (tenths >= 10'000 && unit + 1 < kUnits.size()) {
    tenths /= 1000;
    ++unit;
  }
  return tenths < 100
             ? fmt::format("{}.{} {}", tenths / 10, tenths % 10, kUnits[unit])
             : fmt::format("{} {}", grouped(tenths / 10), kUnits[unit]);
}

std::string record_name(const Report::Evidence& evidence) {
  constexpr std::array<std::string_view, 4> kVendor = {
      "Microsoft-Windows-RemoteDesktopServices-",
      "Microsoft-Windows-TerminalServices-", "Microsoft-Windows-Security-",
      "Microsoft-Windows-"};
  std::string_view provider = evidence.provider;
  for (const std::string_view prefix : kVendor) {
    if (provider.size() > prefix.size() && provider.starts_with(prefix)) {
      provider.remove_prefix(prefix.size());
      break;
    }
  }
  return evidence.event_id == 0
             ? std::string(provider)
             : fmt::format("{} {}", provider, evidence.event_id);
}

std::string position_text(const Report::Evidence& evidence) {
  if (evidence.record_id != 0) {
    return fmt::format("record {}", evidence.record_id);
  }
  return evidence.line != 0 ? fmt::format("line {}", evidence.line)
                            : fmt::format("offset {}", evidence.offset);
}

std::string Timescale::zone_name() const {
  return zone_.name().empty() ? "UTC" : zone_.name();
}

std::string Timescale::full(const std::optional<Instant>& time) const {
  if (!time) {
    return "no time";
  }
  const CivilTime civil = to_civil(zone_.to_wall(*time));
  return date_of(civil) + " " + clock_of(civil);
}

std::string Timescale::minute(Instant time) const {
  const CivilTime civil = to_civil(zone_.to_wall(time));
  return fmt::format("{} {:02}:{:02}", date_of(civil), civil.hour,
                     civil.minute);
}

std::string Timescale::near(Instant time,
                            const std::optional<Instant>& day) const {
  const CivilTime civil = to_civil(zone_.to_wall(time));
  const bool same_day =
      day && date_of(to_civil(zone_.to_wall(*day))) == date_of(civil);
  return same_day ? clock_of(civil) : date_of(civil) + " " + clock_of(civil);
}

std::string Timescale::of(const Report::Evidence& evidence,
                          const std::optional<Instant>& day) const {
  if (!evidence.time) {
    return "no time";
  }
  if (evidence.clock_note == clock_note_name(ClockNote::kZoneUnknown)) {
    return Timescale(Zone{}).near(*evidence.time, day) + "?";
  }
  return near(*evidence.time, day);
}

std::string Timescale::span(const std::optional<Instant>& from,
                            const std::optional<Instant>& to) const {
  if (!from || !to) {
    return "no times";
  }
  std::string begin = minute(*from);
  std::string end = minute(*to);
  if (begin.substr(0, 10) == end.substr(0, 10)) {
    end.erase(0, 11);
  }
  return fmt::format("{} to {} {}", begin, end, zone_name());
}

ReportIndex::ReportIndex(const Report& report) {
  for (const Report::Evidence& evidence : report.evidence) {
    evidence_.emplace(evidence.id, &evidence);
  }
  for (const Report::Source& source : report.sources) {
    sources_.emplace(source.id, &source);
  }
  for (const Report::Attempt& attempt : report.attempts) {
    attempts_.emplace(attempt.id, &attempt);
  }
}

const Report::Evidence* ReportIndex::evidence(std::string_view id) const {
  const auto found = evidence_.find(id);
  return found == evidence_.end() ? nullptr : found->second;
}

const Report::Source* ReportIndex::source(std::int64_t id) const {
  const auto found = sources_.find(id);
  return found == sources_.end() ? nullptr : found->second;
}

const Report::Attempt* ReportIndex::attempt(std::string_view id) const {
  const auto found = attempts_.find(id);
  return found == attempts_.end() ? nullptr : found->second;
}

std::vector<Rung> ladder(std::string_view passed, std::string_view fell) {
  const std::size_t dots = fell.find("..");
  const int from = rung_of(fell.substr(0, dots));
  const int to =
      dots == std::string_view::npos ? from : rung_of(fell.substr(dots + 2));
  const int last = rung_of(passed);
  std::vector<Rung> rungs;
  for (const std::string_view stage : kLadder) {
    const int at = rung_of(stage);
    RungState state = RungState::kNotReached;
    if (from >= 0 && at >= from && at <= to) {
      state = RungState::kFell;
    } else if (at <= last) {
      state = RungState::kPassed;
    }
    rungs.push_back({stage, state});
  }
  return rungs;
}

}  // namespace deskfall
