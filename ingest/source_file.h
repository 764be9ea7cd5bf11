// SourceFile: one file that was read, or was refused, and what became of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/parse_reporter.h"

namespace deskfall {

/// Known by content, never by name (see sniff.h).
enum class Format : std::uint8_t {
  kUnknown,      ///< nothing here reads it
  kEmpty,        ///< no bytes at all
  kEvtx,         ///< binary event log
  kEventXml,     ///< exported event XML, any of its shapes
  kDialog,       ///< text of the mstsc error dialog
  kFirewallLog,  ///< pfirewall.log
  kArchive       ///< a container; its members are sources of their own
};

/// "evtx", "event-xml", ... as stored and printed.
[[nodiscard]] std::string_view format_name(Format format);
[[nodiscard]] Format parse_format(std::string_view name);

enum class Outcome : std::uint8_t {
  kRead,        ///< everything understood
  kDamaged,     ///< read, with dropped bytes
  kUnreadable,  ///< could not be opened, or refused (limits, encryption)
  kIgnored      ///< not a format we read; said, not counted as damage
};

[[nodiscard]] std::string_view outcome_name(Outcome outcome);
[[nodiscard]] Outcome parse_outcome(std::string_view name);

struct SourceFile {
  std::int64_t id = 0;
  std::string path;    ///< input name, then the path inside it, with '/'
  std::string sha256;  ///< 64 lower-case hex digits; empty when unreadable
  std::int64_t bytes = 0;
  Format format = Format::kUnknown;
  std::string host;  ///< most frequent host of its events; may be empty
  std::string zone;  ///< zone used for local times; empty for UTC formats
  std::int64_t events = 0;     ///< live records read
  std::int64_t recovered = 0;  ///< records from slack
  std::int64_t kept = 0;       ///< records stored in the case
  Outcome outcome = Outcome::kRead;
  DamageLog damage;
};

}  // namespace deskfall
