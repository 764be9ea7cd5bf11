// deskfall: parse the command line, run the verb, leave with its status.

#include <csignal>
#include <cstdio>
#include <map>

#include "cli/args.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/version.h"

namespace deskfall {
namespace {

ExitCode exit_code_of(const Error& error) {
  return error.kind == ErrorKind::kUsage ? ExitCode::kUsage
                                         : ExitCode::kCouldNot;
}

ExitCode run(const std::vector<std::string>& words) {
  const Result<Parsed> parsed = parse_args(words, version());
  if (!parsed) {
    std::fprintf(stderr, "deskfall: %s\n",
                 terminal_text(parsed.error().text()).c_str());
    return ExitCode::kUsage;
  }
  if (!parsed->answer.empty()) {
    std::fputs(parsed->answer.c_str(), stdout);
    return ExitCode::kDone;
  }
  static const std::map<std::string, Finished (*)(const Args&, Console&)>
      kCommands = {
          {"explain", run_explain},   {"ingest", run_ingest},
          {"report", run_report},     {"attempts", run_attempts},
          {"coverage", run_coverage}, {"timeline", run_timeline},
          {"show", run_show},         {"query", run_query},
          {"code", run_code},         {"demo", run_demo},
          {"dump", run_dump},         {"why-not", run_why_not},
          {"rules", run_rules},
      };
  const Args& args = parsed->args;
  Console console(args);
  const Finished finished = kCommands.at(args.command)(args, console);
  const Result<void> written = console.finish();
  if (!finished) {
    console.complain(finished.error());
    return exit_code_of(finished.error());
  }
  if (!written) {
    console.complain(written.error());
    return exit_code_of(written.error());
  }
  return *finished;
}

}  // namespace
}  // namespace deskfall

int main(int argc, char** argv) {
  // A closed pipe is the reader's good right: files are written all the same.
  std::signal(SIGPIPE, SIG_IGN);
  // A file at its limit is told like a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  deskfall::catch_interrupts();
  const std::vector<std::string> words(argv + 1, argv + argc);
  return static_cast<int>(deskfall::run(words));
}
