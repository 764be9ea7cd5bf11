#include "cli/commands.h"
#include "cli/session.h"
#include "engine/why_not.h"
#include "ingest/text.h"

namespace deskfall {

Finished run_why_not(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  DF_TRY(Store store, open_or_read(args, rules, console));
  DF_TRY(const auto inquiry, Inquiry::open(store, rules, args.skew));
  const auto number = parse_number(args.failure);
  if (!number || *number < 1 || *number > inquiry->failures.size()) {
    return fail(ErrorKind::kUsage,
                "no failure is called '" + args.failure + "'", "",
                inquiry->failures.empty()
                    ? "there are none"
                    : "failures run from 1 to " +
                          std::to_string(inquiry->failures.size()));
  }
  DF_TRY(const WhyNot why,
         why_not(*inquiry, static_cast<std::size_t>(*number) - 1, args.id));
  console.out(terminal_text(why_not_text(why)));
  return ExitCode::kDone;
}

}  // namespace deskfall
