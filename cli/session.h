// Session: from what the user named to a case and its report.
#pragma once

#include <string>
#include <vector>

#include "cli/args.h"
#include "cli/console.h"
#include "engine/report.h"
#include "ingest/store.h"
#include "rules/rule_set.h"

namespace deskfall {

/// Where results go, by suffix.
struct OutputPlan {
  std::vector<std::string> reports;  ///< .html .md .json .txt
  std::string case_path;             ///< .case.db, or empty
};

/// Sorts outputs by suffix; refuses unknown suffixes, two cases, and files
/// that exist unless --force is given (those are removed when written).
[[nodiscard]] Result<OutputPlan> plan_outputs(const Args& args);

/// Reads logs into a new case at `path` (":memory:" to forget it).
enum class Keep { kAll, kRelevant };
[[nodiscard]] Result<Store> read_logs(const Args& args, const std::string& path,
                                      Keep keep, const RuleSet& rules,
                                      Console& console);

/// The case a command works on: the one named, or a new one from logs.
[[nodiscard]] Result<Store> open_or_read(const Args& args, const RuleSet& rules,
                                         Console& console);

[[nodiscard]] Result<Report> draw_report(const Args& args, Store& store,
                                         const RuleSet& rules);

/// Writes the report to the screen (or in the format asked for) and to every
/// planned file.
[[nodiscard]] Result<void> deliver(const Args& args, const OutputPlan& plan,
                                   const Report& report, Console& console);

/// Status of a finished run, from what was read and what --fail-on asks.
[[nodiscard]] ExitCode status_of(const Args& args, const Report& report);

/// Writes a file whole: to a name beside it first, then renamed.
[[nodiscard]] Result<void> write_file(const std::string& path,
                                      std::string_view text);

}  // namespace deskfall
