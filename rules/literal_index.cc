#include "rules/literal_index.h"

#include <algorithm>
#include <map>

#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr std::size_t kRun = 4;

std::uint32_t key_of(std::string_view text, std::size_t at,
                     std::size_t length) {
  std::uint32_t key = 0;
  for (std::size_t i = 0; i < length; ++i) {
    key = key << 8 | static_cast<unsigned char>(text[at + i]);
  }
  return key;
}

}  // namespace

void LiteralIndex::add(std::string_view literal, std::uint32_t id) {
  literals_.push_back({to_lower_ascii(literal), id});
}

void LiteralIndex::close() {
  std::unordered_map<std::uint32_t, std::uint32_t> common;
  for (const Literal& literal : literals_) {
    for (std::size_t i = 0; i + kRun <= literal.text.size(); ++i) {
      ++common[key_of(literal.text, i, kRun)];
    }
  }
  for (std::size_t n = 0; n < literals_.size(); ++n) {
    const std::string& text = literals_[n].text;
    const std::size_t length = std::min(kRun, text.size());
    std::size_t best = 0;
    for (std::size_t i = 1; i + kRun <= text.size(); ++i) {
      if (common[key_of(text, i, kRun)] < common[key_of(text, best, kRun)]) {
        best = i;
      }
    }
    runs_[length - 1][key_of(text, best, length)].push_back(
        {static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(best)});
  }
}

void LiteralIndex::find(std::string_view text,
                        std::vector<std::uint32_t>& ids) const {
  const std::string folded = to_lower_ascii(text);
  for (std::size_t length = 1; length <= kRun; ++length) {
    const auto& runs = runs_[length - 1];
    if (runs.empty()) {
      continue;
    }
    for (std::size_t i = 0; i + length <= folded.size(); ++i) {
      const auto found = runs.find(key_of(folded, i, length));
      if (found == runs.end()) {
        continue;
      }
      for (const Entry& entry : found->second) {
        const Literal& literal = literals_[entry.literal];
        if (entry.at <= i && folded.compare(i - entry.at, literal.text.size(),
                                            literal.text) == 0) {
          ids.push_back(literal.id);
        }
      }
    }
  }
}

}  // namespace deskfall
