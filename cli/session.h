// Session: from what the user named to a case and its report.
#pragma once

#include <string>
#include <vector>

#include "cli/args.h"
#include "cli/console.h"
#include "cli/interrupt.h"
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

/// A case that is being made, under a name of its own; it takes the place of
/// the file asked for only when it is whole, and is gone otherwise.
class NewCase {
 public:
  explicit NewCase(std::string path);
  ~NewCase();
  NewCase(const NewCase&) = delete;
  NewCase& operator=(const NewCase&) = delete;

  /// Makes it; without a name a passing one.
  [[nodiscard]] Result<Store> create() const;
  /// Gives it its name.
  [[nodiscard]] Result<void> publish();

 private:
  std::string path_;
  std::string part_;
  Unfinished unfinished_;
};

/// Reads logs into a case that was just made.
enum class Keep { kAll, kRelevant };
[[nodiscard]] Result<Store> read_logs(const Args& args, Result<Store> made,
                                      Keep keep, const RuleSet& rules,
                                      Console& console);

/// The case a command works on: the one named, or one from logs, which is
/// gone at the end.
[[nodiscard]] Result<Store> open_or_read(
    const Args& args, const RuleSet& rules, Console& console,
    Result<Store> (*make)() = Store::create_passing);

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
