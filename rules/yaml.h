// Yaml: a strict reader for rule files.
//
// A rule file is code, so the reader refuses what YAML would let through:
// anchors and aliases, custom tags, duplicate keys, nesting beyond 64 levels,
// files beyond 1 MiB. Every node knows its line and column. Scalars stay text;
// the rule schema types them, never YAML ("no" is the text "no").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskfall {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string scalar;
  bool quoted = false;
  int line = 0;    ///< 1-based
  int column = 0;  ///< 1-based
  std::vector<YamlNode> list;
  std::vector<YamlEntry> map;  ///< in file order

  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }
  [[nodiscard]] bool is_list() const { return kind == Kind::kList; }
  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }

  /// The value under `key`, or null when absent or not a map.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

/// One key of a map and what stands under it.
struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

/// Something wrong with a rule file.
struct Diagnostic {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  std::string hint;

  /// "file:line:column: message (hint)", then the line with a caret when the
  /// text of the file is given.
  [[nodiscard]] std::string text(std::string_view file_text = {}) const;
};

/// All documents of a file. Problems are appended to `diagnostics`; what could
/// be read before the first of them is returned.
[[nodiscard]] std::vector<YamlNode> parse_yaml(
    const std::string& file, std::string_view text,
    std::vector<Diagnostic>& diagnostics);

}  // namespace deskfall
