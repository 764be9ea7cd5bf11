#pragma once

#include <string>

namespace deskfall {

/// "0.1.0", from CMakeLists.txt.
[[nodiscard]] std::string version();

}  // namespace deskfall
