#include "engine/item_sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/item_finder.h"
#include "engine/record_sql.h"
#include "rules/sql_text.h"

namespace deskfall {

namespace {

/// A record that was collected twice is one: the earliest copy is taken.
constexpr std::string_view kOneOfCopies =
    "GROUP BY channel, provider, event_id,\n"
    "    CASE WHEN record_id > 0 THEN record_id ELSE time_ticks || fields END";

/// Newest first, as the engine breaks ties inside one instant.
constexpr std::string_view kLatest =
    "t DESC, step DESC, record_id DESC, "
    "id DESC LIMIT 1";

class Writer {
 public:
  Writer(const Inquiry& inquiry, const Failure& failure)
      : s_(inquiry.situation),
        failure_(failure),
        finder_(s_, failure, Cite::kAll),
        records_(s_, failure, finder_) {}

  std::vector<ItemQuery> all();

 private:
  ItemQuery write(const CauseRule& cause, const Item& item);
  std::string ask(const Item& item, ItemQuery& query, Lacks& lacks);
  [[nodiscard]] std::string ask_code(const Item& item) const;
  std::string ask_window(const Item& item, const Span& span,
                         Lacks& lacks) const;
  std::string ask_rate(const Item& item, const Span& span, Lacks& lacks) const;
  std::string ask_sequence(const Item& item, const Span& span,
                           Lacks& lacks) const;
  std::string ask_state(const Item& item, const Span& span, Lacks& lacks) const;

  const Situation& s_;
  const Failure& failure_;
  ItemFinder finder_;
  RecordSql records_;
};

std::vector<ItemQuery> Writer::all() {
  std::vector<ItemQuery> out;
  for (const CauseRule& cause : s_.rules.causes()) {
    if (cause.explains != failure_.kind) {
      continue;
    }
    finder_.begin();
    for (const Item& item : cause.items) {
      out.push_back(write(cause, item));
    }
  }
  return out;
}

ItemQuery Writer::write(const CauseRule& cause, const Item& item) {
  ItemQuery query;
  query.cause = cause.id;
  query.item = item.id;
  query.form = item.form;
  Lacks lacks;
  const std::string body = ask(item, query, lacks);
  query.exact = lacks.empty();
  query.sql = fmt::format("-- {} {}: {}\n", cause.id, item.id, item.says);
  for (const std::string& lack : lacks) {
    query.sql +=
        fmt::format("-- {} than these: {}\n",
                    query.asks ? "more rows may come" : "no query", lack);
  }
  query.sql += body;
  return query;
}

std::string Writer::ask(const Item& item, ItemQuery& query, Lacks& lacks) {
  const auto span =
      item.form == Form::kCode ? std::optional(Span{}) : finder_.span_of(item);
  const Finding finding = finder_.find(item);
  query.records = finding.evidence;
  if (item.form == Form::kCode) {
    query.asks = !finding.evidence.empty();
    return query.asks ? ask_code(item)
                      : "-- no query: no record tells a code of the client\n";
  }
  const HostId host = finder_.host_of(item.side);
  if (host == kNoHost || !span) {
    query.asks = false;
    return host == kNoHost ? fmt::format("-- no query: the {} is not known\n",
                                         side_name(item.side))
           : item.between
               ? "-- no query: the records that bound it were not found\n"
               : "-- no query: no time of the failure is known\n";
  }
  const bool dated =
      std::all_of(item.signals.begin(), item.signals.end(),
                  [this](const std::string& name) {
                    return s_.rules.find_signal(name).has_value();
                  });
  const bool orders = item.form == Form::kRate || item.form == Form::kSequence;
  if (orders && !dated) {
    lacks.insert("a connection is not dated by its record alone");
    return ask_window(item, *span, lacks);
  }
  switch (item.form) {
    case Form::kRate:
      return ask_rate(item, *span, lacks);
    case Form::kSequence:
      return ask_sequence(item, *span, lacks);
    case Form::kState:
      if (finding.value == Value::kUnknown) {
        lacks.insert("what the last of them said may not hold any more");
      }
      return ask_state(item, *span, lacks);
    default:
      return ask_window(item, *span, lacks);
  }
}

std::string Writer::ask_code(const Item& item) const {
  const Attempt& attempt = s_.attempts[failure_.attempt];
  std::set<std::int64_t> ids;
  for (const EventIndex event : attempt.code_events) {
    ids.insert(s_.data.events[event].id);
  }
  const std::string value = sql_column("Value");
  const std::string error = sql_column("Error");
  std::string fits;
  for (const std::uint32_t code : item.codes) {
    fits += (fits.empty() ? "" : "\n       OR ") + sql_number("told", code);
  }
  return fmt::format(
      "SELECT id, told{} AS says_so FROM (\n"
      "  SELECT id, time_ticks, coalesce({}, {}) AS told FROM v_event\n"
      "  WHERE id IN ({}))  -- what the client of this connection was told\n"
      "  ORDER BY time_ticks, id;\n",
      fits.empty() ? std::string(", 1") : ",\n      " + fits, value, error,
      sql_ids(ids));
}

std::string Writer::ask_window(const Item& item, const Span& span,
                               Lacks& lacks) const {
  std::optional<Ticks> reach;
  for (const SequenceStep& step : item.steps) {
    reach = reach.value_or(0) + (step.gap ? step.gap->second : 0);
  }
  return fmt::format(
      "SELECT id FROM v_event\n  WHERE {}\n  ORDER BY time_ticks, id;\n",
      records_.where(item, item.signals, span, reach, lacks));
}

/// The busiest span of one unit, the earliest where several are as busy.
std::string Writer::ask_rate(const Item& item, const Span& span,
                             Lacks& lacks) const {
  return fmt::format(
      "WITH hit AS (\n"
      "  SELECT id, min(time_ticks) AS t FROM v_event\n"
      "  WHERE {0}\n  {1}),\n"
      "busy AS (\n"
      "  SELECT t, count(*) OVER (ORDER BY t RANGE BETWEEN {2} PRECEDING\n"
      "    AND CURRENT ROW) AS n FROM hit),\n"
      "peak AS (SELECT t FROM busy ORDER BY n DESC, t LIMIT 1)\n"
      "SELECT id FROM hit, peak WHERE hit.t BETWEEN peak.t - {2} AND peak.t\n"
      "  ORDER BY hit.t, id;\n",
      records_.where(item, item.signals, span, std::nullopt, lacks),
      kOneOfCopies, item.per - 1);
}

/// Chains grow step by step: each record is linked to the latest link that it
/// may follow, and the longest chain that reached the last step is shown.
std::string Writer::ask_sequence(const Item& item, const Span& span,
                                 Lacks& lacks) const {
  std::string with;
  std::string links;
  Ticks reach = 0;
  for (std::size_t i = 0; i < item.steps.size(); ++i) {
    const SequenceStep& step = item.steps[i];
    reach += step.gap ? step.gap->second : 0;
    with += fmt::format(
        "{}c{} AS (\n"
        "  SELECT id, min(time_ticks) AS t, channel, record_id, {} AS step\n"
        "  FROM v_event\n"
        "  WHERE {}\n  {}),\n",
        i == 0 ? "WITH RECURSIVE " : "", i, i,
        records_.where(item, step.signals, span,
                       step.gap ? std::optional(reach) : std::nullopt, lacks),
        kOneOfCopies);
    if (i == 0) {
      with +=
          "o0 AS (SELECT id * 16 AS link, *, NULL AS before, 1 AS length "
          "FROM c0),\n";
    } else {
      const std::string gap =
          step.gap ? fmt::format("\n      AND c.t - o.t BETWEEN {} AND {}",
                                 step.gap->first, step.gap->second)
                   : "";
      with += fmt::format(
          "p{0} AS (\n"
          "  SELECT id * 16 + {0} AS link, *, (SELECT link FROM o{1} AS o\n"
          "    WHERE o.id <> c.id AND CASE\n"
          "      WHEN o.channel = c.channel AND o.record_id > 0 AND "
          "c.record_id "
          "> 0\n"
          "      THEN o.record_id < c.record_id ELSE o.t <= c.t END{2}\n"
          "    ORDER BY {3}) AS before\n"
          "  FROM c{0} AS c),\n"
          "l{0} AS (\n"
          "  SELECT *, 1 + (SELECT length FROM o{1} WHERE link = p.before) AS "
          "length\n"
          "  FROM p{0} AS p WHERE before IS NOT NULL),\n"
          "o{0} AS (SELECT * FROM l{0}{4}),\n",
          i, i - 1, gap, kLatest,
          step.optional ? fmt::format(" UNION ALL SELECT * FROM o{}", i - 1)
                        : "");
    }
    links += fmt::format("{}SELECT link, id, before FROM {}{}",
                         i == 0 ? "" : "\n  UNION ALL ", i == 0 ? "o" : "l", i);
  }
  return fmt::format(
      "{0}links AS (\n  {1}),\n"
      "chain(link, id, before) AS (\n"
      "  SELECT link, id, before FROM (SELECT * FROM o{2}\n"
      "    ORDER BY length DESC, t, step, record_id, id LIMIT 1)\n"
      "  UNION ALL SELECT links.link, links.id, links.before\n"
      "    FROM chain JOIN links ON links.link = chain.before)\n"
      "SELECT id FROM chain ORDER BY link % 16;\n",
      with, links, item.steps.size() - 1);
}

/// For each field the last record that told it, and those inside the window.
std::string Writer::ask_state(const Item& item, const Span& span,
                              Lacks& lacks) const {
  const StateRule& state = s_.rules.states()[*s_.rules.find_state(item.state)];
  std::string said;
  for (const std::string& field : item.asked) {
    for (const StateRule::Source& source : state.from) {
      const bool sets = std::any_of(
          source.set.begin(), source.set.end(),
          [&field](const auto& entry) { return entry.first == field; });
      if (!sets) {
        continue;
      }
      said += fmt::format(
          "{}SELECT id, time_ticks AS t, record_id, {} AS field, {} AS shown\n"
          "    FROM v_event WHERE host IN ({})\n"
          "    AND clock NOT IN ('none', 'zone-unknown')\n"
          "    AND {}",
          said.empty() ? "" : "\n  UNION ALL ", sql_quote(field),
          source.kind == StateRule::Kind::kSnapshot ? 1 : 0,
          records_.hosts(item.side),
          records_.signal(*s_.rules.find_signal(source.signal), lacks));
    }
  }
  std::string out = fmt::format(
      "WITH said AS (\n  {0}),\n"
      "last AS (\n"
      "  SELECT *, row_number() OVER (PARTITION BY field, t\n"
      "    ORDER BY record_id DESC, id DESC) AS nth FROM said)\n"
      "SELECT DISTINCT id FROM last AS a WHERE nth = 1 AND (\n"
      "  t = (SELECT max(t) FROM said WHERE field = a.field AND t <= {1})\n"
      "  OR t > {1} AND t <= {2}  -- {3} to {4}\n",
      said, span.possible_from.ticks, span.possible_to.ticks,
      format_utc(span.possible_from), format_utc(span.possible_to));
  if (state.backward) {
    out += fmt::format(
        "  OR shown AND t > {} AND t = (\n"
        "    SELECT min(t) FROM said WHERE field = a.field)\n",
        span.possible_from.ticks);
  }
  return out + ") ORDER BY id;\n";
}

}  // namespace

std::vector<ItemQuery> item_queries(const Inquiry& inquiry,
                                    const Failure& failure) {
  return Writer(inquiry, failure).all();
}

}  // namespace deskfall
