// Golden: compares a text with a file of tests/golden, byte by byte.
//
// A difference is shown as a unified diff. With DESKFALL_UPDATE_GOLDEN=1 in
// the environment the file is rewritten instead; the change then shows up in
// the commit, where a person reads it.
#pragma once

#include <string>
#include <string_view>

namespace deskfall {

/// Empty when `actual` equals tests/golden/`name`, else what differs.
[[nodiscard]] std::string golden_difference(const std::string& name,
                                            std::string_view actual);

}  // namespace deskfall
