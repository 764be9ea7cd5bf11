// Args: the command line, parsed and checked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ingest/instant.h"
#include "ingest/result.h"

namespace deskfall {

struct Args {
  std::string command;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;  ///< -o, may repeat
  std::string format;                ///< -f; empty = text
  std::vector<std::string> dialogs;  ///< files of dialog text, or "-"
  std::string tz = "UTC";
  std::map<std::string, std::string> zones;  ///< host -> zone name
  std::map<std::string, Ticks> skew;         ///< host -> clock minus truth
  std::vector<std::string> rules;
  std::string keep;  ///< all, relevant, or empty for the default
  std::string passphrase_file;
  std::int64_t max_unpacked = 0;  ///< bytes; 0 = default
  int jobs = 1;                   ///< threads to read with
  std::string code_page;          ///< of 8-bit strings in EVTX; empty = 1252
  std::string fail_on;            ///< failures, unexplained, or empty
  bool strict = false;
  bool force = false;
  bool quiet = false;
  int verbose = 0;
  std::string color = "auto";
  std::string progress = "auto";

  // Of the tables: what to show. Everything is judged whatever is shown.
  std::vector<std::string> hosts;
  std::string from;     ///< ISO 8601; without an offset in the zone of --tz
  std::string to;       ///< the same, not included
  std::string attempt;  ///< number of one attempt
  std::vector<std::uint32_t> event_ids;  ///< of `dump`
  std::optional<std::int64_t> offset;    ///< of `dump`: of one record

  std::string main_code;  ///< of `code`
  std::string extended_code;
  std::string sql;                 ///< of `query`
  std::string id;                  ///< of `show`; the cause of `why-not`
  std::string failure;             ///< of `why-not`
  std::string action;              ///< of `rules`: list, show, check, test
  std::vector<std::string> names;  ///< of `rules`: ids or folders
  bool as_sql = false;             ///< of `explain`
};

/// What parsing ended in: arguments, or a text that answers the user (help,
/// version), or an error with a hint.
struct Parsed {
  Args args;
  std::string answer;  ///< not empty: print and leave with status 0
};

[[nodiscard]] Result<Parsed> parse_args(const std::vector<std::string>& words,
                                        const std::string& version);

}  // namespace deskfall
