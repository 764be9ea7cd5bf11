// Commands: one function per verb of the command line.
#pragma once

#include "cli/args.h"
#include "cli/console.h"

namespace deskfall {

[[nodiscard]] Finished run_explain(const Args& args, Console& console);
[[nodiscard]] Finished run_ingest(const Args& args, Console& console);
[[nodiscard]] Finished run_report(const Args& args, Console& console);
[[nodiscard]] Finished run_attempts(const Args& args, Console& console);
[[nodiscard]] Finished run_coverage(const Args& args, Console& console);
[[nodiscard]] Finished run_timeline(const Args& args, Console& console);
[[nodiscard]] Finished run_show(const Args& args, Console& console);
[[nodiscard]] Finished run_query(const Args& args, Console& console);
[[nodiscard]] Finished run_dump(const Args& args, Console& console);
[[nodiscard]] Finished run_code(const Args& args, Console& console);
[[nodiscard]] Finished run_why_not(const Args& args, Console& console);
[[nodiscard]] Finished run_rules(const Args& args, Console& console);
[[nodiscard]] Finished run_demo(const Args& args, Console& console);

}  // namespace deskfall
