#include "ingest/suggest.h"

#include <algorithm>
#include <vector>

#include "ingest/text.h"

namespace deskfall {

int edit_distance(std::string_view a, std::string_view b, int limit) {
  const std::string left = to_lower_ascii(a);
  const std::string right = to_lower_ascii(b);
  const auto most = static_cast<std::size_t>(limit);
  if (left.size() > right.size() + most || right.size() > left.size() + most) {
    return limit + 1;
  }
  // Three rows of the table: two are needed for the swap of neighbours.
  const std::size_t columns = right.size() + 1;
  std::vector<int> before(columns);
  std::vector<int> above(columns);
  std::vector<int> row(columns);
  for (std::size_t j = 0; j < columns; ++j) {
    above[j] = static_cast<int>(j);
  }
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j < columns; ++j) {
      const int change = left[i - 1] == right[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] &&
          left[i - 2] == right[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(above);
    above.swap(row);
  }
  return above[right.size()];
}

std::string suggest(std::string_view unknown,
                    std::span<const std::string> known) {
  const std::string* best = nullptr;
  int best_distance = 0;
  for (const std::string& name : known) {
    const int limit = std::max(1, static_cast<int>(name.size()) / 3);
    const int distance = edit_distance(unknown, name, limit);
    if (distance <= limit && (best == nullptr || distance < best_distance)) {
      best = &name;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : "did you mean '" + *best + "'?";
}

}  // namespace deskfall
