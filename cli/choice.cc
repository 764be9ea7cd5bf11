#include "cli/choice.h"

#include <algorithm>

#include "cli/moment.h"
#include "ingest/text.h"

namespace deskfall {

Result<Choice> Choice::make(const Args& args, const Zone& zone,
                            const Report& report) {
  Choice choice;
  choice.hosts_ = args.hosts;
  DF_TRY(choice.from_, read_moment(args.from, "--from", zone));
  DF_TRY(choice.to_, read_moment(args.to, "--to", zone));
  if (!args.attempt.empty()) {
    const auto found = std::find_if(
        report.attempts.begin(), report.attempts.end(),
        [&](const Report::Attempt& a) { return a.id == args.attempt; });
    if (found == report.attempts.end()) {
      return fail(ErrorKind::kUsage,
                  "there is no attempt '" + args.attempt + "'", "--attempt",
                  report.attempts.empty()
                      ? "the logs show none"
                      : "they are numbered 1 to " +
                            std::to_string(report.attempts.size()));
    }
    choice.only_ = &*found;
  }
  return choice;
}

bool Choice::host(const std::string& name) const {
  return hosts_.empty() ||
         std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& wanted) {
           return equals_ignore_case(wanted, name) ||
                  equals_ignore_case(wanted, name.substr(0, name.find('.')));
         });
}

bool Choice::time(const std::optional<Instant>& when) const {
  return span(when, when);
}

bool Choice::span(const std::optional<Instant>& begin,
                  const std::optional<Instant>& end) const {
  if (!from_ && !to_) {
    return true;
  }
  return begin && (!from_ || end.value_or(*begin) >= *from_) &&
         (!to_ || *begin < *to_);
}

bool Choice::attempt(const Report::Attempt& attempt) const {
  const bool here = host(attempt.client.host) || host(attempt.server.host) ||
                    (!attempt.through.empty() && host(attempt.through));
  return (only_ == nullptr || only_ == &attempt) && here &&
         span(attempt.began, attempt.ended);
}

}  // namespace deskfall
