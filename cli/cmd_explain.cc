#include <filesystem>

#include "cli/commands.h"
#include "cli/session.h"
#include "engine/item_sql.h"
#include "engine/save.h"

namespace deskfall {

namespace {

std::string quoted(const std::string& word) {
  const bool plain = word.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyz"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789/._-+@%") == std::string::npos;
  if (plain) {
    return word;
  }
  std::string out = "'";
  for (const char c : word) {
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out + "'";
}

/// The queries behind every item, for a shell.
Finished print_queries(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  DF_TRY(Store store, open_or_read(args, rules, console));
  DF_TRY(const auto inquiry, Inquiry::open(store, rules, args.skew));
  for (std::size_t i = 0; i < inquiry->failures.size(); ++i) {
    console.out("-- failure " + std::to_string(i + 1) + "\n");
    for (const ItemQuery& query :
         item_queries(*inquiry, inquiry->failures[i])) {
      console.out(query.sql);
    }
  }
  return ExitCode::kDone;
}

}  // namespace

Finished run_explain(const Args& args, Console& console) {
  if (args.as_sql) {
    return print_queries(args, console);
  }
  DF_TRY(const OutputPlan plan, plan_outputs(args));
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  const bool stored = !plan.case_path.empty();
  const bool is_case =
      args.inputs.size() == 1 && Store::looks_like_case(args.inputs.front());
  if (is_case && stored) {
    return fail(ErrorKind::kUsage, "the input is a case already",
                plan.case_path, "leave the .case.db output out");
  }
  const Keep keep = (args.keep.empty() ? stored : args.keep == "all")
                        ? Keep::kAll
                        : Keep::kRelevant;
  NewCase made(plan.case_path);
  DF_TRY(Store store,
         is_case ? Store::open(args.inputs.front())
                 : read_logs(args, made.create(), keep, rules, console));
  DF_TRY(const Report report, draw_report(args, store, rules));
  if (stored) {
    DF_CHECK(save_conclusions(report, store));
  }
  DF_CHECK(deliver(args, plan, report, console));
  if (stored) {
    DF_CHECK(made.publish());
    console.say("wrote " + plan.case_path);
  }
  if (!stored && !is_case && args.outputs.empty() && args.format.empty()) {
    console.say("keep everything for questions: deskfall explain " +
                quoted(args.inputs.front()) + " -o x.case.db");
  }
  return status_of(args, report);
}

Finished run_ingest(const Args& args, Console& console) {
  DF_TRY(const OutputPlan plan, plan_outputs(args));
  if (plan.case_path.empty() || !plan.reports.empty()) {
    return fail(ErrorKind::kUsage, "ingest writes one case", "",
                "give -o X.case.db; reports come from explain");
  }
  const Keep keep = args.keep == "relevant" ? Keep::kRelevant : Keep::kAll;
  RuleSet rules;  // they say what is relevant; nothing else is asked of them
  if (keep == Keep::kRelevant) {
    DF_TRY(rules, RuleSet::load(args.rules));
  }
  NewCase made(plan.case_path);
  DF_TRY(Store store, read_logs(args, made.create(), keep, rules, console));
  DF_TRY(const auto sources, store.sources());
  std::int64_t events = 0;
  bool complete = true;
  for (const Store::SourceRow& source : sources) {
    events += source.file.events;
    if (source.file.outcome == Outcome::kDamaged ||
        source.file.outcome == Outcome::kUnreadable) {
      complete = false;
      console.say(source.file.path + ": " +
                  std::string(outcome_name(source.file.outcome)) +
                  (source.notes.empty() ? "" : " - " + source.notes.front()));
    }
  }
  DF_CHECK(made.publish());
  console.say("read " + std::to_string(events) + " events from " +
              std::to_string(sources.size()) + " sources into " +
              plan.case_path);
  if (complete) {
    return ExitCode::kDone;
  }
  return args.strict ? ExitCode::kCouldNot : ExitCode::kIncomplete;
}

Finished run_report(const Args& args, Console& console) {
  DF_TRY(const OutputPlan plan, plan_outputs(args));
  if (!plan.case_path.empty()) {
    return fail(ErrorKind::kUsage, "report writes no case", plan.case_path);
  }
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  DF_TRY(Store store, open_or_read(args, rules, console));
  DF_TRY(const Report report, draw_report(args, store, rules));
  DF_CHECK(deliver(args, plan, report, console));
  return status_of(args, report);
}

}  // namespace deskfall
