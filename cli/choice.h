// Choice: which rows of a table the user asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/args.h"
#include "engine/report.h"

namespace deskfall {

class Choice {
 public:
  /// Fails on a time that is none, or a number that no attempt has.
  [[nodiscard]] static Result<Choice> make(const Args& args, const Zone& zone,
                                           const Report& report);

  /// Full name or first label, letter case ignored; every host without --host.
  [[nodiscard]] bool host(const std::string& name) const;
  /// False outside --from and --to; without a time only when neither is given.
  [[nodiscard]] bool time(const std::optional<Instant>& when) const;
  /// True when any part of the span lies inside.
  [[nodiscard]] bool span(const std::optional<Instant>& begin,
                          const std::optional<Instant>& end) const;
  [[nodiscard]] bool attempt(const Report::Attempt& attempt) const;
  /// The attempt of --attempt, or null.
  [[nodiscard]] const Report::Attempt* only() const { return only_; }

 private:
  std::vector<std::string> hosts_;
  std::optional<Instant> from_;
  std::optional<Instant> to_;
  const Report::Attempt* only_ = nullptr;
};

}  // namespace deskfall
