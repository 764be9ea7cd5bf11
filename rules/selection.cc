#include "rules/selection.h"

#include "rules/sql_text.h"
#include "rules/wildcard.h"

namespace deskfall {

Selection Selection::read(const std::string& name, const YamlNode& node,
                          const std::string& file,
                          std::vector<Diagnostic>& diagnostics) {
  Selection selection;
  selection.name = name;
  const auto add_map = [&](const YamlNode& map) {
    std::vector<Predicate> predicates;
    for (const auto& [key, value] : map.map) {
      predicates.emplace_back(key, value, file, diagnostics);
    }
    selection.alternatives.push_back(std::move(predicates));
  };
  if (node.is_map()) {
    add_map(node);
  } else if (node.is_list()) {
    for (const YamlNode& item : node.list) {
      if (item.is_map()) {
        add_map(item);
      } else if (item.is_scalar() && !item.scalar.empty()) {
        selection.keywords.push_back(item.scalar);
      } else {
        diagnostics.push_back(
            {file, item.line, item.column, "a keyword must be text", ""});
      }
    }
  } else {
    diagnostics.push_back({file, node.line, node.column,
                           "selection '" + name + "' must be a map or a list",
                           ""});
  }
  return selection;
}

std::size_t Selection::tests() const {
  std::size_t count = 0;
  for (const std::vector<Predicate>& predicates : alternatives) {
    count += predicates.size();
  }
  return count;
}

bool Selection::matches(const Event& event) const {
  const auto holds = [&event](const Predicate& predicate) {
    return predicate.matches(event);
  };
  return std::any_of(alternatives.begin(), alternatives.end(),
                     [&holds](const std::vector<Predicate>& predicates) {
                       return std::all_of(predicates.begin(), predicates.end(),
                                          holds);
                     }) ||
         has_keyword(event);
}

bool Selection::has_keyword(const Event& event) const {
  for (const std::string& keyword : keywords) {
    for (std::size_t i = 0; i < event.fields.size(); ++i) {
      if (wildcard_contains(keyword, event.fields.value(i))) {
        return true;
      }
    }
  }
  return false;
}

std::optional<std::vector<Needed>> Selection::needed() const {
  if (!keywords.empty()) {
    return std::nullopt;
  }
  std::vector<Needed> out;
  for (const std::vector<Predicate>& predicates : alternatives) {
    // The test whose shortest text is longest wakes least often.
    std::vector<Needed> best;
    std::size_t best_length = 0;
    for (const Predicate& predicate : predicates) {
      const auto texts = predicate.needed();
      // Providers are common to too many events to tell them apart.
      if (!texts || texts->empty() || predicate.field() == "Provider_Name") {
        continue;
      }
      std::size_t length = std::string::npos;
      for (const std::string& text : *texts) {
        length = std::min(length, text.size());
      }
      if (length > best_length) {
        best_length = length;
        best.clear();
        for (const std::string& text : *texts) {
          best.push_back({predicate.field(), text});
        }
      }
    }
    if (best.empty()) {
      return std::nullopt;
    }
    out.insert(out.end(), best.begin(), best.end());
  }
  return out;
}

std::optional<std::vector<const Predicate*>> Selection::providers() const {
  std::vector<const Predicate*> all;
  for (const auto& predicates : alternatives) {
    const auto found = std::find_if(
        predicates.begin(), predicates.end(), [](const Predicate& predicate) {
          return predicate.field() == "Provider_Name" &&
                 !predicate.is_negated();
        });
    if (found == predicates.end()) {
      return std::nullopt;
    }
    all.push_back(&*found);
  }
  return keywords.empty() ? std::optional(all) : std::nullopt;
}

std::optional<std::vector<std::uint32_t>> Selection::ids() const {
  std::vector<std::uint32_t> all;
  if (!keywords.empty()) {
    return std::nullopt;
  }
  for (const auto& predicates : alternatives) {
    std::optional<std::vector<std::uint32_t>> found;
    for (const Predicate& predicate : predicates) {
      if (auto wanted = predicate.event_ids()) {
        found = std::move(wanted);
      }
    }
    if (!found) {
      return std::nullopt;
    }
    all.insert(all.end(), found->begin(), found->end());
  }
  return all;
}

void Selection::shape(std::map<std::string, std::string>& fields) const {
  if (!keywords.empty()) {
    fields["Text"] += keywords.front();
    return;
  }
  for (const Predicate& predicate : alternatives.front()) {
    predicate.shape(fields);
  }
}

std::string Selection::sql(std::set<std::string>& lacks) const {
  std::string text;
  for (const std::vector<Predicate>& predicates : alternatives) {
    text += text.empty() ? "(" : " OR (";
    for (std::size_t i = 0; i < predicates.size(); ++i) {
      text += i == 0 ? "" : " AND ";
      text += predicates[i].sql(lacks);
    }
    text += predicates.empty() ? "1)" : ")";
  }
  for (const std::string& keyword : keywords) {
    text += (text.empty() ? "" : " OR ") +
            ("EXISTS (SELECT 1 FROM json_each(fields) WHERE " +
             sql_like("value", "*" + before_star(keyword), false)) +
            ")";
  }
  return "(" + text + ")";
}

}  // namespace deskfall
