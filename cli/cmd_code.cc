#include <fmt/format.h>

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

Result<std::uint32_t> parse_code(const std::string& text) {
  const auto code = parse_number(text);
  if (!code || *code > 0xffffffff) {
    return fail(ErrorKind::kUsage, "'" + text + "' is not a code", "",
                "write it as in the error box, for example 0x904 or 2308");
  }
  return static_cast<std::uint32_t>(*code);
}

struct Row {
  std::string table;
  std::uint32_t code = 0;
  const CodeEntry* entry = nullptr;
};

std::string as_text(const Row& row) {
  std::string out = fmt::format(
      "0x{:X} ({})  {}\n", row.code, row.code,
      row.table == "disconnect" ? "error code" : "extended error code");
  if (row.entry == nullptr) {
    return out + "  " + family(row.code) + "\n";
  }
  out += fmt::format("  {}\n  name: {}\n", row.entry->says, row.entry->name);
  if (row.entry->fails_at) {
    out += fmt::format("  the connection fell at: {}\n",
                       stage_range_name(*row.entry->fails_at));
  }
  return out + fmt::format("  from: {}\n", row.entry->origin);
}

std::string as_json(const Row& row) {
  std::string out = "{\"table\":";
  append_json_string(out, row.table);
  out += fmt::format(",\"code\":{},\"name\":", row.code);
  append_json_string(out, row.entry != nullptr ? row.entry->name : "");
  out += ",\"says\":";
  append_json_string(out,
                     row.entry != nullptr ? row.entry->says : family(row.code));
  out += ",\"origin\":";
  append_json_string(out, row.entry != nullptr ? row.entry->origin : "");
  return out + "}\n";
}

}  // namespace

Finished run_code(const Args& args, Console& console) {
  DF_TRY(const RuleSet rules, RuleSet::load(args.rules));
  std::vector<Row> rows;
  DF_TRY(const std::uint32_t main, parse_code(args.main_code));
  rows.push_back({"disconnect", main, rules.code("disconnect", main)});
  if (!args.extended_code.empty()) {
    DF_TRY(const std::uint32_t extended, parse_code(args.extended_code));
    rows.push_back({"extended", extended, rules.code("extended", extended)});
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
