#include "rules/stage.h"

#include <array>

namespace deskfall {

namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "none",    "dns",       "tcp",   "x224",   "tls",
    "credssp", "licensing", "logon", "session"};

}  // namespace

std::string_view stage_name(Stage stage) {
  return kNames[static_cast<std::size_t>(stage)];
}

std::optional<Stage> parse_stage(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) {
      return static_cast<Stage>(i);
    }
  }
  return std::nullopt;
}

Stage next_stage(Stage stage) {
  return stage == Stage::kSession
             ? stage
             : static_cast<Stage>(static_cast<int>(stage) + 1);
}

std::string stage_range_name(StageRange range) {
  std::string name(stage_name(range.first));
  if (range.first != range.last) {
    name += "..";
    name += stage_name(range.last);
  }
  return name;
}

std::optional<StageRange> parse_stage_range(std::string_view text) {
  if (text == "any") {
    return StageRange{Stage::kDns, Stage::kSession};
  }
  const std::size_t dots = text.find("..");
  const auto first = parse_stage(text.substr(0, dots));
  const auto last = dots == std::string_view::npos
                        ? first
                        : parse_stage(text.substr(dots + 2));
  if (!first || !last || *first > *last) {
    return std::nullopt;
  }
  return StageRange{*first, *last};
}

}  // namespace deskfall
