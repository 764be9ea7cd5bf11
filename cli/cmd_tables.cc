#include <algorithm>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"

namespace deskfall {

namespace {

/// Writes times for people (to the millisecond) or for programs (whole).
class Times {
 public:
  Times(Zone zone, const std::string& format)
      : zone_(std::move(zone)), people_(format.empty() || format == "text") {}

  [[nodiscard]] std::string operator()(
      const std::optional<Instant>& instant) const {
    if (!instant) {
      return "";
    }
    std::string out = format_utc(zone_.to_wall(*instant));
    if (people_) {
      out.resize(out.size() - 5);  // four digits and the Z
      std::replace(out.begin(), out.end(), 'T', ' ');
    } else if (zone_.name() != "UTC") {
      out.pop_back();  // the Z would be a lie
    }
    return out;
  }

 private:
  Zone zone_;
  bool people_;
};

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
  fill(report, Times(zone, args.format), choice, table);
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
      [](const Report& report, const Times& text, const Choice& choice,
         Table& table) {
        table.columns = {"attempt", "began",     "client",  "address", "server",
                         "stage",   "outcome",   "close",   "ended",   "user",
                         "join",    "closed_by", "through", "reason",  "codes"};
        for (const Report::Attempt& a : report.attempts) {
          if (!choice.attempt(a)) {
            continue;
          }
          table.rows.push_back({a.id, text(a.began), a.client.host,
                                a.client.address, a.server.host, a.stage,
                                a.outcome, a.close, text(a.ended),
                                a.client.user, a.join, a.closed_by, a.through,
                                a.reason, joined(a.codes)});
        }
      });
}

Finished run_coverage(const Args& args, Console& console) {
  return print_table(
      args, console,
      [](const Report& report, const Times& text, const Choice& choice,
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
              why += (i == 0 ? "" : "; ") + text(gap.from) + " to " +
                     text(gap.to) + ": " + gap.why;
            }
            // What is whole needs no advice.
            const bool whole = c.from && c.gaps.empty();
            table.rows.push_back({c.host, c.log, text(c.from), text(c.to),
                                  std::to_string(c.gaps.size()),
                                  std::to_string(c.events), c.ends_because,
                                  c.begins_because, why,
                                  whole ? "" : c.collect});
          }
        }
      });
}

namespace {

/// One record of an attempt, on the clock of its server.
struct Moment {
  std::optional<Instant> on_server;
  const Report::Evidence* evidence = nullptr;
};

std::vector<Moment> moments_of(const Report& report,
                               const Report::Attempt& attempt) {
  std::vector<Moment> moments;
  for (const Report::Evidence& e : report.evidence) {
    const auto found =
        std::find(attempt.evidence.begin(), attempt.evidence.end(), e.id);
    if (found != attempt.evidence.end()) {
      const auto at =
          static_cast<std::size_t>(found - attempt.evidence.begin());
      moments.push_back({attempt.on_server[at], &e});
    }
  }
  std::stable_sort(moments.begin(), moments.end(),
                   [](const Moment& a, const Moment& b) {
                     return a.on_server < b.on_server;
                   });
  return moments;
}

std::string event_name(const Report::Evidence& e) {
  return e.event_id == 0 ? e.provider : std::to_string(e.event_id);
}

/// The records of one attempt in the order of the server's clock, with what
/// each proved.
void fill_moments(const Report& report, const Report::Attempt& attempt,
                  const Times& text, const Choice& choice, Table& table) {
  table.columns = {"evidence", "server_clock", "recorded", "host",
                   "event",    "side",         "passed",   "what"};
  for (const Moment& moment : moments_of(report, attempt)) {
    const Report::Evidence& e = *moment.evidence;
    if (!choice.host(e.host) || !choice.time(e.time)) {
      continue;
    }
    const auto step =
        std::find_if(attempt.steps.begin(), attempt.steps.end(),
                     [&](const Report::Step& s) { return s.evidence == e.id; });
    const bool proved = step != attempt.steps.end();
    table.rows.push_back({e.id, text(moment.on_server), text(e.time), e.host,
                          event_name(e), proved ? step->side : "",
                          proved ? step->stage : "", e.text});
  }
}

}  // namespace

Finished run_timeline(const Args& args, Console& console) {
  return print_table(
      args, console,
      [](const Report& report, const Times& text, const Choice& choice,
         Table& table) {
        if (choice.only() != nullptr) {
          fill_moments(report, *choice.only(), text, choice, table);
          return;
        }
        table.columns = {"evidence", "time", "host", "event", "what"};
        for (const Report::Evidence& e : report.evidence) {
          if (choice.host(e.host) && choice.time(e.time)) {
            table.rows.push_back(
                {e.id, text(e.time), e.host, event_name(e), e.text});
          }
        }
      });
}

}  // namespace deskfall
