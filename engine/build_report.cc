#include "engine/build_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "engine/advice.h"
#include "engine/clock_sentence.h"
#include "engine/codes.h"
#include "engine/evidence_book.h"
#include "engine/summarize.h"
#include "engine/wording.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// Retries of one user follow each other this fast.
constexpr Ticks kRetryGap = 180 * kTicksPerSecond;
/// One event of a server strikes its victims this close together.
constexpr Ticks kSameBlow = 60 * kTicksPerSecond;

class Builder {
 public:
  Builder(const Situation& situation, std::vector<ExplainedFailure> failures,
          const AnalyzeOptions& options)
      : s_(situation), failures_(std::move(failures)), options_(options) {}

  Report build();

 private:
  void cite_everything();
  void number_incidents();
  void add_run();
  void add_sources();
  void add_coverage();
  void list_not_covered();
  void add_clocks();
  void add_attempts();
  void add_failures();
  void add_evidence();

  std::vector<EventIndex> key_events(const Attempt& attempt) const;
  Report::Peer client_peer(const Attempt& attempt) const;
  std::optional<Instant> on_server_clock(const Attempt& attempt,
                                         EventIndex index) const;
  Report::Peer server_peer(const Attempt& attempt) const;
  Report::Cause cause(const Failure& failure, const RankedCause& ranked) const;
  std::vector<std::string> next_steps(const Report::Failure& failure) const;

  const Situation& s_;
  std::vector<ExplainedFailure> failures_;
  const AnalyzeOptions& options_;
  EvidenceBook book_;
  Report report_;
};

/// Every account of an attempt; a gateway's counts as the network's.
std::array<const View*, 4> views_of(const Attempt& attempt) {
  return {&attempt.client, &attempt.server, &attempt.gateway, &attempt.network};
}

/// The records that carry an attempt's story: rungs, end and codes.
std::vector<EventIndex> Builder::key_events(const Attempt& attempt) const {
  std::set<EventIndex> events(attempt.code_events.begin(),
                              attempt.code_events.end());
  if (attempt.outcome != AttemptOutcome::kScan) {
    for (const View* view : views_of(attempt)) {
      if (view->exists()) {
        events.insert(view->events.front());
      }
      for (const LadderStep& step : view->steps) {
        events.insert(step.event);
      }
    }
    if (attempt.close_event) {
      events.insert(*attempt.close_event);
    }
  }
  return {events.begin(), events.end()};
}

void Builder::cite_everything() {
  for (const Attempt& attempt : s_.attempts) {
    for (const EventIndex event : key_events(attempt)) {
      book_.cite(event);
    }
  }
  for (const ExplainedFailure& explained : failures_) {
    for (const RankedCause& ranked : explained.ranking.causes) {
      for (const Finding& finding : ranked.judgement.findings) {
        for (const EventIndex event : finding.evidence) {
          book_.cite(event);
        }
      }
    }
  }
  book_.close();
}

/// Retries of one client, and victims of one blow to a server, are one
/// incident.
void Builder::number_incidents() {
  int next = 0;
  for (std::size_t i = 0; i < failures_.size(); ++i) {
    Failure& mine = failures_[i].failure;
    const auto& my_top = failures_[i].ranking.causes;
    for (std::size_t j = i; j-- > 0 && mine.incident < 0;) {
      const Failure& other = failures_[j].failure;
      if (!mine.when || !other.when || mine.server_name != other.server_name ||
          mine.server_name.empty()) {
        continue;
      }
      const Ticks gap = *mine.when - *other.when;
      const auto ip = static_cast<std::size_t>(Entity::kClientIp);
      const bool same_client = (mine.client_host != kNoHost &&
                                mine.client_host == other.client_host) ||
                               (!mine.bindings[ip].empty() &&
                                mine.bindings[ip] == other.bindings[ip]);
      const auto& other_top = failures_[j].ranking.causes;
      const bool same_cause =
          failures_[i].ranking.verdict == Verdict::kExplained &&
          failures_[j].ranking.verdict == Verdict::kExplained &&
          my_top.front().judgement.cause == other_top.front().judgement.cause;
      if ((same_client && gap <= kRetryGap) ||
          (same_cause && gap <= kSameBlow)) {
        mine.incident = other.incident;
      }
    }
    if (mine.incident < 0) {
      mine.incident = next++;
    }
  }
}

void Builder::add_run() {
  report_.run.version = options_.version;
  report_.run.pack = s_.rules.pack().name + " " + s_.rules.pack().version;
  report_.run.pack_sha256 = s_.rules.sha256();
  report_.run.options = options_.described;
  for (const CaseInput& input : s_.data.inputs) {
    report_.run.inputs.push_back({input.name, input.sha256, input.bytes});
  }
}

void Builder::add_sources() {
  // Numbered by path, so that the order of reading leaves no trace.
  std::int64_t id = 0;
  for (const Store::SourceRow& row : s_.data.sources) {
    Report::Source source;
    source.id = ++id;
    source.path = row.file.path;
    source.sha256 = row.file.sha256;
    source.bytes = row.file.bytes;
    source.format = format_name(row.file.format);
    source.host = row.file.host;
    source.events = row.file.events;
    source.recovered = row.file.recovered;
    source.kept = row.file.kept;
    source.bytes_accepted = row.accepted;
    source.bytes_dropped = row.dropped;
    source.outcome = outcome_name(row.file.outcome);
    source.notes = row.notes;
    report_.sources.push_back(std::move(source));
  }
}

void Builder::add_coverage() {
  for (const LogCoverage& log : s_.coverage.logs()) {
    Report::Coverage row;
    row.host = s_.data.host_name(log.host);
    row.log = s_.rules.logs()[log.log].id;
    row.events = log.records;
    if (log.proven) {
      row.from = log.from;
      row.to = log.to;
      row.ends_because = log.ends_because;
      for (const CoverageGap& gap : log.gaps) {
        row.gaps.push_back({gap.from, gap.to, gap.why});
      }
    } else {
      row.ends_because = "nothing proves that it was switched on";
    }
    row.begins_because = log.proven ? log.begins_because : "";
    row.collect = s_.rules.logs()[log.log].collect;
    report_.coverage.push_back(std::move(row));
  }
  list_not_covered();
}

/// The logs that a host of its role writes and that are not in the bundle.
void Builder::list_not_covered() {
  std::set<std::pair<HostId, Side>> roles;
  for (const Attempt& attempt : s_.attempts) {
    if (attempt.server.exists()) {
      roles.insert({attempt.server.host, Side::kServer});
    }
    if (attempt.client.exists()) {
      roles.insert({attempt.client.host, Side::kClient});
    }
  }
  std::set<std::pair<HostId, std::size_t>> listed;
  for (const auto& [host, side] : roles) {
    for (std::size_t log = 0; log < s_.rules.logs().size(); ++log) {
      const LogRule& rule = s_.rules.logs()[log];
      const bool fits = rule.side == side || rule.side == Side::kAny;
      if (!fits || s_.coverage.find(log, host) != nullptr ||
          !listed.insert({host, log}).second) {
        continue;
      }
      Report::Coverage row;
      row.host = s_.data.host_name(host);
      row.log = rule.id;
      row.ends_because = "not in the bundle";
      row.collect = rule.collect;
      report_.not_covered.push_back(std::move(row));
    }
  }
}

void Builder::add_clocks() {
  for (const Clocks::Row& row : s_.clocks.rows()) {
    Report::Clock clock;
    clock.host = s_.data.host_name(row.host);
    clock.relative_to = s_.data.host_name(row.relative_to);
    clock.offset_low = row.offset.low;
    clock.offset_high = row.offset.high;
    clock.pairs = row.offset.pairs;
    clock.sentence = clock_sentence(row, s_.data);
    report_.clocks.push_back(std::move(clock));
  }
}

Report::Peer Builder::client_peer(const Attempt& attempt) const {
  Report::Peer peer;
  peer.host = s_.data.host_name(attempt.client.host);
  peer.address = attempt.client_address;
  peer.user = attempt.user.empty() ? attempt.user_sid : attempt.user;
  return peer;
}

Report::Peer Builder::server_peer(const Attempt& attempt) const {
  Report::Peer peer;
  peer.host = s_.data.host_name(attempt.server.host);
  if (peer.host.empty()) {
    const Endpoint target = parse_endpoint(attempt.target);
    peer.host = target.address;
    peer.port = target.port;
  }
  return peer;
}

std::optional<Instant> Builder::on_server_clock(const Attempt& attempt,
                                                EventIndex index) const {
  const CaseEvent& event = s_.data.events[index];
  if (event.clock == ClockNote::kNone) {
    return std::nullopt;
  }
  const HostId from =
      event.host_id != kNoHost ? event.host_id : attempt.client.host;
  if (!attempt.server.exists() || from == kNoHost) {
    return event.time;
  }
  const Offset offset =
      s_.clocks.between(from, attempt.server.host, event.time);
  return offset.assumed ? event.time
                        : event.time + (offset.low + offset.high) / 2;
}

void Builder::add_attempts() {
  for (std::size_t i = 0; i < s_.attempts.size(); ++i) {
    const Attempt& attempt = s_.attempts[i];
    Report::Attempt row;
    row.id = std::to_string(i + 1);
    row.client = client_peer(attempt);
    row.server = server_peer(attempt);
    row.began = attempt.began(s_.data);
    if (attempt.client.closed || attempt.server.closed) {
      row.ended =
          attempt.client.closed ? attempt.client.ended : attempt.server.ended;
    }
    row.stage = stage_name(attempt.passed);
    row.close = close_name(attempt.close);
    row.outcome = attempt_outcome_name(attempt.outcome);
    row.evidence = book_.ids(key_events(attempt));
    for (const EventIndex event : key_events(attempt)) {
      row.on_server.push_back(on_server_clock(attempt, event));
    }
    row.join = join_name(attempt.join);
    row.closed_by = closer_name(attempt.closer);
    row.through = attempt.gateway.exists()
                      ? s_.data.host_name(attempt.gateway.host)
                  : attempt.through_nat ? "NAT"
                                        : "";
    row.reason = end_reason(attempt);
    for (const SeenCode& code : attempt.codes) {
      row.codes.push_back(code.what + "=" + code.value);
    }
    if (attempt.outcome != AttemptOutcome::kScan) {
      for (const View* view : views_of(attempt)) {
        for (const LadderStep& step : view->steps) {
          row.steps.push_back(
              {std::string(stage_name(step.stage)),
               s_.data.events[step.event].time,
               view == &attempt.client   ? "client"
               : view == &attempt.server ? "server"
                                         : "network",
               record_text(s_.rules, s_.data.events[step.event]),
               book_.id(step.event)});
        }
      }
    }
    report_.attempts.push_back(std::move(row));
  }
}

Report::Cause Builder::cause(const Failure& failure,
                             const RankedCause& ranked) const {
  const CauseRule& rule = *ranked.judgement.cause;
  Report::Cause out;
  out.id = rule.id;
  out.title = rule.title;
  out.grade = grade_name(ranked.grade);
  out.weight = ranked.weight;
  out.posterior = ranked.posterior;
  out.supported = !ranked.judgement.ruled_out && ranked.judgement.required_met;
  out.sentence = cause_sentence(s_, failure, ranked.judgement);
  for (const Finding& finding : ranked.judgement.findings) {
    Report::Finding row;
    row.item = finding.id;
    row.role = finding.role;
    // The value speaks of the records, not of the item: an item that asks for
    // none of them holds when they are absent.
    Value value = finding.value;
    if (finding.item != nullptr && finding.item->form == Form::kNone &&
        value != Value::kUnknown) {
      value = value == Value::kPresent ? Value::kAbsent : Value::kPresent;
    }
    row.value = value_name(value);
    row.weight = finding.weight;
    row.sentence = finding_sentence(s_, failure, rule, finding);
    row.evidence = book_.ids(finding.evidence);
    out.findings.push_back(std::move(row));
  }
  out.remedy = {rule.remedy.steps, rule.remedy.risk, rule.remedy.verify};
  return out;
}

std::vector<std::string> Builder::next_steps(
    const Report::Failure& failure) const {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> next;
  if (failure.verdict == "explained" && !failure.causes.empty()) {
    next = failure.causes.front().remedy.steps;
    return next;
  }
  for (const Report::Missing& missing : failure.missing) {
    if (next.size() < kMost) {
      next.push_back(missing.collect);
    }
  }
  if (next.empty()) {
    next.push_back(
        "Capture the next failure on both ends with a network trace; the "
        "logs at hand show no known cause");
  }
  return next;
}

void Builder::add_failures() {
  for (std::size_t i = 0; i < failures_.size(); ++i) {
    const Failure& failure = failures_[i].failure;
    const Ranking& ranking = failures_[i].ranking;
    const Attempt& attempt = s_.attempts[failure.attempt];
    Report::Failure row;
    row.id = std::to_string(i + 1);
    row.attempt = std::to_string(failure.attempt + 1);
    row.when = failure.when;
    row.client = client_peer(attempt);
    row.server = server_peer(attempt);
    if (row.server.host.empty()) {
      row.server.host = failure.server_name;
    }
    row.error = attempt.error;
    row.extended = attempt.extended;
    row.stage = stage_range_name(attempt.fell);
    row.close = close_name(attempt.close);
    row.verdict = verdict_name(ranking.verdict);
    row.incident = "i" + std::to_string(failure.incident + 1);
    row.headline = headline(s_, failure);
    for (const RankedCause& ranked : ranking.causes) {
      row.causes.push_back(cause(failure, ranked));
    }
    for (const MissingLog& log : ranking.missing) {
      const LogRule& rule = s_.rules.logs()[log.log];
      const std::string host =
          log.side == Side::kClient ? row.client.host : row.server.host;
      row.missing.push_back({rule.id, host, log.why, rule.collect});
    }
    row.next = next_steps(row);
    row.advice = answer_advice(
        s_, failure, row.verdict == "explained" ? row.causes.front().id : "");
    report_.failures.push_back(std::move(row));
  }
}

void Builder::add_evidence() {
  std::map<std::int64_t, std::int64_t> source_number;
  for (std::size_t i = 0; i < s_.data.sources.size(); ++i) {
    source_number[s_.data.sources[i].file.id] =
        static_cast<std::int64_t>(i) + 1;
  }
  for (const auto& [index, id] : book_.all()) {
    const CaseEvent& event = s_.data.events[index];
    Report::Evidence row;
    row.id = id;
    row.event = event.id;
    row.source = source_number[event.source];
    row.host = s_.data.host_name(event.host_id);
    row.channel = event.channel;
    row.provider = event.provider;
    row.event_id = event.event_id;
    row.record_id = event.record_id;
    row.offset = event.offset;
    row.line = event.line;
    if (event.clock != ClockNote::kNone) {
      row.time = event.time;
    }
    row.clock_note = clock_note_name(event.clock);
    row.text = record_text(s_.rules, event);
    report_.evidence.push_back(std::move(row));
  }
}

Report Builder::build() {
  cite_everything();
  number_incidents();
  add_run();
  add_sources();
  add_coverage();
  add_clocks();
  add_attempts();
  add_failures();
  add_evidence();
  report_.summary = summarize(s_, failures_, report_.sources);
  return std::move(report_);
}

}  // namespace

Report build_report(const Situation& situation,
                    std::vector<ExplainedFailure> failures,
                    const AnalyzeOptions& options) {
  return Builder(situation, std::move(failures), options).build();
}

}  // namespace deskfall
