#include <algorithm>

#include "cli/commands.h"
#include "cli/sarif.h"
#include "cli/session.h"
#include "cli/table.h"
#include "engine/rule_check.h"
#include "rules/describe.h"

namespace deskfall {

namespace {

Finished list_rules(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  Table table;
  table.columns = {"cause", "fails_at", "needs", "items", "tests", "title"};
  table.numeric = {false, false, false, true, true, false};
  for (const CauseRule& cause : rules.causes()) {
    std::string needs;
    for (const Need& need : cause.needs) {
      needs += needs.empty() ? "" : ", ";
      for (std::size_t i = 0; i < need.any_of.size(); ++i) {
        needs += (i == 0 ? "" : "|") + rules.logs()[need.any_of[i].first].id;
      }
    }
    table.rows.push_back({cause.id, stage_range_name(cause.fails_at), needs,
                          std::to_string(cause.items.size()),
                          std::to_string(cause.tests.size()), cause.title});
  }
  DF_TRY(const std::string out,
         format_table(table, args.format, console.columns()));
  console.out(out);
  return ExitCode::kDone;
}

Finished show_rules(const Args& args, Console& console) {
  if (args.names.empty()) {
    return fail(ErrorKind::kUsage, "show needs the id of a rule", "",
                "deskfall rules show packet-loss");
  }
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  for (const std::string& name : args.names) {
    DF_TRY(const std::string text, describe(rules, name));
    console.out(text);
  }
  return ExitCode::kDone;
}

/// Problems of the folders named, or of the built-in pack.
Finished check_rule_files(const Args& args, Console& console) {
  std::vector<std::string> folders = args.rules;
  folders.insert(folders.end(), args.names.begin(), args.names.end());
  DF_TRY(const std::vector<RuleFile> files, RuleSet::files(folders));
  std::vector<Diagnostic> errors;
  const auto rules = RuleSet::from_files(files, errors);
  std::vector<Warning> warnings;
  if (rules) {
    warnings = lint(*rules);
  }
  if (!folders.empty()) {
    // The pack that ships is not the reader's to mend.
    std::erase_if(warnings, [&folders](const Warning& warning) {
      return std::none_of(folders.begin(), folders.end(),
                          [&warning](const std::string& folder) {
                            return warning.at.file.starts_with(folder);
                          });
    });
  }
  if (args.format == "sarif") {
    console.out(sarif_text(errors, warnings));
  } else {
    const auto source = [&files](const std::string& name) {
      const auto file =
          std::find_if(files.begin(), files.end(),
                       [&name](const RuleFile& f) { return f.name == name; });
      return file == files.end() ? std::string_view() : file->text;
    };
    std::string out;
    for (const Diagnostic& error : errors) {
      out += "error: " + error.text(source(error.file)) + "\n";
    }
    for (const Warning& warning : warnings) {
      out += "warning: " + warning.at.text() + " [" + warning.rule + "]\n";
    }
    console.out(terminal_text(out));
  }
  console.say(std::to_string(errors.size()) + " errors, " +
              std::to_string(warnings.size()) + " warnings");
  return errors.empty() ? ExitCode::kDone : ExitCode::kCouldNot;
}

Finished test_rules(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  for (const std::string& name : args.names) {
    DF_TRY(const std::string known, describe(rules, name));
    static_cast<void>(known);
  }
  const std::vector<TestOutcome> outcomes = check_rules(rules, args.names);
  std::size_t failed = 0;
  std::string out;
  for (const TestOutcome& outcome : outcomes) {
    if (outcome.passed()) {
      continue;
    }
    ++failed;
    out += outcome.origin.file + ":" + std::to_string(outcome.origin.line) +
           ": " + outcome.cause + ": " + outcome.test + ", " +
           std::string(mutation_name(outcome.mutation)) +
           (outcome.log.empty() ? "" : " (" + outcome.log + ")") + ": " +
           outcome.what + "\n";
  }
  console.out(terminal_text(out));
  console.say(std::to_string(outcomes.size() - failed) + " passed, " +
              std::to_string(failed) + " failed");
  return failed == 0 ? ExitCode::kDone : ExitCode::kCouldNot;
}

}  // namespace

Finished run_rules(const Args& args, Console& console) {
  if (args.action == "list") {
    return list_rules(args, console);
  }
  if (args.action == "show") {
    return show_rules(args, console);
  }
  return args.action == "check" ? check_rule_files(args, console)
                                : test_rules(args, console);
}

}  // namespace deskfall
