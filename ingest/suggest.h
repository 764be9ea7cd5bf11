// Suggest: the nearest known name for one that was mistyped.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace deskfall {

/// Edits (insert, delete, replace, swap of neighbours) between two texts,
/// ASCII case ignored; gives up beyond `limit` and returns limit + 1.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b,
                                int limit);

/// "did you mean 'explain'?" when a known name is at most a third of its
/// letters away, else an empty text.
[[nodiscard]] std::string suggest(std::string_view unknown,
                                  std::span<const std::string> known);

}  // namespace deskfall
