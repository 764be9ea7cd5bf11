#include "engine/clock_sentence.h"

#include <fmt/format.h>

#include <cstdlib>

namespace deskfall {

std::string clock_sentence(const Clocks::Row& row, const CaseData& data) {
  const std::string& host = data.host_name(row.host);
  const std::string& other = data.host_name(row.relative_to);
  if (row.offset.assumed) {
    return fmt::format(
        "{} and {}: nothing ties their clocks, which are taken to be within "
        "{}; what came first across the two is not known",
        host, other, format_span(kDefaultOffset));
  }
  if (row.offset.synced) {
    return fmt::format(
        "{} and {}: nothing ties their clocks, but the time service of both "
        "found its source within a day, so they are taken to be within {}",
        host, other, format_span(kSyncedOffset));
  }
  const Ticks middle = (row.offset.low + row.offset.high) / 2;
  const Ticks half = (row.offset.high - row.offset.low) / 2;
  const std::string proof = row.told
                                ? "as told"
                                : fmt::format("{} pair{}", row.offset.pairs,
                                              row.offset.pairs == 1 ? "" : "s");
  std::string text = fmt::format("{} is {} {} {} (give or take {}, {})", host,
                                 format_span(std::abs(middle)),
                                 middle < 0 ? "behind" : "ahead of", other,
                                 format_span(half), proof);
  if (row.since) {
    text += ", from " + format_utc(*row.since).substr(0, 19) + " on";
  }
  if (row.until) {
    const Ticks step = row.until->after - row.until->before;
    text +=
        fmt::format(", until the clock of {} was set {} by {} at {}",
                    data.host_name(row.changed), step < 0 ? "back" : "ahead",
                    format_span(std::abs(step)),
                    format_utc(row.until->before).substr(0, 19));
  }
  return text;
}

}  // namespace deskfall
