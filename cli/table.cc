#include "cli/table.h"

#include <algorithm>

#include "ingest/event.h"
#include "ingest/text.h"
#include "report/safe_text.h"

namespace deskfall {

namespace {

constexpr std::size_t kMostCell = 60;

std::string as_text(const Table& table, int columns) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = display_width(table.columns[c]);
    for (const auto& row : table.rows) {
      width = std::max(width, display_width(row[c]));
    }
    widths.push_back(std::min(width, kMostCell));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const bool last = c + 1 == cells.size();
      const auto used = display_width(out);
      const std::size_t room =
          last && static_cast<std::size_t>(columns) > used + widths[c]
              ? static_cast<std::size_t>(columns) - used
              : widths[c];
      out += last ? fit(cells[c], room) : pad(cells[c], widths[c]) + "  ";
    }
    return out + "\n";
  };
  std::string out = line(table.columns);
  for (const auto& row : table.rows) {
    out += line(row);
  }
  return out;
}

/// A cell that begins like a formula would be run by a spreadsheet (CWE-1236).
std::string csv_cell(const std::string& text, bool numeric) {
  std::string cell = text;
  if (!numeric && !cell.empty() &&
      std::string("=+-@\t\r").find(cell.front()) != std::string::npos) {
    cell.insert(cell.begin(), '\'');
  }
  std::replace(cell.begin(), cell.end(), '\n', ' ');
  std::replace(cell.begin(), cell.end(), '\r', ' ');
  if (cell.find_first_of("\",") == std::string::npos) {
    return cell;
  }
  std::string quoted = "\"";
  for (const char c : cell) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string as_csv(const Table& table) {
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    out += (c == 0 ? "" : ",") + csv_cell(table.columns[c], false);
  }
  out += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += (c == 0 ? "" : ",") + csv_cell(row[c], table.numeric[c]);
    }
    out += "\r\n";
  }
  return out;
}

std::string as_jsonl(const Table& table) {
  std::string out;
  for (const auto& row : table.rows) {
    out += "{";
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += c == 0 ? "" : ",";
      append_json_string(out, table.columns[c]);
      out += ":";
      if (table.numeric[c] && parse_signed(row[c])) {
        out += row[c];
      } else if (table.numeric[c] && row[c].empty()) {
        out += "null";
      } else {
        append_json_string(out, row[c]);
      }
    }
    out += "}\n";
  }
  return out;
}

}  // namespace

Result<std::string> format_table(const Table& table, const std::string& format,
                                 int columns) {
  if (format.empty() || format == "text") {
    return as_text(table, columns);
  }
  if (format == "csv") {
    return as_csv(table);
  }
  if (format == "jsonl" || format == "json") {
    return as_jsonl(table);
  }
  return fail(ErrorKind::kUsage, "unknown format '" + format + "'", "",
              "text, csv or jsonl");
}

}  // namespace deskfall
