// Pattern: regular expressions on log text, one by one or many at once.
//
// RE2 throughout: linear in the text, whatever the pattern. A set answers for
// some hundred patterns in one pass; it is built in shards, because one large
// set falls off a cliff (10,657 patterns: 898 us a text and 630 MB, measured),
// and every shard that does not compile is asked pattern by pattern instead of
// being lost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deskfall {

enum class PatternFlag : std::uint8_t {
  kNone = 0,
  kIgnoreCase = 1,
  kLines = 2,   ///< ^ and $ match at line breaks
  kDotAll = 4,  ///< . matches line breaks
};
[[nodiscard]] constexpr PatternFlag operator|(PatternFlag a, PatternFlag b) {
  return static_cast<PatternFlag>(static_cast<unsigned>(a) |
                                  static_cast<unsigned>(b));
}

class Pattern {
 public:
  Pattern(std::string_view text, PatternFlag flags);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Why it does not compile; empty when it does.
  [[nodiscard]] std::string problem() const;
  /// Matches somewhere in the text. False when it does not compile.
  [[nodiscard]] bool matches(std::string_view text) const;
  /// With its flags written in, for a PatternSet.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Impl;
  std::string text_;
  std::unique_ptr<Impl> impl_;
};

class PatternSet {
 public:
  explicit PatternSet(const std::vector<std::string>& patterns);
  ~PatternSet();
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;

  /// Indexes of the patterns that match, sorted, into `hits`.
  void match(std::string_view text, std::vector<std::size_t>& hits) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deskfall
