// KindReader: the rarer documents - state, anchor and ladder - to typed rules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/rule_reader.h"
#include "rules/rule_set.h"

namespace deskfall {

class KindReader {
 public:
  KindReader(RuleSet& rules, std::vector<Diagnostic>& diagnostics)
      : rules_(rules), diagnostics_(diagnostics) {}

  [[nodiscard]] StateRule read_state(RuleReader& reader);
  [[nodiscard]] AnchorRule read_anchor(RuleReader& reader);
  /// The rungs are the engine's own and in its order; a ladder gives them other
  /// names, which `fails_at` and `stage` then know.
  void read_ladder(RuleReader& reader);

 private:
  [[nodiscard]] StateRule::Source read_state_source(const YamlNode& node,
                                                    const std::string& file,
                                                    const StateRule& state);
  [[nodiscard]] AnchorRule::Source read_anchor_source(const YamlNode& node,
                                                      const std::string& file);
  [[nodiscard]] AnchorRule::Merge read_merge(const YamlNode& node,
                                             const std::string& file);
  [[nodiscard]] std::optional<AnchorRule::Term> read_term(std::string_view text,
                                                          const YamlNode& at,
                                                          RuleReader& reader);
  void read_anchor_bind(const YamlNode& bind, RuleReader& reader,
                        AnchorRule& anchor);
  [[nodiscard]] std::string signal(RuleReader& reader, std::string_view key);

  RuleSet& rules_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace deskfall
