// LiteralIndex: which of many literals stand in a text, ASCII case ignored.
//
// Each literal is filed under one of its runs of four bytes (or all of it, when
// it is shorter), the rarest among all literals; a text is looked up position
// by position and every find is compared whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace deskfall {

class LiteralIndex {
 public:
  /// Not empty; `id` is the caller's. The same literal may come twice.
  void add(std::string_view literal, std::uint32_t id);
  /// Files the literals; nothing can be added or found before and after.
  void close();

  /// Appends the ids of the literals in the text; an id may come repeatedly.
  void find(std::string_view text, std::vector<std::uint32_t>& ids) const;

  [[nodiscard]] bool empty() const { return literals_.empty(); }

 private:
  struct Literal {
    std::string text;  ///< lower case
    std::uint32_t id = 0;
  };
  struct Entry {
    std::uint32_t literal = 0;
    std::uint32_t at = 0;  ///< of the run inside the literal
  };
  std::vector<Literal> literals_;
  /// By length of the run less one; keys are the bytes of the run.
  std::unordered_map<std::uint32_t, std::vector<Entry>> runs_[4];
};

}  // namespace deskfall
