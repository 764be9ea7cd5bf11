// RuleReader: one YAML map read against a schema, with every problem reported
// at its place.
//
// A reader asks for keys by name and type; when it is done, close() complains
// about keys nobody asked for and names the nearest one that exists.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/instant.h"
#include "rules/yaml.h"

namespace deskfall {

class RuleReader {
 public:
  RuleReader(const YamlNode& map, const std::string& file,
             std::vector<Diagnostic>& diagnostics);

  /// The text under `key`; complains when `need` and absent.
  enum class Need { kRequired, kOptional };
  [[nodiscard]] std::string text(std::string_view key,
                                 Need need = Need::kOptional);
  /// A text or a list of texts.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key,
                                               Need need = Need::kOptional);
  /// Decimal or 0x hexadecimal, at most 32 bits.
  [[nodiscard]] std::optional<std::uint32_t> number(std::string_view key);
  /// "12%" or "0.12"; strictly between 0 and 1.
  [[nodiscard]] std::optional<double> probability(std::string_view key);
  /// yes, no; anything else is a problem.
  [[nodiscard]] bool flag(std::string_view key, bool fallback);
  /// "[-10s, +2m]" with ms, s, m, h, d.
  [[nodiscard]] std::optional<std::pair<Ticks, Ticks>> span(
      std::string_view key);
  /// The node itself, or null.
  [[nodiscard]] const YamlNode* node(std::string_view key);

  /// The members of a list; empty when absent, a problem when no list.
  [[nodiscard]] const std::vector<YamlNode>& list(std::string_view key);

  /// Complains where the value of `key` stands, else where the map begins.
  void complain_at(std::string_view key, const std::string& message,
                   const std::string& hint = {});
  void complain(const YamlNode& at, const std::string& message,
                const std::string& hint = {});
  void complain(const std::string& message, const std::string& hint = {}) {
    complain(map_, message, hint);
  }

  /// Reports unknown keys.
  void close();

  [[nodiscard]] const YamlNode& map() const { return map_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  const YamlNode& map_;
  const std::string& file_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::string> asked_;
};

/// "-1.5s", "+2m", "24h", "7d", "300ms".
[[nodiscard]] std::optional<Ticks> parse_duration(std::string_view text);

}  // namespace deskfall
