#include "engine/record_sql.h"

#include <fmt/format.h>

#include "rules/sql_text.h"

namespace deskfall {

std::string sql_ids(const std::set<std::int64_t>& ids) {
  std::string out;
  for (const std::int64_t id : ids) {
    out += (out.empty() ? "" : ", ") + std::to_string(id);
  }
  return out;
}

RecordSql::RecordSql(const Situation& situation, const Failure& failure,
                     const ItemFinder& finder)
    : s_(situation), failure_(failure), finder_(finder) {
  std::map<HostId, std::set<std::string>> names;
  names[failure.client_host];
  names[failure.server_host];
  for (const CaseEvent& event : s_.data.events) {
    const auto host = names.find(event.host_id);
    if (host != names.end()) {
      host->second.insert(event.host);
    }
  }
  for (const auto& [host, spellings] : names) {
    std::string& list = hosts_[host];
    for (const std::string& name : spellings) {
      list += (list.empty() ? "" : ", ") + sql_quote(name);
    }
  }
}

std::string RecordSql::signal(std::size_t index, Lacks& lacks) const {
  const SignalRule& rule = s_.rules.signals()[index];
  if (rule.collapse > 0) {
    lacks.insert(rule.id + ": its repeats are folded into the first");
  }
  std::string channels = "''";  // a record that lost its channel may be any's
  for (const std::string& channel : s_.rules.logs()[rule.log].channels) {
    channels += ", " + sql_quote(channel);
  }
  return fmt::format("(channel COLLATE NOCASE IN ({})\n      AND {})", channels,
                     rule.selector->sql(lacks));
}

std::string RecordSql::where(const Item& item,
                             const std::vector<std::string>& signals,
                             const Span& span, std::optional<Ticks> reach,
                             Lacks& lacks) const {
  const HostId host = finder_.host_of(item.side);
  const Instant to = span.possible_to + reach.value_or(0);
  const Instant first = reach ? span.possible_from : span.certain_from;
  const Instant last = reach ? to : span.certain_to;
  std::string selectors;
  std::string made_names;
  std::set<std::int64_t> others;
  std::set<std::int64_t> own;
  std::set<std::int64_t> made;
  for (const std::string& name : signals) {
    const auto index = s_.rules.find_signal(name);
    for (const Hit& hit :
         s_.signals.hits(name).find(host, span.possible_from, to)) {
      const CaseEvent& event = s_.data.events[hit.event];
      const bool joined = hit.attempt == failure_.attempt && !item.between;
      const bool inside = hit.time >= first && hit.time <= last;
      const bool ours = finder_.refusal(item, hit).empty();
      if (!index) {
        if (ours && (joined || inside)) {
          made.insert(event.id);
        }
      } else if (!ours) {
        others.insert(event.id);
      } else if ((joined && !inside) ||
                 (inside && event.clock == ClockNote::kZoneAssumed)) {
        own.insert(event.id);
      }
    }
    if (index) {
      selectors +=
          (selectors.empty() ? "" : "\n    OR ") + signal(*index, lacks);
    } else {
      made_names += (made_names.empty() ? "" : ", ") + name;
    }
  }
  std::string out;
  if (!selectors.empty()) {
    out = fmt::format(
        "host IN ({})\n"
        "    AND (clock NOT IN ('none', 'zone-unknown')\n"
        "      AND time_ticks BETWEEN {} AND {}  -- {} to {}\n",
        hosts(item.side), first.ticks, last.ticks, format_utc(first),
        format_utc(last));
    out += own.empty() ? "    )\n"
                       : fmt::format(
                             "      OR id IN ({}))  -- joined to it by "
                             "their ids, or dated by them\n",
                             sql_ids(own));
    if (!others.empty()) {
      out += fmt::format("    AND id NOT IN ({})  -- of other connections\n",
                         sql_ids(others));
    }
    out += "    AND (" + selectors + ")";
  }
  if (!made_names.empty()) {
    out +=
        fmt::format("{}id IN ({})  -- {}: connections are the engine's\n    ",
                    out.empty() ? "" : "\n    OR ", sql_ids(made), made_names);
  }
  return out;
}

}  // namespace deskfall
