#include "cli/moment.h"

#include <algorithm>

namespace deskfall {

Result<std::optional<Instant>> read_moment(std::string text,
                                           const std::string& flag,
                                           const Zone& zone) {
  if (text.empty()) {
    return std::optional<Instant>{};
  }
  const bool day_alone = text.size() == 10;
  if (day_alone) {
    text += "T00:00:00";
  }
  std::replace(text.begin(), text.end(), ' ', 'T');
  const std::string clock = text.size() > 11 ? text.substr(11) : "";
  const bool has_offset = clock.find_first_of("Zz+-") != std::string::npos;
  if (clock.size() == 5) {
    text += ":00";
  }
  const auto read = parse_iso8601(text);
  if (!read) {
    return fail(ErrorKind::kUsage, "'" + text + "' is no time", flag,
                "for example 2026-03-02T08:14 or 2026-03-02T08:14:07Z");
  }
  return std::optional<Instant>(has_offset ? *read
                                           : zone.to_utc(*read).instant);
}

}  // namespace deskfall
