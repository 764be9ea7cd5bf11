#include <fmt/format.h>

#include "rules/predicate_impl.h"
#include "rules/sql_text.h"

namespace deskfall {

namespace {

constexpr const char* kEverything = "1";

std::string joined(std::string_view word,
                   const std::vector<std::string>& tests) {
  std::string out;
  for (const std::string& test : tests) {
    out += (out.empty() ? "(" : fmt::format(" {} ", word)) + test;
  }
  return out + ")";
}

/// Reads a predicate as a condition on one column.
class SqlOfTest {
 public:
  SqlOfTest(const Predicate::Impl& predicate, std::string column,
            std::set<std::string>& lacks)
      : p_(predicate), column_(std::move(column)), lacks_(lacks) {}

  std::string operand(const Operand& operand) {
    if (p_.test == Test::kExists) {
      return column_ + (operand.text == "false" ? " IS NULL" : " IS NOT NULL");
    }
    if (operand.null) {
      return "coalesce(" + column_ + ", '') = ''";
    }
    if (p_.reference) {
      return reference(sql_column(operand.text));
    }
    if (p_.test == Test::kEquals && operand.number) {
      return "(" + sql_number(column_, *operand.number) + ")";
    }
    if (p_.test == Test::kRegex) {
      return lack("SQLite has no regular expressions");
    }
    if (p_.test == Test::kCidr) {
      return lack("SQLite has no networks");
    }
    return compares_numbers(p_.test) ? comparison(*operand.number)
                                     : forms(operand);
  }

 private:
  std::string lack(std::string_view why) {
    lacks_.insert(
        fmt::format("{}: {}", p_.key.substr(0, p_.key.find('\n')), why));
    return kEverything;
  }

  /// Texts that lie in the field as the modifier wants.
  std::string forms(const Operand& operand) const {
    const bool front = p_.test == Test::kContains || p_.test == Test::kEndsWith;
    const bool back =
        p_.test == Test::kContains || p_.test == Test::kStartsWith;
    std::vector<std::string> out;
    for (const std::string& form : operand.forms) {
      out.push_back(sql_like(
          column_, (front ? "*" : "") + (back ? before_star(form) : form),
          p_.mode == Case::kKeep));
    }
    return joined("OR", out);
  }

  std::string reference(const std::string& other) const {
    const auto folded = [this](const std::string& column) {
      return p_.mode == Case::kKeep ? column : "lower(" + column + ")";
    };
    const std::string mine = folded(column_);
    const std::string its = folded(other);
    switch (p_.test) {
      case Test::kContains:
        return fmt::format("instr({}, {}) > 0", mine, its);
      case Test::kStartsWith:
        return fmt::format("instr({}, {}) = 1", mine, its);
      case Test::kEndsWith:
        return fmt::format(
            "(length({0}) >= length({1}) AND "
            "substr({0}, length({0}) - length({1}) + 1) = {1})",
            mine, its);
      default:
        return mine + " = " + its;
    }
  }

  std::string comparison(std::uint64_t bound) {
    const std::string_view sign = p_.test == Test::kLess        ? "<"
                                  : p_.test == Test::kLessEqual ? "<="
                                  : p_.test == Test::kGreater   ? ">"
                                                                : ">=";
    if (column_ == "event_id" || column_ == "level") {
      return fmt::format("{} {} {}", column_, sign, bound);
    }
    static_cast<void>(lack(
        "SQLite does not read hexadecimal numbers, so any is let through"));
    return fmt::format("({0} LIKE '0x%' OR CAST({0} AS INTEGER) {1} {2})",
                       column_, sign, bound);
  }

  const Predicate::Impl& p_;
  std::string column_;
  std::set<std::string>& lacks_;
};

}  // namespace

std::string Predicate::sql(std::set<std::string>& lacks) const {
  const bool any_field = impl_->field.empty();
  std::set<std::string> here;
  SqlOfTest test(*impl_, any_field ? "value" : sql_column(impl_->field), here);
  std::vector<std::string> tests;
  for (const Operand& operand : impl_->operands) {
    const std::string one = test.operand(operand);
    tests.push_back(
        any_field ? "EXISTS (SELECT 1 FROM json_each(fields) WHERE " + one + ")"
                  : one);
  }
  lacks.insert(here.begin(), here.end());
  if (impl_->negated && !here.empty()) {
    return kEverything;  // what lets more through, denied, would let less
  }
  const std::string all =
      "coalesce(" + joined(impl_->all ? "AND" : "OR", tests) + ", 0)";
  return impl_->negated ? "NOT " + all : all;
}

}  // namespace deskfall
