#include <fmt/format.h>

#include <optional>
#include <utility>

#include "cli/commands.h"
#include "ingest/event.h"
#include "ingest/text.h"
#include "rules/rule_set.h"

namespace deskfall {

namespace {

/// The low byte of an unknown code still names its family.
std::string family(std::uint32_t code) {
  if (code >= 0x3000000 && code < 0x3000100) {
    return "an RD Gateway or feed code that no table here explains";
  }
  switch (code & 0xff) {
    case 0x04:
      return "undocumented; its family (04) is network and Winsock";
    case 0x06:
      return "undocumented; its family (06) is RDP security and memory";
    case 0x07:
      return "undocumented; its family (07) is TLS, CredSSP and account state";
    case 0x08:
      return "undocumented; its family (08) is client core, licensing, timers";
    case 0x09:
      return "undocumented; its family (09) is policy or capability mismatch";
    case 0x0a:
      return "undocumented; its family (0A) is smart cards";
    default:
      return "undocumented; no table here explains it";
  }
}

/// What the place where a number stands is called.
std::string_view table_title(std::string_view table) {
  constexpr std::pair<std::string_view, std::string_view> kTitles[] = {
      {"avd", "label of Azure Virtual Desktop"},
      {"client-hex", "code of the clients for other systems"},
      {"disconnect", "error code"},
      {"errinfo", "extended error code, protocol range"},
      {"extended", "extended error code"},
      {"fatal-error", "OnFatalError of the client control"},
      {"freerdp", "FreeRDP error"},
      {"gateway", "RD Gateway result"},
      {"gateway-client", "error code, RD Gateway range"},
      {"logon-error", "OnLogonError of the client control"},
      {"negotiation", "X.224 negotiation failure"},
      {"schannel-state", "Schannel internal state"},
      {"status", "status value"},
      {"tls-alert", "TLS alert"},
      {"win32", "Win32 error"}};
  for (const auto& [name, title] : kTitles) {
    if (name == table) {
      return title;
    }
  }
  return table;
}

struct Row {
  std::string table;
  std::optional<std::uint32_t> code;
  const CodeEntry* entry = nullptr;  ///< null: not in any table
};

Row row_of(const CodeEntry* entry) {
  return {entry->table, entry->code, entry};
}

/// The number or name in the place of one of the two codes of the error box;
/// when that place does not know it, every other table is asked.
Result<std::vector<Row>> look_up(const RuleSet& rules, const std::string& text,
                                 const std::string& table) {
  std::vector<Row> rows;
  const auto number = parse_number(text);
  if (number && *number <= 0xffffffff) {
    const auto code = static_cast<std::uint32_t>(*number);
    if (const CodeEntry* entry = rules.code(table, code)) {
      return std::vector<Row>{row_of(entry)};
    }
    for (const CodeEntry* entry : rules.find_codes(code)) {
      rows.push_back(row_of(entry));
    }
    if (rows.empty()) {
      rows.push_back({table, code, nullptr});
    }
    return rows;
  }
  for (const CodeEntry* entry : rules.find_codes(std::string_view(text))) {
    rows.push_back(row_of(entry));
  }
  if (rows.empty()) {
    return fail(ErrorKind::kUsage, "'" + text + "' is not a code", "",
                "write it as in the error box, for example 0x904 or 2308, or "
                "by name: SEC_E_UNKNOWN_CREDENTIALS");
  }
  return rows;
}

std::string as_text(const Row& row) {
  std::string out = row.code ? fmt::format("0x{:X} ({})", *row.code, *row.code)
                             : row.entry->name;
  out += fmt::format("  {}\n", table_title(row.table));
  if (row.entry == nullptr) {
    return out + "  " + family(*row.code) + "\n";
  }
  out += fmt::format("  {}\n  name: {}\n", row.entry->says, row.entry->name);
  if (row.entry->fails_at) {
    out += fmt::format("  the connection fell at: {}\n",
                       stage_range_name(*row.entry->fails_at));
  }
  out += fmt::format("  from: {}", row.entry->origin);
  if (!row.entry->confidence.empty()) {
    out += fmt::format(" (confidence {})", row.entry->confidence);
  }
  return out + "\n";
}

std::string as_json(const Row& row) {
  const CodeEntry unknown;
  const CodeEntry& entry = row.entry != nullptr ? *row.entry : unknown;
  std::string out = "{\"table\":";
  append_json_string(out, row.table);
  out += row.code ? fmt::format(",\"code\":{}", *row.code) : ",\"code\":null";
  out += ",\"name\":";
  append_json_string(out, entry.name);
  out += ",\"says\":";
  append_json_string(
      out, row.entry != nullptr ? entry.says : family(row.code.value_or(0)));
  out += ",\"origin\":";
  append_json_string(out, entry.origin);
  out += ",\"confidence\":";
  append_json_string(out, entry.confidence);
  return out + "}\n";
}

}  // namespace

Finished run_code(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  DF_TRY(std::vector<Row> rows, look_up(rules, args.main_code, "disconnect"));
  if (!args.extended_code.empty()) {
    DF_TRY(const std::vector<Row> extended,
           look_up(rules, args.extended_code, "extended"));
    rows.insert(rows.end(), extended.begin(), extended.end());
  }
  if (args.format == "json") {
    for (const Row& row : rows) {
      console.out(as_json(row));
    }
    return ExitCode::kDone;
  }
  std::string out;
  for (const Row& row : rows) {
    out += as_text(row) + "\n";
  }
  out += "The codes name no cause; the logs do. Collect, best first:\n";
  for (const std::string_view id :
       {"rdpcorets-operational", "system", "rdpclient-operational",
        "lsm-operational", "security"}) {
    if (const auto log = rules.find_log(id)) {
      out += fmt::format("  {}\n      {}\n", rules.logs()[*log].title,
                         rules.logs()[*log].collect);
    }
  }
  out += "then: deskfall explain FOLDER --dialog error.txt\n";
  console.out(out);
  return ExitCode::kDone;
}

}  // namespace deskfall
