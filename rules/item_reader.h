// ItemReader: one line of evidence of a cause, from YAML to Item.
//
// Knows the forms (event, any_event, none, count, rate, sequence, state, code)
// and their windows (within, since_start, between, at); complains where a form
// and a window do not fit, or where a name is not known.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rules/rule_reader.h"
#include "rules/rule_set.h"

namespace deskfall {

/// The entities that a list names; complains of names that are none.
[[nodiscard]] std::vector<Entity> read_entities(RuleReader& reader,
                                                std::string_view key);

class ItemReader {
 public:
  ItemReader(const RuleSet& rules, const std::string& file, Side ask,
             std::vector<Diagnostic>& diagnostics)
      : rules_(rules), file_(file), ask_(ask), diagnostics_(diagnostics) {}

  /// Items in file order: `between` may name what an earlier item bound.
  [[nodiscard]] Item read(const YamlNode& node);

 private:
  void read_form(RuleReader& reader, Item& item);
  void read_codes(RuleReader& reader, Item& item);
  void read_steps(RuleReader& reader, Item& item);
  void read_state(RuleReader& reader, Item& item);
  void read_window(RuleReader& reader, Item& item);
  void read_amount(RuleReader& reader, Item& item);
  void read_weight(RuleReader& reader, Item& item);
  void check_signals(RuleReader& reader, std::string_view key,
                     const std::vector<std::string>& signals);

  const RuleSet& rules_;
  const std::string& file_;
  Side ask_;
  std::vector<Diagnostic>& diagnostics_;
  std::set<std::string> bound_;  ///< names of records that items found
};

/// client, server or any under `key`; complains about anything else.
[[nodiscard]] Side read_side(RuleReader& reader, std::string_view key,
                             Side fallback);

/// Ids of a kind, to name the nearest one.
template <typename Rule>
std::vector<std::string> ids_of(const std::vector<Rule>& rules) {
  std::vector<std::string> ids;
  ids.reserve(rules.size());
  for (const Rule& rule : rules) {
    ids.push_back(rule.id);
  }
  return ids;
}

}  // namespace deskfall
