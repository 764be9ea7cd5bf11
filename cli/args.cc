#include "cli/args.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <sstream>
#include <thread>

#include "ingest/suggest.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

const std::vector<std::string>& commands() {
  static const std::vector<std::string> kNames = {
      "explain", "ingest", "report", "attempts", "coverage", "timeline", "show",
      "query",   "dump",   "code",   "demo",     "why-not",  "rules"};
  return kNames;
}

/// Options that several commands share, added to each of them.
class Declare {
 public:
  Declare(CLI::App& command, Args& args) : command_(command), args_(args) {}

  Declare& inputs() {
    command_
        .add_option("INPUT", args_.inputs,
                    "files, folders, archives, or one .case.db")
        ->required();
    return *this;
  }
  Declare& case_file() {
    command_.add_option("X", case_, "a .case.db, or logs to read first")
        ->required();
    return *this;
  }
  Declare& outputs() {
    command_
        .add_option("-o,--output", args_.outputs,
                    "write a file; the suffix decides: .html .md .json "
                    ".txt .case.db; may repeat")
        ->expected(1)
        ->take_all();
    command_.add_flag("--force", args_.force, "replace files that exist");
    return *this;
  }
  Declare& reading() {
    command_
        .add_option("--dialog", args_.dialogs,
                    "text copied from the error box; '-' reads standard input")
        ->expected(1)
        ->take_all();
    command_
        .add_option("--zone", zones_,
                    "HOST=ZONE: zone of the local times of a host")
        ->expected(1)
        ->take_all();
    command_
        .add_option("--keep", args_.keep, "records to store: all, relevant")
        ->check(CLI::IsMember({"all", "relevant"}));
    command_.add_option("--passphrase-file", args_.passphrase_file,
                        "file with the passphrase of locked archives");
    command_.add_option("--max-unpacked", max_unpacked_,
                        "most bytes to unpack, e.g. 20G");
    command_.add_flag("--strict", args_.strict,
                      "damaged or refused evidence is an error");
    command_.add_option("--progress", args_.progress, "auto, always, never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    return *this;
  }
  Declare& working() {
    command_
        .add_option("--jobs", args_.jobs,
                    "threads to read with; default: one per processor")
        ->check(CLI::Range(1, 256));
    command_.add_option("--code-page", args_.code_page,
                        "of 8-bit strings in EVTX, e.g. windows-932");
    return *this;
  }
  Declare& judging() {
    command_
        .add_option("--skew", skews_,
                    "HOST=SECONDS: how far a host's clock is ahead")
        ->expected(1)
        ->take_all();
    command_.add_option("--rules", args_.rules, "folder with more rules")
        ->expected(1)
        ->take_all();
    command_
        .add_option("--fail-on", args_.fail_on,
                    "leave with status 10 on: failures, unexplained")
        ->check(CLI::IsMember({"failures", "unexplained"}));
    return *this;
  }
  Declare& showing(const std::string& formats) {
    command_.add_option("-f,--format", args_.format, formats);
    command_.add_flag_callback(
        "--json", [this] { args_.format = "json"; }, "same as -f json");
    command_.add_option("--tz", args_.tz, "zone to show times in");
    command_.add_option("--color", args_.color, "auto, always, never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    return *this;
  }

  /// Which records `dump` writes.
  Declare& picking() {
    command_
        .add_option("--event", args_.event_ids,
                    "only this event id; may repeat")
        ->expected(1)
        ->take_all();
    command_.add_option("--from", args_.from,
                        "only from this time on, e.g. 2026-03-02T08:14");
    command_.add_option("--to", args_.to, "only before this time");
    command_
        .add_option("--offset", args_.offset,
                    "only the record that begins at this byte of its file")
        ->check(CLI::NonNegativeNumber);
    return *this;
  }

  /// What a table shows.
  Declare& choosing(bool by_attempt) {
    command_.add_option("--host", args_.hosts, "only this host; may repeat")
        ->expected(1)
        ->take_all();
    command_.add_option("--from", args_.from,
                        "only from this time on, e.g. 2026-03-02T08:14");
    command_.add_option("--to", args_.to, "only before this time");
    if (by_attempt) {
      command_.add_option("--attempt", args_.attempt,
                          "only this attempt, by its number");
    }
    return *this;
  }

  Result<void> finish();

 private:
  static Result<std::pair<std::string, std::string>> pair_of(
      const std::string& text, const std::string& option);

  CLI::App& command_;
  Args& args_;
  std::string case_;
  std::vector<std::string> zones_;
  std::vector<std::string> skews_;
  std::string max_unpacked_;
};

Result<std::pair<std::string, std::string>> Declare::pair_of(
    const std::string& text, const std::string& option) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorKind::kUsage, "'" + text + "' is not HOST=VALUE", option);
  }
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

Result<std::int64_t> parse_size(const std::string& text) {
  std::string digits = text;
  std::int64_t unit = 1;
  const std::size_t at = std::string("KMGT").find(
      digits.empty() ? ' ' : static_cast<char>(std::toupper(digits.back())));
  if (at != std::string::npos) {
    digits.pop_back();
    for (std::size_t i = 0; i <= at; ++i) {
      unit *= 1024;
    }
  }
  const auto value = parse_number(digits);
  if (!value || *value == 0 ||
      *value > static_cast<std::uint64_t>(INT64_MAX / unit)) {
    return fail(ErrorKind::kUsage, "'" + text + "' is not a size",
                "--max-unpacked", "for example 500M or 20G");
  }
  return static_cast<std::int64_t>(*value) * unit;
}

Result<void> Declare::finish() {
  if (!case_.empty()) {
    args_.inputs = {case_};
  }
  for (const std::string& text : zones_) {
    DF_TRY(const auto pair, pair_of(text, "--zone"));
    args_.zones[pair.first] = pair.second;
  }
  for (const std::string& text : skews_) {
    DF_TRY(const auto pair, pair_of(text, "--skew"));
    std::istringstream in(pair.second);
    double seconds = 0;
    in >> seconds;
    constexpr double kMostSkew = 1e9;
    if (!in || !in.eof() || !(std::abs(seconds) < kMostSkew)) {
      return fail(ErrorKind::kUsage,
                  "'" + pair.second + "' is not a number of seconds", "--skew");
    }
    args_.skew[pair.first] =
        static_cast<Ticks>(seconds * static_cast<double>(kTicksPerSecond));
  }
  if (!max_unpacked_.empty()) {
    DF_TRY(args_.max_unpacked, parse_size(max_unpacked_));
  }
  return {};
}

}  // namespace

Result<Parsed> parse_args(const std::vector<std::string>& words,
                          const std::string& version) {
  Parsed parsed;
  Args& args = parsed.args;
  args.jobs =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  CLI::App app{
      "deskfall explains Remote Desktop failures from the logs that "
      "were collected.",
      "deskfall"};
  app.set_version_flag("--version", "deskfall " + version);
  app.require_subcommand(1);
  app.get_formatter()->column_width(30);
  app.footer(
      "Examples:\n"
      "  deskfall explain support-package.zip -o report.html\n"
      "  deskfall code 0x904 0x7\n"
      "Status: 0 done, 1 could not, 2 usage, 3 evidence incomplete, 10 "
      "--fail-on");

  std::vector<std::unique_ptr<Declare>> declared;
  const auto add = [&](const std::string& name, const std::string& about,
                       const std::string& example) -> Declare& {
    CLI::App* command = app.add_subcommand(name, about);
    command->footer("Example:\n  " + example);
    command->add_flag("-q,--quiet", args.quiet, "say nothing but results");
    command->add_flag("-v,--verbose", args.verbose, "say more");
    command->callback([&args, name] { args.command = name; });
    declared.push_back(std::make_unique<Declare>(*command, args));
    return *declared.back();
  };
  add("explain", "read logs and explain every failed connection",
      "deskfall explain case-4711/ --dialog error.txt -o report.html")
      .inputs()
      .outputs()
      .reading()
      .working()
      .judging()
      .showing("text, json, md, html");
  app.get_subcommand("explain")->add_flag(
      "--sql", args.as_sql,
      "print a query over the views for each item of evidence instead");
  add("ingest", "read logs into a case, without judging",
      "deskfall ingest package.zip -o x.case.db")
      .inputs()
      .outputs()
      .reading()
      .working();
  add("report", "write the report of a case again",
      "deskfall report x.case.db -o report.md")
      .case_file()
      .outputs()
      .judging()
      .showing("text, json, md, html");
  add("attempts", "one line for each connection attempt",
      "deskfall attempts x.case.db -f csv")
      .case_file()
      .judging()
      .choosing(true)
      .showing("text, csv, jsonl");
  add("coverage", "what each log could have told, and when",
      "deskfall coverage x.case.db")
      .case_file()
      .judging()
      .choosing(false)
      .showing("text, csv, jsonl");
  add("timeline", "the records behind the report, of all hosts, in order",
      "deskfall timeline x.case.db --attempt 3")
      .case_file()
      .judging()
      .choosing(true)
      .showing("text, csv, jsonl");
  {
    Declare& show = add("show", "the record behind an evidence id",
                        "deskfall show e4 x.case.db");
    app.get_subcommand("show")
        ->add_option("ID", args.id, "evidence id of a report, such as e4")
        ->required();
    show.case_file().showing("text, json");
  }
  {
    Declare& query =
        add("query", "read-only SQL over the views of a case",
            "deskfall query x.case.db \"select * from v_failure\"");
    query.case_file();
    app.get_subcommand("query")
        ->add_option("SQL", args.sql, "one SELECT")
        ->required();
    query.showing("text, csv, jsonl");
  }
  add("dump", "print every record of log files, whole",
      "deskfall dump System.evtx -f jsonl | head")
      .inputs()
      .working()
      .picking()
      .showing(
          "xml, jsonl, files (which files hold such records), hex (with "
          "--offset)");
  {
    Declare& code = add("code", "what the numbers of the error box mean",
                        "deskfall code 0x904 0x7");
    app.get_subcommand("code")
        ->add_option("MAIN", args.main_code, "code or name, 0x904 or 2308")
        ->required();
    app.get_subcommand("code")->add_option("EXT", args.extended_code,
                                           "extended error code");
    code.showing("text, json");
  }
  {
    Declare& why = add("why-not", "why a cause is not the answer for a failure",
                       "deskfall why-not packet-loss 1 x.case.db");
    CLI::App* command = app.get_subcommand("why-not");
    command->add_option("CAUSE", args.id, "id of a cause, see rules list")
        ->required();
    command->add_option("FAILURE", args.failure, "number of a failure")
        ->required();
    why.case_file().judging();
  }
  {
    Declare& rules = add("rules", "list, show, check and test the rules",
                         "deskfall rules test --rules my-rules");
    CLI::App* command = app.get_subcommand("rules");
    command->add_option("ACTION", args.action, "list, show, check or test")
        ->required()
        ->check(CLI::IsMember({"list", "show", "check", "test"}));
    command->add_option("NAME", args.names,
                        "ids to show or test; folders to check");
    command->add_option("--rules", args.rules, "folder with more rules")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    rules.showing("list: text, csv, jsonl; check: text, sarif");
  }
  add("demo", "explain an incident that is built in", "deskfall demo")
      .outputs()
      .showing("text, json, md, html");

  if (words.empty()) {
    return fail(ErrorKind::kUsage, "nothing to do", "",
                "deskfall demo shows an example, deskfall --help all verbs");
  }
  // CLI11 wants the words in reverse order.
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    parsed.answer = app.help();
    for (const CLI::App* command : app.get_subcommands()) {
      parsed.answer = command->help();
    }
    return parsed;
  } catch (const CLI::CallForVersion&) {
    parsed.answer = "deskfall " + version + "\n";
    return parsed;
  } catch (const CLI::ParseError& error) {
    std::string hint = "see deskfall --help";
    if (!words.empty() && app.get_subcommands().empty()) {
      const std::string near = suggest(words.front(), commands());
      hint = near.empty() ? hint : near;
      if (words.front().front() != '-') {
        return fail(ErrorKind::kUsage,
                    "no command is called '" + words.front() + "'", "", hint);
      }
    }
    return fail(ErrorKind::kUsage, error.what(), "", hint);
  }
  for (const auto& declare : declared) {
    DF_CHECK(declare->finish());
  }
  return parsed;
}

}  // namespace deskfall
