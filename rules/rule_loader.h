// RuleLoader: YAML documents of every kind to typed rules, in two passes.
//
// The first pass reads logs, tables and signals, the second causes, so that
// files may come in any order. Every problem of every file is collected.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rules/rule_reader.h"
#include "rules/rule_set.h"

namespace deskfall {

class RuleLoader {
 public:
  explicit RuleLoader(RuleSet& rules) : rules_(rules) {}

  void read(std::span<const RuleFile> files);

  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const {
    return diagnostics_;
  }

 private:
  void read_document(const YamlNode& document, const std::string& file,
                     const std::string& kind);
  void read_pack(RuleReader reader);
  void read_log(RuleReader reader);
  void read_signal(RuleReader reader);
  void read_codes(RuleReader reader);
  void read_events(RuleReader reader);
  void read_cause(RuleReader reader);

  [[nodiscard]] Side read_side(RuleReader& reader, std::string_view key,
                               Side fallback);
  [[nodiscard]] std::optional<Need> read_need(const YamlNode& node,
                                              const std::string& file);
  void read_need_log(RuleReader& reader, Need& need);
  [[nodiscard]] Item read_item(const YamlNode& node, const std::string& file,
                               Side ask);
  void read_item_form(RuleReader& reader, Item& item);
  void check_item(RuleReader& reader, const Item& item);

  RuleSet& rules_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace deskfall
