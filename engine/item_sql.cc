#include "engine/item_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/item_finder.h"
#include "rules/sql_text.h"

namespace deskfall {

namespace {

/// Every spelling of a host in the case.
std::string host_list(const CaseData& data, HostId host) {
  std::set<std::string> names;
  for (const CaseEvent& event : data.events) {
    if (event.host_id == host) {
      names.insert(event.host);
    }
  }
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + sql_quote(name);
  }
  return out;
}

std::string channel_list(const LogRule& log) {
  std::string out;
  for (const std::string& channel : log.channels) {
    out += (out.empty() ? "" : ", ") + sql_quote(channel);
  }
  return out;
}

class Writer {
 public:
  Writer(const Inquiry& inquiry, const Failure& failure)
      : s_(inquiry.situation), failure_(failure), finder_(s_, failure) {}

  std::vector<ItemQuery> all() {
    std::vector<ItemQuery> out;
    for (const CauseRule& cause : s_.rules.causes()) {
      finder_.begin();
      for (const Item& item : cause.items) {
        static_cast<void>(finder_.find(item));
        if (cause.explains == failure_.kind && is_told_by_records(item)) {
          if (auto query = write(cause, item)) {
            out.push_back(std::move(*query));
          }
        }
      }
    }
    return out;
  }

 private:
  [[nodiscard]] bool is_told_by_records(const Item& item) const {
    return item.form != Form::kCode && item.form != Form::kState &&
           item.form != Form::kSequence &&
           std::all_of(item.signals.begin(), item.signals.end(),
                       [this](const std::string& name) {
                         return s_.rules.find_signal(name).has_value();
                       });
  }
  [[nodiscard]] std::optional<ItemQuery> write(const CauseRule& cause,
                                               const Item& item);

  const Situation& s_;
  const Failure& failure_;
  ItemFinder finder_;
};

std::optional<ItemQuery> Writer::write(const CauseRule& cause,
                                       const Item& item) {
  const HostId host = finder_.host_of(item.side);
  const auto span = finder_.span_of(item);
  if (host == kNoHost || !span) {
    return std::nullopt;
  }
  ItemQuery query;
  query.cause = cause.id;
  query.item = item.id;
  std::string selectors;
  std::set<EventIndex> records;
  std::set<std::int64_t> others;
  std::set<std::int64_t> own;
  for (const std::string& name : item.signals) {
    const SignalRule& rule = s_.rules.signals()[*s_.rules.find_signal(name)];
    selectors += fmt::format("{}(channel COLLATE NOCASE IN ({})\n      AND {})",
                             selectors.empty() ? "" : "\n    OR ",
                             channel_list(s_.rules.logs()[rule.log]),
                             rule.selector->sql(query.exact));
    query.exact = query.exact && rule.collapse == 0;
    for (const Hit& hit : s_.signals.hits(name).find(host, span->possible_from,
                                                     span->possible_to)) {
      const std::int64_t row = s_.data.events[hit.event].id;
      const bool joined = hit.attempt == failure_.attempt && !item.between;
      if (!finder_.refusal(item, hit).empty()) {
        others.insert(row);
      } else if (span->certain(hit.time)) {
        records.insert(hit.event);
      } else if (joined) {
        records.insert(hit.event);
        own.insert(row);
      }
    }
  }
  const auto listed = [](const std::set<std::int64_t>& rows) {
    std::string out;
    for (const std::int64_t row : rows) {
      out += (out.empty() ? "" : ", ") + std::to_string(row);
    }
    return out;
  };
  query.records.assign(records.begin(), records.end());
  query.sql = fmt::format("-- {} {}: {}\n", cause.id, item.id, item.says);
  if (!query.exact) {
    query.sql += "-- some test has no SQL here: more rows may come\n";
  }
  query.sql += fmt::format(
      "SELECT id FROM v_event\n"
      "  WHERE host IN ({})\n"
      "    AND clock NOT IN ('none', 'zone-unknown')\n"
      "    AND (time_ticks BETWEEN {} AND {}  -- {} to {}\n",
      host_list(s_.data, host), span->certain_from.ticks,
      span->certain_to.ticks, format_utc(span->certain_from),
      format_utc(span->certain_to));
  query.sql += own.empty() ? "    )\n"
                           : fmt::format(
                                 "      OR id IN ({}))  -- joined to it "
                                 "by their ids\n",
                                 listed(own));
  if (!others.empty()) {
    query.sql += fmt::format(
        "    AND id NOT IN ({})  -- of other connections\n", listed(others));
  }
  query.sql +=
      fmt::format("    AND ({})\n  ORDER BY time_ticks, id;\n", selectors);
  return query;
}

}  // namespace

std::vector<ItemQuery> item_queries(const Inquiry& inquiry,
                                    const Failure& failure) {
  return Writer(inquiry, failure).all();
}

}  // namespace deskfall
