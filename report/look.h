// Look: the sign and the colour that go with a word.
//
// A status is a word first, a sign second and a colour third, so that nothing
// is lost on paper, without colours or with a screen reader. Page and Markdown
// share the signs.
#pragma once

#include <string_view>

#include "report/words.h"

namespace deskfall {

struct Look {
  std::string_view sign;  ///< one character
  std::string_view tone;  ///< class of the style: good, warn, bad, plain
};

[[nodiscard]] Look verdict_look(std::string_view verdict);
[[nodiscard]] Look grade_look(std::string_view grade);
[[nodiscard]] Look side_look(Side side);
/// Of an attempt or of a source.
[[nodiscard]] Look outcome_look(std::string_view outcome);

}  // namespace deskfall
