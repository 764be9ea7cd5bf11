#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>

#include "embedded/report_page.h"
#include "report/look.h"
#include "report/render.h"
#include "report/safe_text.h"
#include "report/words.h"

namespace deskfall {

namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;

constexpr std::size_t kSentence = 1'000;  ///< characters
constexpr std::size_t kName = 200;        ///< characters of a name or path
constexpr std::size_t kRefs = 8;          ///< records linked from one finding
constexpr std::size_t kPoints = 14;       ///< steps drawn in the lanes
constexpr int kFirstPoint = 130;          ///< user units of the drawing
constexpr int kPointApart = 116;

std::string says(std::string_view text) {
  return shorten(text, kSentence);
}
std::string name(std::string_view text) {
  return shorten(text, kName);
}

void put(data& into, const std::string& key, std::string_view value) {
  into.set(key, std::string(value));
}

void put_count(data& into, const std::string& key, std::size_t count) {
  put(into, key, grouped(static_cast<std::int64_t>(count)));
}

/// A list under `key`, and "has_<key>" for what surrounds it.
void put_list(data& into, const std::string& key, const data& list) {
  into.set("has_" + key, data(!list.list_value().empty()));
  into.set(key, list);
}

data empty_list() {
  return data(data::type::list);
}

data text_item(std::string_view text) {
  data item;
  put(item, "text", says(text));
  return item;
}

data text_list(const std::vector<std::string>& texts) {
  data list = empty_list();
  for (const std::string& text : texts) {
    list << text_item(text);
  }
  return list;
}

void put_look(data& into, const std::string& key, const Look& look) {
  put(into, key + "_sign", look.sign);
  put(into, key + "_class", look.tone);
}

int lane_y(std::string_view side) {
  if (side == "client") {
    return 42;
  }
  return side == "server" ? 178 : 110;
}

/// Position of `part` in `whole`, in percent with two decimals.
std::string percent(Ticks part, Ticks whole) {
  const double share =
      whole <= 0 ? 0
                 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:.2f}", std::clamp(share, 0.0, 100.0));
}

class Page {
 public:
  Page(const Report& report, const RenderOptions& options)
      : report_(report), index_(report), time_(options.zone) {}

  std::string draw() {
    data page;
    put(page, "style", find_embedded(embedded_report_page(), "report.css"));
    put(page, "zone", name(time_.zone_name()));
    put_summary(page);
    put_failures(page);
    put_attempts(page);
    put_coverage(page);
    put_clocks(page);
    put_evidence(page);
    put_run(page);
    mustache layout{std::string(
        find_embedded(embedded_report_page(), "report.html.mustache"))};
    return layout.render(page);
  }

 private:
  void put_summary(data& page) const {
    const Report::Summary& sum = report_.summary;
    std::string inputs;
    for (const Report::Input& input : report_.run.inputs) {
      inputs += (inputs.empty() ? "" : ", ") + input.name;
    }
    put(page, "inputs_short", name(inputs));
    put(page, "span", time_.span(sum.from, sum.to));
    put(page, "attempt_count", grouped(sum.attempts));
    put(page, "succeeded", grouped(sum.succeeded));
    put(page, "failed", grouped(sum.failed));
    put(page, "explained", grouped(sum.explained));
    put(page, "probes", grouped(sum.probes));
    put(page, "event_count", grouped(sum.events));
    put_look(page, "completeness",
             sum.complete ? Look{"✓", "good"} : Look{"◐", "warn"});
    put(page, "completeness",
        sum.complete ? "All evidence was read" : "Evidence is incomplete");
    put_list(page, "alerts", text_list(sum.alerts));
    put_list(page, "damaged", text_list(sum.damaged));
    put_list(page, "lacking", text_list(sum.missing));
    put_count(page, "alert_count", sum.alerts.size());
    put_count(page, "damaged_count", sum.damaged.size());
    put_count(page, "lacking_count", sum.missing.size());
    page.set("has_losses", data(!sum.alerts.empty() || !sum.damaged.empty() ||
                                !sum.missing.empty()));
  }

  void put_failures(data& page) const {
    data failures = empty_list();
    data unjudged = empty_list();
    for (const Report::Failure& failure : report_.failures) {
      failures << failure_card(failure);
      for (const Report::Cause& cause : failure.causes) {
        if (is_ruled_out(cause)) {
          continue;
        }
        for (const auto* finding : findings_of(cause, Side::kCannotTell)) {
          data row;
          put(row, "failure_id", name(failure.id));
          put(row, "title", name(cause.title));
          put(row, "says", says(finding->sentence));
          unjudged << row;
        }
      }
    }
    put_count(page, "failure_count", report_.failures.size());
    put_list(page, "failures", failures);
    put_count(page, "unjudged_count", unjudged.list_value().size());
    put_list(page, "unjudged", unjudged);
  }

  data failure_card(const Report::Failure& failure) const {
    data card;
    put(card, "failure_id", name(failure.id));
    put_look(card, "verdict", verdict_look(failure.verdict));
    put(card, "verdict", name(failure.verdict));
    put(card, "when", time_.full(failure.when));
    put(card, "headline", says(failure.headline));
    put(card, "client_name", name(client_name(failure.client)));
    put(card, "server_name", name(server_name(failure.server)));
    put(card, "code", code_text(failure));
    std::vector<std::string> facts;
    const auto fact = [&](std::string_view label, const std::string& value) {
      if (!value.empty()) {
        facts.push_back(fmt::format("{} {}", label, name(value)));
      }
    };
    fact("fell in", failure.stage);
    fact("closed by", failure.close);
    fact("user", failure.client.user);
    fact("attempt", failure.attempt);
    fact("incident", failure.incident);
    card.set("facts", text_list(facts));
    put_ladder(card, failure);
    put_lanes(card, failure);
    put_causes(card, failure);
    put_wanted(card, failure);
    put_list(card, "next", text_list(failure.next));
    put_list(card, "advice", text_list(failure.advice));
    put_count(card, "next_count", failure.next.size());
    // Only an explained failure may be summed up by a cause; a first rival
    // would read like a verdict.
    const bool explained =
        failure.verdict == "explained" && !failure.causes.empty();
    const std::string& best =
        explained ? failure.causes.front().title : failure.headline;
    put(card, "summary_line",
        fmt::format("{} → {}, {}: {}", name(client_name(failure.client)),
                    name(server_name(failure.server)), code_text(failure),
                    name(best)));
    put(card, "ticket", ticket(failure));
    return card;
  }

  /// One paragraph that stands without the page.
  std::string ticket(const Report::Failure& failure) const {
    std::string out = fmt::format(
        "{} {}: Remote Desktop connection from {} to {} failed ({}){}. {} {}.",
        time_.full(failure.when), name(time_.zone_name()),
        name(client_name(failure.client)), name(server_name(failure.server)),
        code_text(failure),
        failure.stage.empty() ? "" : " in " + name(failure.stage),
        says(failure.headline), name(failure.verdict));
    for (const Report::Cause& cause : failure.causes) {
      if (!is_ruled_out(cause)) {
        out += fmt::format(" {}: {}.", name(cause.grade), name(cause.title));
      }
    }
    for (const std::string& step : failure.next) {
      out += fmt::format(" Next: {}.", says(step));
    }
    return out;
  }

  void put_ladder(data& card, const Report::Failure& failure) const {
    const Report::Attempt* attempt = index_.attempt(failure.attempt);
    const bool is_span = failure.stage.find("..") != std::string::npos;
    data rungs = empty_list();
    for (const Rung& rung :
         ladder(attempt == nullptr ? "" : attempt->stage, failure.stage)) {
      data item;
      put(item, "stage", rung.stage);
      switch (rung.state) {
        case RungState::kPassed:
          put_look(item, "rung", {"✓", "passed"});
          put(item, "rung_word", "passed");
          break;
        case RungState::kFell:
          put_look(item, "rung", {"✕", "fell"});
          put(item, "rung_word", is_span ? "in this span" : "fell here");
          break;
        case RungState::kNotReached:
          put_look(item, "rung", {"○", "open"});
          put(item, "rung_word", "no proof");
          break;
      }
      rungs << item;
    }
    put_list(card, "rungs", rungs);
  }

  void put_lanes(data& card, const Report::Failure& failure) const {
    const Report::Attempt* attempt = index_.attempt(failure.attempt);
    const bool drawn = attempt != nullptr && !attempt->steps.empty();
    card.set("has_lanes", data(drawn));
    if (!drawn) {
      return;
    }
    data points = empty_list();
    data steps = empty_list();
    std::string path;
    int x = kFirstPoint;
    int y = 0;
    for (std::size_t i = 0; i < attempt->steps.size(); ++i) {
      const Report::Step& step = attempt->steps[i];
      data item;
      put(item, "stage", name(step.stage));
      put(item, "side", name(step.side));
      put(item, "time", time_.near(step.when, failure.when));
      put(item, "what", says(step.what));
      put(item, "record", name(step.evidence));
      item.set("has_record", data(index_.evidence(step.evidence) != nullptr));
      steps << item;
      if (i >= kPoints) {
        continue;
      }
      x = kFirstPoint + kPointApart * static_cast<int>(i);
      y = lane_y(step.side);
      path += fmt::format("{}{},{}", i == 0 ? "" : " ", x, y);
      put(item, "x", std::to_string(x));
      put(item, "y", std::to_string(y));
      put(item, "label_y", std::to_string(y - 14));
      put(item, "time_y", std::to_string(y + 24));
      points << item;
    }
    const int fall_x = x + kPointApart;
    put(card, "fall_from_x", std::to_string(x));
    put(card, "fall_from_y", std::to_string(y));
    put(card, "fall_x", std::to_string(fall_x));
    put(card, "fall_left", std::to_string(fall_x - 7));
    put(card, "fall_right", std::to_string(fall_x + 7));
    put(card, "fall_time",
        failure.when ? time_.near(*failure.when, failure.when) : "");
    card.set("has_fall", data(failure.when.has_value()));
    put(card, "lanes_width", std::to_string(fall_x + 70));
    put(card, "lanes_end", std::to_string(fall_x + 60));
    put(card, "lanes_path", path);
    card.set("points", points);
    card.set("steps", steps);
    data notes = empty_list();
    for (const Report::Clock& clock : report_.clocks) {
      if (clock.host == failure.client.host ||
          clock.host == failure.server.host) {
        notes << text_item(clock.sentence);
      }
    }
    card.set("clock_notes", notes);
  }

  void put_causes(data& card, const Report::Failure& failure) const {
    data causes = empty_list();
    data rivals = empty_list();
    for (const Report::Cause& cause : failure.causes) {
      data common;
      put(common, "cause_id", name(cause.id));
      put(common, "title", name(cause.title));
      put(common, "grade", name(cause.grade));
      put_look(common, "grade", grade_look(cause.grade));
      data rival = common;
      put(rival, "weight",
          fmt::format("{:.1f}", static_cast<double>(cause.weight) / 100));
      data chips = empty_list();
      for (const Report::Finding& finding : cause.findings) {
        data chip;
        put_look(chip, "side", side_look(side_of(finding)));
        put(chip, "side", side_word(side_of(finding)));
        put(chip, "item", name(finding.item));
        chips << chip;
      }
      rival.set("chips", chips);
      const Report::Finding* reason =
          is_ruled_out(cause) ? strongest_against(cause) : nullptr;
      rival.set("has_reason", data(reason != nullptr));
      put(rival, "reason", reason == nullptr ? "" : says(reason->sentence));
      rivals << rival;
      // The table of rivals names the causes that no record speaks for.
      if (!is_ruled_out(cause) && cause.supported) {
        put_cause(common, failure, cause);
        causes << common;
      }
    }
    put_list(card, "causes", causes);
    put_list(card, "rivals", rivals);
    put_count(card, "rival_count", failure.causes.size());
  }

  void put_cause(data& item, const Report::Failure& failure,
                 const Report::Cause& cause) const {
    put(item, "sentence", says(cause.sentence));
    data findings = empty_list();
    for (const Side side : {Side::kFor, Side::kAgainst, Side::kCannotTell}) {
      const auto found = findings_of(cause, side);
      for (const Report::Finding* finding : found) {
        findings << finding_row(failure, side, finding);
      }
      if (found.empty() && side == Side::kAgainst) {
        findings << finding_row(failure, side, nullptr);
      }
    }
    item.set("findings", findings);
    put_list(item, "remedy",
             is_named(cause) ? text_list(cause.remedy.steps) : empty_list());
    item.set("has_risk", data(!cause.remedy.risk.empty()));
    put(item, "risk", says(cause.remedy.risk));
    item.set("has_verify", data(!cause.remedy.verify.empty()));
    put(item, "verify", says(cause.remedy.verify));
  }

  data finding_row(const Report::Failure& failure, Side side,
                   const Report::Finding* finding) const {
    data row;
    put_look(row, "side",
             finding == nullptr ? Look{"·", "plain"} : side_look(side));
    put(row, "side", side_word(side));
    put(row, "says",
        finding == nullptr ? "nothing found" : says(finding->sentence));
    data refs = empty_list();
    data more = empty_list();
    const std::size_t count = finding == nullptr ? 0 : finding->evidence.size();
    for (std::size_t i = 0; i < std::min(count, kRefs); ++i) {
      const Report::Evidence* record = index_.evidence(finding->evidence[i]);
      if (record == nullptr) {
        continue;
      }
      data ref;
      put(ref, "ref", name(record->id));
      put(ref, "ref_text",
          fmt::format("{} {} {}", time_.of(*record, failure.when),
                      name(record->host), name(record_name(*record))));
      refs << ref;
    }
    if (count > kRefs) {
      more << text_item(fmt::format("and {} more", count - kRefs));
    }
    put_list(row, "refs", refs);
    row.set("more_refs", more);
    return row;
  }

  void put_wanted(data& card, const Report::Failure& failure) const {
    data wanted = empty_list();
    for (const Report::Missing& missing : failure.missing) {
      data item;
      put(item, "log", name(missing.log));
      put(item, "host", name(missing.host));
      put(item, "why", says(missing.why));
      put(item, "collect", says(missing.collect));
      item.set("has_collect", data(!missing.collect.empty()));
      wanted << item;
    }
    put_count(card, "wanted_count", failure.missing.size());
    put_list(card, "wanted", wanted);
  }

  void put_attempts(data& page) const {
    data attempts = empty_list();
    data worked = empty_list();
    for (const Report::Attempt& attempt : report_.attempts) {
      data row;
      put(row, "attempt_id", name(attempt.id));
      put(row, "began", time_.full(attempt.began));
      put(row, "client_name", name(client_name(attempt.client)));
      put(row, "server_name", name(server_name(attempt.server)));
      put(row, "user", name(attempt.client.user));
      put(row, "stage", name(attempt.stage));
      put(row, "close", name(attempt.close));
      put(row, "outcome", name(attempt.outcome));
      put_look(row, "outcome", outcome_look(attempt.outcome));
      attempts << row;
      if (attempt.outcome == "success") {
        worked << row;
      }
    }
    put_count(page, "attempts_shown", report_.attempts.size());
    put_list(page, "attempts", attempts);
    put_count(page, "worked_count", worked.list_value().size());
    put_list(page, "worked", worked);
  }

  void put_coverage(data& page) const {
    // The scale spans every log that has times, so that all bars fit.
    std::optional<Instant> from;
    std::optional<Instant> to;
    for (const Report::Coverage& log : report_.coverage) {
      if (log.from && log.to) {
        from = from ? std::min(*from, *log.from) : *log.from;
        to = to ? std::max(*to, *log.to) : *log.to;
      }
    }
    const Ticks whole = from ? *to - *from : 0;
    data rows = empty_list();
    for (const Report::Coverage& log : report_.coverage) {
      data row;
      put(row, "host", name(log.host));
      put(row, "log", name(log.log));
      row.set("has_bar", data(log.from && log.to));
      std::string note = log.ends_because;
      if (log.from && log.to) {
        put(row, "left", percent(*log.from - *from, whole));
        put(row, "width",
            whole == 0 ? "100" : percent(*log.to - *log.from, whole));
        note = fmt::format("{}, {}{}", time_.span(log.from, log.to),
                           counted(log.events, "event"),
                           note.empty() ? "" : ", " + note);
      }
      data gaps = empty_list();
      for (const Report::Gap& gap : log.gaps) {
        note += fmt::format("; gap {} to {}: {}", time_.minute(gap.from),
                            time_.minute(gap.to), gap.why);
        if (from) {
          data item;
          put(item, "left", percent(gap.from - *from, whole));
          put(item, "width", percent(gap.to - gap.from, whole));
          gaps << item;
        }
      }
      row.set("gaps", gaps);
      put(row, "note", says(note));
      rows << row;
    }
    put_count(page, "coverage_count", report_.coverage.size());
    put_list(page, "coverage", rows);
  }

  void put_clocks(data& page) const {
    data rows = empty_list();
    for (const Report::Clock& clock : report_.clocks) {
      data row;
      put(row, "host", name(clock.host));
      put(row, "relative_to", name(clock.relative_to));
      put(row, "low", format_span(clock.offset_low));
      put(row, "high", format_span(clock.offset_high));
      put(row, "pairs", grouped(clock.pairs));
      put(row, "text", says(clock.sentence));
      rows << row;
    }
    put_count(page, "clock_count", report_.clocks.size());
    put_list(page, "clocks", rows);
  }

  void put_evidence(data& page) const {
    data rows = empty_list();
    for (const Report::Evidence& record : report_.evidence) {
      const Report::Source* source = index_.source(record.source);
      data row;
      put(row, "record", name(record.id));
      put(row, "time", time_.of(record, std::nullopt));
      put(row, "host", name(record.host));
      put(row, "name", name(record_name(record)));
      put(row, "channel", name(record.channel));
      put(row, "says", says(record.text));
      put(row, "path", source == nullptr ? "" : name(source->path));
      put(row, "position", position_text(record));
      put(row, "offset", grouped(record.offset));
      rows << row;
    }
    put_count(page, "evidence_count", report_.evidence.size());
    put_list(page, "evidence", rows);
  }

  void put_run(data& page) const {
    put(page, "version", name(report_.run.version));
    put(page, "pack", name(report_.run.pack));
    put(page, "pack_sha256", name(report_.run.pack_sha256));
    page.set("options", text_list(report_.run.options));
    data inputs = empty_list();
    for (const Report::Input& input : report_.run.inputs) {
      data row;
      put(row, "name", name(input.name));
      put(row, "bytes", counted(input.bytes, "byte"));
      put(row, "sha256", name(input.sha256));
      inputs << row;
    }
    page.set("inputs", inputs);
    data sources = empty_list();
    for (const Report::Source& source : report_.sources) {
      data row;
      put(row, "path", name(source.path));
      put(row, "sha256", name(source.sha256));
      put(row, "format", name(source.format));
      put(row, "source_outcome", name(source.outcome));
      put_look(row, "source", outcome_look(source.outcome));
      put(row, "events", grouped(source.events));
      put(row, "recovered", grouped(source.recovered));
      put(row, "accepted", grouped(source.bytes_accepted));
      put(row, "dropped", grouped(source.bytes_dropped));
      row.set("notes", text_list(source.notes));
      sources << row;
    }
    put_count(page, "source_count", report_.sources.size());
    put_list(page, "sources", sources);
  }

  const Report& report_;
  ReportIndex index_;
  Timescale time_;
};

}  // namespace

std::string render_html(const Report& report, const RenderOptions& options) {
  return Page(report, options).draw();
}

}  // namespace deskfall
