#include "rules/selector.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>

#include "ingest/suggest.h"
#include "ingest/text.h"
#include "rules/predicate.h"
#include "rules/sql_text.h"

namespace deskfall {

namespace {

constexpr std::size_t kMostTokens = 1'000;

/// A named selection: any of its alternatives, each all of its predicates.
struct Selection {
  std::string name;
  std::vector<std::vector<Predicate>> alternatives;
  std::vector<std::string> keywords;

  std::size_t first_test = 0;  ///< number of its first test in the selector

  template <typename Ask>
  [[nodiscard]] bool matches(const Event& event, const Ask& ask) const {
    std::size_t test = first_test;
    for (const std::vector<Predicate>& predicates : alternatives) {
      const std::size_t end = test + predicates.size();
      while (test < end && ask(test)) {
        ++test;
      }
      if (test == end) {
        return true;
      }
      test = end;
    }
    return std::any_of(keywords.begin(), keywords.end(),
                       [&event](const std::string& keyword) {
                         return any_field_contains(event, keyword);
                       });
  }

  /// See Selector::needed.
  [[nodiscard]] std::optional<std::vector<Needed>> needed() const {
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

  /// Tests of the provider, one of which must hold; nothing = any provider.
  [[nodiscard]] std::optional<std::vector<const Predicate*>> providers() const {
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

  static bool any_field_contains(const Event& event,
                                 const std::string& keyword) {
    for (std::size_t i = 0; i < event.fields.size(); ++i) {
      if (wildcard_contains(keyword, event.fields.value(i))) {
        return true;
      }
    }
    return false;
  }

  /// Ids outside of which this cannot match; nothing = any id.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> ids() const {
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
};

/// The condition in postfix order, so that evaluation needs no recursion.
struct Step {
  enum class Op { kSelection, kAnd, kOr, kNot } op = Op::kSelection;
  std::size_t selection = 0;
};

std::vector<std::string> tokenize(std::string_view text) {
  std::vector<std::string> tokens;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) {
      tokens.push_back(std::move(word));
      word.clear();
    }
  };
  for (const char c : text) {
    if (c == '(' || c == ')') {
      flush();
      tokens.emplace_back(1, c);
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      flush();
    } else {
      word += c;
    }
  }
  flush();
  return tokens;
}

/// The reverse of field_value.
Event event_of(const std::map<std::string, std::string>& fields) {
  Event event;
  for (const auto& [name, value] : fields) {
    const auto number = parse_number(value).value_or(0);
    if (name == "EventID") {
      event.event_id = static_cast<std::uint32_t>(number);
    } else if (name == "Provider_Name") {
      event.provider = value;
    } else if (name == "Channel") {
      event.channel = value;
    } else if (name == "Computer") {
      event.host = value;
    } else if (name == "Level") {
      event.level = static_cast<std::uint8_t>(number);
    } else if (name == "ActivityID") {
      event.activity_id = value;
    } else if (name == "UserID") {
      event.user_sid = value;
    } else if (name == "ProcessID") {
      event.process_id = static_cast<std::uint32_t>(number);
    } else {
      event.fields.add(name, value);
    }
  }
  return event;
}

int precedence(const std::string& op) {
  return op == "not" ? 3 : op == "and" ? 2 : op == "or" ? 1 : 0;
}

}  // namespace

struct Selector::Impl {
  std::vector<Selection> selections;
  std::vector<Step> steps;
  std::vector<std::uint32_t> ids;
  bool broken = false;

  void add_selection(const std::string& name, const YamlNode& node,
                     const std::string& file,
                     std::vector<Diagnostic>& diagnostics);
  void compile_condition(const YamlNode& node, const std::string& file,
                         std::vector<Diagnostic>& diagnostics);
  void emit(const std::string& op);
  void emit_quantified(bool all, const std::vector<std::size_t>& members);
  void find_ids();
};

void Selector::Impl::add_selection(const std::string& name,
                                   const YamlNode& node,
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
  for (const Selection& earlier : selections) {
    for (const auto& predicates : earlier.alternatives) {
      selection.first_test += predicates.size();
    }
  }
  selections.push_back(std::move(selection));
}

void Selector::Impl::emit(const std::string& op) {
  steps.push_back({op == "not"   ? Step::Op::kNot
                   : op == "and" ? Step::Op::kAnd
                                 : Step::Op::kOr,
                   0});
}

void Selector::Impl::emit_quantified(bool all,
                                     const std::vector<std::size_t>& members) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    steps.push_back({Step::Op::kSelection, members[i]});
    if (i != 0) {
      emit(all ? "and" : "or");
    }
  }
}

/// Shunting-yard over words; `need` says whether an operand must come next.
void Selector::Impl::compile_condition(const YamlNode& node,
                                       const std::string& file,
                                       std::vector<Diagnostic>& diagnostics) {
  const auto complain = [&](const std::string& message,
                            const std::string& hint = {}) {
    diagnostics.push_back({file, node.line, node.column, message, hint});
    broken = true;
  };
  const std::vector<std::string> tokens = tokenize(node.scalar);
  if (tokens.empty() || tokens.size() > kMostTokens) {
    complain("the condition is empty or too long");
    return;
  }
  std::vector<std::string> names;
  for (const Selection& selection : selections) {
    names.push_back(selection.name);
  }
  std::vector<std::string> pending;
  bool need = true;
  for (std::size_t i = 0; i < tokens.size() && !broken; ++i) {
    const std::string word = to_lower_ascii(tokens[i]);
    if (word == "(" || word == "not") {
      if (!need) {
        complain("'" + tokens[i] + "' stands where 'and' or 'or' must be");
      }
      pending.push_back(word);
    } else if (word == ")" || word == "and" || word == "or") {
      if (need) {
        complain("'" + tokens[i] + "' has nothing before it");
      }
      while (!pending.empty() && pending.back() != "(" &&
             (word == ")" || precedence(pending.back()) >= precedence(word))) {
        emit(pending.back());
        pending.pop_back();
      }
      if (word == ")") {
        if (pending.empty()) {
          complain("')' without '('");
        } else {
          pending.pop_back();
        }
      } else {
        pending.push_back(word);
        need = true;
      }
    } else {
      if (!need) {
        complain("'" + tokens[i] + "' stands where 'and' or 'or' must be");
      }
      const bool quantified = (word == "1" || word == "all") &&
                              i + 2 < tokens.size() &&
                              to_lower_ascii(tokens[i + 1]) == "of";
      std::vector<std::size_t> members;
      const std::string pattern = quantified ? tokens[i + 2] : tokens[i];
      for (std::size_t s = 0; s < selections.size(); ++s) {
        // A name that begins with '_' is a helper that 'them' leaves out.
        const bool fits =
            quantified && pattern == "them"
                ? !names[s].starts_with('_')
                : (quantified ? wildcard_match(pattern, names[s], Case::kKeep)
                              : pattern == names[s]);
        if (fits) {
          members.push_back(s);
        }
      }
      if (members.empty()) {
        complain("no selection is called '" + pattern + "'",
                 suggest(pattern, names));
      }
      emit_quantified(word == "all" || !quantified, members);
      i += quantified ? 2 : 0;
      need = false;
    }
  }
  while (!broken && !pending.empty()) {
    if (pending.back() == "(") {
      complain("'(' without ')'");
    } else {
      emit(pending.back());
      pending.pop_back();
    }
  }
  if (!broken && need) {
    complain("the condition ends where a selection must be");
  }
}

/// Carries id sets through the postfix program: and narrows, or widens, not
/// and unknown sets mean any id.
/// What an event must have for the condition to hold, from what each selection
/// needs: `and` may take either side, `or` needs both, `not` tells nothing.
template <typename Need, typename Steps, typename NeedsOf>
std::optional<std::vector<Need>> fold_needs(const Steps& steps,
                                            const NeedsOf& needs_of) {
  using Step = typename Steps::value_type;
  std::vector<std::optional<std::vector<Need>>> stack;
  for (const Step& step : steps) {
    if (step.op == Step::Op::kSelection) {
      stack.push_back(needs_of(step.selection));
      continue;
    }
    if (step.op == Step::Op::kNot) {
      stack.back() = std::nullopt;
      continue;
    }
    auto right = std::move(stack.back());
    stack.pop_back();
    auto& left = stack.back();
    if (step.op == Step::Op::kAnd) {
      if (!left) {
        left = std::move(right);
      }
    } else if (!left || !right) {
      left = std::nullopt;
    } else {
      left->insert(left->end(), right->begin(), right->end());
    }
  }
  return stack.empty() ? std::nullopt : stack.back();
}

void Selector::Impl::find_ids() {
  auto needed = fold_needs<std::uint32_t>(steps, [this](std::size_t selection) {
    return selections[selection].ids();
  });
  if (needed) {
    ids = std::move(*needed);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
}

Selector::Selector(const YamlNode& detection, const std::string& file,
                   std::vector<Diagnostic>& diagnostics)
    : impl_(std::make_unique<Impl>()) {
  const std::size_t before = diagnostics.size();
  const YamlNode* condition = nullptr;
  for (const auto& [key, value] : detection.map) {
    if (key.scalar == "condition") {
      condition = &value;
    } else {
      impl_->add_selection(key.scalar, value, file, diagnostics);
    }
  }
  YamlNode any_of;
  if (condition != nullptr && condition->is_list()) {
    // A list of conditions means any of them.
    any_of = *condition;
    any_of.kind = YamlNode::Kind::kScalar;
    for (const YamlNode& one : condition->list) {
      any_of.scalar += (any_of.scalar.empty() ? "(" : " or (");
      any_of.scalar += one.scalar + ")";
    }
    condition = &any_of;
  }
  if (condition == nullptr || !condition->is_scalar()) {
    diagnostics.push_back({file, detection.line, detection.column,
                           "a detection needs a condition",
                           "for one selection: condition: pick"});
  } else {
    impl_->compile_condition(*condition, file, diagnostics);
  }
  impl_->broken = diagnostics.size() != before;
  if (!impl_->broken) {
    impl_->find_ids();
  }
}

Selector::Selector() : impl_(std::make_unique<Impl>()) {}

Selector Selector::of_map(const YamlNode& map, const std::string& file,
                          std::vector<Diagnostic>& diagnostics) {
  Selector selector;
  const std::size_t before = diagnostics.size();
  selector.impl_->add_selection("map", map, file, diagnostics);
  selector.impl_->steps.push_back({Step::Op::kSelection, 0});
  selector.impl_->broken = diagnostics.size() != before || !map.is_map();
  if (!selector.impl_->broken) {
    selector.impl_->find_ids();
  }
  return selector;
}

Selector::~Selector() = default;
Selector::Selector(Selector&&) noexcept = default;
Selector& Selector::operator=(Selector&&) noexcept = default;

std::string Selector::sql(std::set<std::string>& lacks) const {
  struct Part {
    std::string text;
    std::set<std::string> lacks;
  };
  std::vector<Part> stack;
  for (const Step& step : impl_->steps) {
    if (step.op == Step::Op::kSelection) {
      const Selection& selection = impl_->selections[step.selection];
      Part part;
      for (const std::vector<Predicate>& predicates : selection.alternatives) {
        part.text += part.text.empty() ? "(" : " OR (";
        for (std::size_t i = 0; i < predicates.size(); ++i) {
          part.text += i == 0 ? "" : " AND ";
          part.text += predicates[i].sql(part.lacks);
        }
        part.text += predicates.empty() ? "1)" : ")";
      }
      for (const std::string& keyword : selection.keywords) {
        part.text += (part.text.empty() ? "" : " OR ") +
                     ("EXISTS (SELECT 1 FROM json_each(fields) WHERE " +
                      sql_like("value", "*" + before_star(keyword), false)) +
                     ")";
      }
      part.text = "(" + part.text + ")";
      stack.push_back(std::move(part));
    } else if (step.op == Step::Op::kNot) {
      // What lets more through lets less through when it is denied.
      Part& part = stack.back();
      part.text = part.lacks.empty() ? "NOT " + part.text : "1";
    } else {
      const Part right = std::move(stack.back());
      stack.pop_back();
      Part& left = stack.back();
      left.text = "(" + left.text +
                  (step.op == Step::Op::kAnd ? " AND " : " OR ") + right.text +
                  ")";
      left.lacks.insert(right.lacks.begin(), right.lacks.end());
    }
  }
  if (impl_->broken || stack.empty()) {
    return "0";
  }
  lacks.insert(stack.back().lacks.begin(), stack.back().lacks.end());
  return stack.back().text;
}

std::vector<std::string> Selector::fields() const {
  std::set<std::string> names;
  for (const Selection& selection : impl_->selections) {
    for (const auto& predicates : selection.alternatives) {
      for (const Predicate& predicate : predicates) {
        const std::string& key = predicate.key();
        names.insert(key.substr(0, key.find_first_of("|\n")));
      }
    }
  }
  return {names.begin(), names.end()};
}

const std::vector<std::uint32_t>& Selector::event_ids() const {
  return impl_->ids;
}

std::optional<Event> Selector::example(
    const std::map<std::string, std::string>& given) const {
  constexpr std::size_t kMostTried = 10;
  const std::size_t count = std::min(impl_->selections.size(), kMostTried);
  std::vector<unsigned> masks(std::size_t{1} << count);
  for (std::size_t i = 0; i < masks.size(); ++i) {
    masks[i] = static_cast<unsigned>(i);
  }
  std::stable_sort(masks.begin(), masks.end(), [](unsigned a, unsigned b) {
    return std::popcount(a) < std::popcount(b);
  });
  for (const unsigned mask : masks) {
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i < count; ++i) {
      const Selection& selection = impl_->selections[i];
      if ((mask >> i & 1U) == 0) {
        continue;
      }
      if (!selection.keywords.empty()) {
        fields["Text"] += selection.keywords.front();
      } else {
        for (const Predicate& predicate : selection.alternatives.front()) {
          predicate.shape(fields);
        }
      }
    }
    for (const auto& [name, value] : given) {
      fields[name] = value;
    }
    Event event = event_of(fields);
    if (matches(event)) {
      return event;
    }
  }
  return std::nullopt;
}

namespace {

/// Runs the postfix program; `hit` answers for a selection.
template <typename Hit>
bool run(const std::vector<Step>& steps, const Hit& hit) {
  std::vector<bool> stack;
  for (const Step& step : steps) {
    if (step.op == Step::Op::kSelection) {
      stack.push_back(hit(step.selection));
    } else if (step.op == Step::Op::kNot) {
      stack.back() = !stack.back();
    } else {
      const bool right = stack.back();
      stack.pop_back();
      stack.back() = step.op == Step::Op::kAnd ? stack.back() && right
                                               : stack.back() || right;
    }
  }
  return !stack.empty() && stack.back();
}

}  // namespace

bool Selector::matches(const Event& event,
                       const std::function<bool(std::size_t)>& ask) const {
  return !impl_->broken && run(impl_->steps, [&](std::size_t selection) {
    return impl_->selections[selection].matches(event, ask);
  });
}

bool Selector::matches(const Event& event) const {
  return !impl_->broken && run(impl_->steps, [&](std::size_t number) {
    const Selection& selection = impl_->selections[number];
    return selection.matches(event, [&](std::size_t test) {
      std::size_t at = test - selection.first_test;
      for (const std::vector<Predicate>& predicates : selection.alternatives) {
        if (at < predicates.size()) {
          return predicates[at].matches(event);
        }
        at -= predicates.size();
      }
      return false;
    });
  });
}

std::vector<std::uint32_t> Selector::number_tests(PredicatePool& pool) const {
  std::vector<std::uint32_t> out;
  for (const Selection& selection : impl_->selections) {
    for (const std::vector<Predicate>& predicates : selection.alternatives) {
      for (const Predicate& predicate : predicates) {
        out.push_back(pool.number(predicate));
      }
    }
  }
  return out;
}

std::optional<std::vector<Needed>> Selector::needed() const {
  if (impl_->broken) {
    return std::nullopt;
  }
  return fold_needs<Needed>(impl_->steps, [this](std::size_t selection) {
    return impl_->selections[selection].needed();
  });
}

std::vector<const Predicate*> Selector::providers() const {
  return fold_needs<const Predicate*>(
             impl_->steps,
             [this](std::size_t selection) {
               return impl_->selections[selection].providers();
             })
      .value_or(std::vector<const Predicate*>());
}

std::uint32_t PredicatePool::number(const Predicate& test) {
  const auto [it, is_new] =
      numbers_.emplace(test.key(), static_cast<std::uint32_t>(tests_.size()));
  if (is_new) {
    tests_.push_back(&test);
  }
  return it->second;
}

}  // namespace deskfall
