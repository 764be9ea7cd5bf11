#include <algorithm>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"

namespace deskfall {

namespace {

std::string text(const std::optional<Instant>& instant, const Zone& zone) {
  if (!instant) {
    return "";
  }
  std::string out = format_utc(zone.to_wall(*instant));
  if (zone.name() != "UTC") {
    out.pop_back();  // the Z would be a lie
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : " ") + word;
  }
  return out;
}

/// Opens the case, draws the report and prints the table made of it.
template <typename Fill>
Finished print_table(const Args& args, Console& console, Fill fill) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  DF_TRY(Store store, open_or_read(args, rules, console));
  DF_TRY(const Report report, draw_report(args, store, rules));
  DF_TRY(const Zone zone, Zone::find(args.tz));
  DF_TRY(const Choice choice, Choice::make(args, zone, report));
  Table table;
  fill(report, zone, choice, table);
  table.numeric.resize(table.columns.size(), false);
  DF_TRY(const std::string out,
         format_table(table, args.format, console.columns()));
  console.out(out);
  return status_of(args, report);
}

}  // namespace

Finished run_attempts(const Args& args, Console& console) {
  return print_table(
      args, console,
      [](const Report& report, const Zone& zone, const Choice& choice,
         Table& table) {
        table.columns = {"attempt", "began",     "client",  "address", "server",
                         "stage",   "outcome",   "close",   "ended",   "user",
                         "join",    "closed_by", "through", "reason",  "codes"};
        for (const Report::Attempt& a : report.attempts) {
          if (!choice.attempt(a)) {
            continue;
          }
          table.rows.push_back({a.id, text(a.began, zone), a.client.host,
                                a.client.address, a.server.host, a.stage,
                                a.outcome, a.close, text(a.ended, zone),
                                a.client.user, a.join, a.closed_by, a.through,
                                a.reason, joined(a.codes)});
        }
      });
}

Finished run_coverage(const Args& args, Console& console) {
  return print_table(
      args, console,
      [](const Report& report, const Zone& zone, const Choice& choice,
         Table& table) {
        table.columns = {"host", "log",     "from",         "to",
                         "gaps", "records", "ends_because", "begins_because",
                         "why",  "collect"};
        table.numeric = {false, false, false, false, true,
                         true,  false, false, false, false};
        for (const auto* list : {&report.coverage, &report.not_covered}) {
          for (const Report::Coverage& c : *list) {
            const bool wanted =
                choice.host(c.host) && (!c.from || choice.span(c.from, c.to));
            if (!wanted) {
              continue;
            }
            // The first holes are named; a log full of them is still a row.
            std::string why;
            for (std::size_t i = 0; i < c.gaps.size() && i < 3; ++i) {
              const Report::Gap& gap = c.gaps[i];
              why += (i == 0 ? "" : "; ") + text(gap.from, zone) + " to " +
                     text(gap.to, zone) + ": " + gap.why;
            }
            // What is whole needs no advice.
            const bool whole = c.from && c.gaps.empty();
            table.rows.push_back(
                {c.host, c.log, text(c.from, zone), text(c.to, zone),
                 std::to_string(c.gaps.size()), std::to_string(c.events),
                 c.ends_because, c.begins_because, why,
                 whole ? "" : c.collect});
          }
        }
      });
}

namespace {

/// Which rung of which side a record proved, for the timeline of one attempt.
std::pair<std::string, std::string> rung_of(const Report::Attempt& attempt,
                                            const std::string& evidence) {
  for (const Report::Step& step : attempt.steps) {
    if (step.evidence == evidence) {
      return {step.side, step.stage};
    }
  }
  return {};
}

}  // namespace

Finished run_timeline(const Args& args, Console& console) {
  return print_table(
      args, console,
      [](const Report& report, const Zone& zone, const Choice& choice,
         Table& table) {
        const Report::Attempt* only = choice.only();
        table.columns = {"evidence", "time", "host", "event"};
        if (only != nullptr) {
          table.columns.insert(table.columns.end(), {"side", "passed"});
        }
        table.columns.push_back("what");
        for (const Report::Evidence& e : report.evidence) {
          const bool member =
              only == nullptr ||
              std::find(only->evidence.begin(), only->evidence.end(), e.id) !=
                  only->evidence.end();
          if (!member || !choice.host(e.host) || !choice.time(e.time)) {
            continue;
          }
          std::vector<std::string> row = {
              e.id, text(e.time, zone), e.host,
              e.event_id == 0 ? e.provider : std::to_string(e.event_id)};
          if (only != nullptr) {
            const auto [side, stage] = rung_of(*only, e.id);
            row.insert(row.end(), {side, stage});
          }
          row.push_back(e.text);
          table.rows.push_back(std::move(row));
        }
      });
}

}  // namespace deskfall
