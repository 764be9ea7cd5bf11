#include "rules/condition.h"

#include <cctype>
#include <string_view>

#include "ingest/suggest.h"
#include "ingest/text.h"
#include "rules/wildcard.h"

namespace deskfall {

namespace {

constexpr std::size_t kMostTokens = 1'000;

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

int precedence(const std::string& op) {
  return op == "not" ? 3 : op == "and" ? 2 : op == "or" ? 1 : 0;
}

}  // namespace

/// Shunting-yard over words.
class ConditionCompiler {
 public:
  ConditionCompiler(const YamlNode& node, const std::string& file,
                    std::span<const std::string> names,
                    std::vector<Diagnostic>& diagnostics)
      : node_(node), file_(file), names_(names), diagnostics_(diagnostics) {}

  Condition run() {
    tokens_ = tokenize(node_.scalar);
    if (tokens_.empty() || tokens_.size() > kMostTokens) {
      complain("the condition is empty or too long");
      return {};
    }
    for (at_ = 0; at_ < tokens_.size() && !broken_; ++at_) {
      const std::string word = to_lower_ascii(tokens_[at_]);
      if (word == "(" || word == "not") {
        begin_operand();
        pending_.push_back(word);
      } else if (word == ")" || word == "and" || word == "or") {
        end_operand(word);
      } else {
        begin_operand();
        operand(word);
        need_ = false;
      }
    }
    while (!broken_ && !pending_.empty()) {
      if (pending_.back() == "(") {
        complain("'(' without ')'");
      } else {
        emit_pending();
      }
    }
    if (!broken_ && need_) {
      complain("the condition ends where a selection must be");
    }
    return std::move(out_);
  }

 private:
  using Step = Condition::Step;

  void complain(const std::string& message, const std::string& hint = {}) {
    diagnostics_.push_back({file_, node_.line, node_.column, message, hint});
    broken_ = true;
  }

  void begin_operand() {
    if (!need_) {
      complain("'" + tokens_[at_] + "' stands where 'and' or 'or' must be");
    }
  }

  void end_operand(const std::string& word) {
    if (need_) {
      complain("'" + tokens_[at_] + "' has nothing before it");
    }
    while (!pending_.empty() && pending_.back() != "(" &&
           (word == ")" || precedence(pending_.back()) >= precedence(word))) {
      emit_pending();
    }
    if (word != ")") {
      pending_.push_back(word);
      need_ = true;
    } else if (pending_.empty()) {
      complain("')' without '('");
    } else {
      pending_.pop_back();
    }
  }

  /// A selection's name, or "1 of" and "all of" and a pattern of names.
  void operand(const std::string& word) {
    const bool quantified = (word == "1" || word == "all") &&
                            at_ + 2 < tokens_.size() &&
                            to_lower_ascii(tokens_[at_ + 1]) == "of";
    at_ += quantified ? 2 : 0;
    const std::string& pattern = tokens_[at_];
    const auto fits = [&](const std::string& name) {
      if (!quantified) {
        return pattern == name;
      }
      // A name that begins with '_' is a helper that 'them' leaves out.
      return pattern == "them" ? !name.starts_with('_')
                               : wildcard_match(pattern, name, Case::kKeep);
    };
    bool any = false;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (fits(names_[i])) {
        out_.steps_.push_back({Step::Op::kSelection, i});
        if (any) {
          emit(word == "1" ? "or" : "and");
        }
        any = true;
      }
    }
    if (!any) {
      complain("no selection is called '" + pattern + "'",
               suggest(pattern, {names_.begin(), names_.end()}));
    }
  }

  void emit(const std::string& op) {
    out_.steps_.push_back({op == "not"   ? Step::Op::kNot
                           : op == "and" ? Step::Op::kAnd
                                         : Step::Op::kOr,
                           0});
  }

  void emit_pending() {
    emit(pending_.back());
    pending_.pop_back();
  }

  const YamlNode& node_;
  const std::string& file_;
  std::span<const std::string> names_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  std::vector<std::string> pending_;  ///< operators and parentheses
  bool need_ = true;                  ///< an operand must come next
  bool broken_ = false;
  Condition out_;
};

Condition Condition::first() {
  Condition out;
  out.steps_.push_back({});
  return out;
}

Condition Condition::compile(const YamlNode& node, const std::string& file,
                             std::span<const std::string> names,
                             std::vector<Diagnostic>& diagnostics) {
  return ConditionCompiler(node, file, names, diagnostics).run();
}

}  // namespace deskfall
