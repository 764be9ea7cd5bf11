// SqlText: pieces of SQL over v_event (ingest/VIEWS.md) for a person to rerun.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace deskfall {

/// 'text' with its quotes doubled.
[[nodiscard]] std::string sql_quote(std::string_view text);

/// The column or JSON path of a field by its rule name; NULL when missing.
[[nodiscard]] std::string sql_column(std::string_view field);

/// A Sigma pattern ('*', '?', backslash) as LIKE, which ignores ASCII case as
/// the rules do, or as GLOB when case counts.
[[nodiscard]] std::string sql_like(const std::string& column,
                                   std::string_view pattern, bool cased);

/// The column is this number, written in decimal or hexadecimal.
[[nodiscard]] std::string sql_number(const std::string& column,
                                     std::uint64_t number);

}  // namespace deskfall
