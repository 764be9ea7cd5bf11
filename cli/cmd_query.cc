#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

Result<Table> read_table(Statement& rows) {
  Table table;
  for (int c = 0; c < rows.columns(); ++c) {
    table.columns.push_back(rows.column_name(c));
  }
  table.numeric.assign(table.columns.size(), true);
  while (true) {
    DF_TRY(const bool more, rows.step());
    if (!more) {
      return table;
    }
    std::vector<std::string>& row = table.rows.emplace_back();
    for (int c = 0; c < rows.columns(); ++c) {
      row.emplace_back(rows.text(c));
      const bool number = rows.is_number(c) || rows.is_null(c);
      const auto at = static_cast<std::size_t>(c);
      table.numeric[at] = table.numeric[at] && number;
    }
  }
}

}  // namespace

Finished run_query(const Args& args, Console& console) {
  if (!Store::looks_like_case(args.inputs.front())) {
    return fail(ErrorKind::kUsage, "not a case", args.inputs.front(),
                "make one first: deskfall explain LOGS -o x.case.db");
  }
  DF_TRY(Store store, Store::open(args.inputs.front()));
  DF_TRY(Statement rows, store.database().prepare(args.sql));
  if (!rows.read_only()) {
    return fail(ErrorKind::kUsage, "the case is read-only here", "",
                "use SELECT");
  }
  DF_TRY(const Table table, read_table(rows));
  DF_TRY(const std::string out,
         format_table(table, args.format, console.columns()));
  console.out(out);
  return ExitCode::kDone;
}

Finished run_show(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  DF_TRY(Store store,
         open_or_read(args, rules, console, Store::create_temporary));
  DF_TRY(const Report report, draw_report(args, store, rules));
  for (const Report::Evidence& evidence : report.evidence) {
    if (evidence.id != args.id) {
      continue;
    }
    DF_TRY(const auto found, store.find_event(evidence.event));
    if (!found) {
      break;
    }
    const StoredEvent& event = *found;
    if (args.format == "json") {
      console.out(event.fields.to_json() + "\n");
      return ExitCode::kDone;
    }
    std::string out = evidence.id + "  " + format_utc(event.time) + "  " +
                      event.host + "\n" + evidence.text + "\n\n";
    const auto line = [&out](const std::string& name,
                             const std::string& value) {
      if (!value.empty() && value != "0") {
        out += "  " + name + ": " + elide(value, 4096) + "\n";
      }
    };
    for (const Report::Source& source : report.sources) {
      if (source.id == evidence.source) {
        line("file", source.path);
        line("sha256", source.sha256);
      }
    }
    line("offset", std::to_string(event.offset));
    line("line", std::to_string(event.line));
    line("channel", event.channel);
    line("provider", event.provider);
    line("event id", std::to_string(event.event_id));
    line("record id", std::to_string(event.record_id));
    line("activity id", event.activity_id);
    line("process id", std::to_string(event.process_id));
    line("user", event.user_sid);
    for (std::size_t i = 0; i < event.fields.size(); ++i) {
      line(std::string(event.fields.name(i)),
           std::string(event.fields.value(i)));
    }
    console.out(out);
    return ExitCode::kDone;
  }
  return fail(ErrorKind::kUsage, "no evidence is called '" + args.id + "'", "",
              "ids run from e1 to e" + std::to_string(report.evidence.size()));
}

}  // namespace deskfall
