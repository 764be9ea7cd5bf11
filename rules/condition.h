// Condition: how the selections of a detection combine.
//
//   pick and not (noise or 1 of filter_*)
//
// Kept in postfix order - pick noise filter_a or not and - so that nothing
// recurses, however deep the parentheses go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rules/yaml.h"

namespace deskfall {

class Condition {
 public:
  /// The first selection and no more.
  [[nodiscard]] static Condition first();

  /// Compiles the text of `node`; `names` are the selections', in their order.
  /// Problems are appended to `diagnostics`; the condition is useless then.
  [[nodiscard]] static Condition compile(const YamlNode& node,
                                         const std::string& file,
                                         std::span<const std::string> names,
                                         std::vector<Diagnostic>& diagnostics);

  enum class Join : std::uint8_t { kAnd, kOr };

  /// Combines what `of` says of each selection, by number: negate(value) and
  /// join(left, right, Join) change what they are given first.
  template <typename Value, typename Of, typename Negate, typename Combine>
  [[nodiscard]] Value fold(const Of& of, const Negate& negate,
                           const Combine& combine) const {
    std::vector<Value> stack;
    for (const Step& step : steps_) {
      if (step.op == Step::Op::kSelection) {
        stack.push_back(of(step.selection));
      } else if (step.op == Step::Op::kNot) {
        negate(stack.back());
      } else {
        Value right = std::move(stack.back());
        stack.pop_back();
        combine(stack.back(), std::move(right),
                step.op == Step::Op::kAnd ? Join::kAnd : Join::kOr);
      }
    }
    return stack.empty() ? Value{} : std::move(stack.back());
  }

  /// Whether it holds, when `hit` says which selections do.
  template <typename Hit>
  [[nodiscard]] bool holds(const Hit& hit) const {
    if (steps_.size() == 1) {
      return hit(steps_.front().selection);  // most conditions
    }
    using Truth = std::uint8_t;
    return fold<Truth>([&hit](std::size_t i) { return Truth{hit(i)}; },
                       [](Truth& value) { value ^= 1U; },
                       [](Truth& left, Truth right, Join join) {
                         left =
                             join == Join::kAnd ? left & right : left | right;
                       }) != 0;
  }

  /// What an event must have for it to hold, any of these, when `needs_of` says
  /// so for each selection; nothing when it may hold without. `and` takes
  /// either side, `or` needs both, `not` tells nothing.
  template <typename Need, typename NeedsOf>
  [[nodiscard]] std::optional<std::vector<Need>> needs(
      const NeedsOf& needs_of) const {
    using Needs = std::optional<std::vector<Need>>;
    return fold<Needs>(
        needs_of, [](Needs& value) { value.reset(); },
        [](Needs& left, Needs right, Join join) {
          if (join == Join::kAnd) {
            if (!left) {
              left = std::move(right);
            }
          } else if (!left || !right) {
            left.reset();
          } else {
            left->insert(left->end(), right->begin(), right->end());
          }
        });
  }

 private:
  friend class ConditionCompiler;

  struct Step {
    enum class Op : std::uint8_t { kSelection, kAnd, kOr, kNot };
    Op op = Op::kSelection;
    std::size_t selection = 0;
  };

  std::vector<Step> steps_;
};

}  // namespace deskfall
