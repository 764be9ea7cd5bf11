// RuleLoader: YAML documents of every kind to typed rules, in two passes.
//
// Kinds are read in the order in which they refer to each other, so that files
// may come in any order. Every problem of every file is collected.
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
  void check_fields(RuleReader& reader, const SignalRule& signal);
  void read_codes(RuleReader reader);
  void read_events(RuleReader reader);
  void read_cause(RuleReader reader);

  [[nodiscard]] std::optional<Need> read_need(const YamlNode& node,
                                              const std::string& file);
  void read_need_log(RuleReader& reader, Need& need);

  RuleSet& rules_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace deskfall
