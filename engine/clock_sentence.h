// Clock sentence: what is known of two clocks, in words.
//
//   pc1 is 3 s behind srv01 (give or take 0.2 s, 4 pairs)
#pragma once

#include <string>

#include "engine/case_data.h"
#include "engine/clocks.h"

namespace deskfall {

[[nodiscard]] std::string clock_sentence(const Clocks::Row& row,
                                         const CaseData& data);

}  // namespace deskfall
