#include "rules/sql_text.h"

#include <fmt/format.h>

#include <utility>

namespace deskfall {

std::string sql_quote(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "''" : std::string(1, c);
  }
  return out + "'";
}

std::string sql_column(std::string_view field) {
  static constexpr std::pair<std::string_view, std::string_view> kColumns[] = {
      {"EventID", "event_id"},
      {"Provider_Name", "nullif(provider, '')"},
      {"Channel", "nullif(channel, '')"},
      {"Computer", "nullif(host, '')"},
      {"Level", "level"},
      {"ActivityID", "nullif(activity_id, '')"},
      {"UserID", "nullif(user_sid, '')"}};
  for (const auto& [name, column] : kColumns) {
    if (name == field) {
      return std::string(column);
    }
  }
  std::string nth = "0";
  const std::size_t bracket = field.find('[');
  if (bracket != std::string_view::npos && field.ends_with(']')) {
    nth = field.substr(bracket + 1, field.size() - bracket - 2);
    field = field.substr(0, bracket);
  }
  const std::string value =
      "(SELECT value FROM json_each(fields) WHERE key = " + sql_quote(field) +
      " LIMIT 1" + (nth == "0" ? "" : " OFFSET " + nth) + ")";
  return field == "ProcessID" ? "coalesce(" + value + ", process_id)" : value;
}

std::string sql_like(const std::string& column, std::string_view pattern,
                     bool cased) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool escapes = c == '\\' && i + 1 < pattern.size() &&
                         (pattern[i + 1] == '*' || pattern[i + 1] == '?' ||
                          pattern[i + 1] == '\\');
    const char plain = escapes ? pattern[++i] : c;
    if (!escapes && (c == '*' || c == '?')) {
      out += cased ? c : c == '*' ? '%' : '_';
    } else if (cased) {
      const bool special = plain == '*' || plain == '?' || plain == '[';
      out +=
          special ? "[" + std::string(1, plain) + "]" : std::string(1, plain);
    } else {
      const bool special = plain == '%' || plain == '_' || plain == '\\';
      out += (special ? "\\" : "") + std::string(1, plain);
    }
  }
  return cased ? column + " GLOB " + sql_quote(out)
               : column + " LIKE " + sql_quote(out) + " ESCAPE '\\'";
}

std::string sql_number(const std::string& column, std::uint64_t number) {
  if (column == "event_id" || column == "level") {
    return fmt::format("{} = {}", column, number);
  }
  return fmt::format(
      "ltrim({0}, '0') = '{1}' OR (lower({0}) LIKE '0x%' AND "
      "ltrim(substr(lower({0}), 3), '0') = '{2}')",
      column, number == 0 ? "" : std::to_string(number),
      number == 0 ? "" : fmt::format("{:x}", number));
}

}  // namespace deskfall
