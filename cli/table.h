// Table: rows for people (text), spreadsheets (csv) or scripts (jsonl).
#pragma once

#include <string>
#include <vector>

#include "ingest/result.h"

namespace deskfall {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> numeric;  ///< by column: written bare in JSON
};

/// `format`: "" or text (aligned, one line a row), csv (RFC 4180, cells that a
/// spreadsheet would run get an apostrophe), jsonl or json (one object a row).
[[nodiscard]] Result<std::string> format_table(const Table& table,
                                               const std::string& format,
                                               int columns);

}  // namespace deskfall
