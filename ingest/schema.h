// The text of schema.sql, compiled in.
#pragma once

#include <string_view>

namespace deskfall {

[[nodiscard]] std::string_view schema_sql();

}  // namespace deskfall
