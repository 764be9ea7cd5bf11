#include "ingest/evtx_library.h"

#include <fmt/format.h>

#include <algorithm>

namespace deskfall::evtx {

namespace {

bool is_pointer_wide(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(ValueType::kSizeT) ||
         type == static_cast<std::uint8_t>(ValueType::kHexInt32) ||
         type == static_cast<std::uint8_t>(ValueType::kHexInt64);
}

bool type_agrees(std::uint8_t declared, const Value& value) {
  // SizeT is declared where values come as HexInt32 or HexInt64 (all 10,624
  // such values of 57 public files); they print the same.
  return value.type == declared || value.is_null() || declared >= kUndeclared ||
         (is_pointer_wide(declared) && is_pointer_wide(value.type));
}

bool same_text(const Template& a, const Template& b) {
  return a.guid == b.guid && a.types == b.types && a.text == b.text &&
         a.steps.size() == b.steps.size() &&
         std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(),
                    [](const Step& x, const Step& y) {
                      return x.kind == y.kind && x.slot == y.slot &&
                             x.at == y.at && x.size == y.size;
                    });
}

std::size_t bytes_of(const Template& shape) {
  return sizeof shape + shape.text.size() + shape.types.size() +
         shape.steps.size() * sizeof(Step);
}

}  // namespace

bool types_agree(const Template& shape, std::span<const Value> values) {
  if (values.size() < shape.slots()) {
    return false;
  }
  for (std::size_t i = 0; i < shape.slots(); ++i) {
    if (!type_agrees(shape.types[i], values[i])) {
      return false;
    }
  }
  return true;
}

void TemplateLibrary::add(std::vector<Template>& proven) {
  for (Template& shape : proven) {
    std::deque<Template>& known = by_id_[shape.id()];
    const bool is_known = std::any_of(
        known.begin(), known.end(),
        [&](const Template& other) { return same_text(other, shape); });
    if (!is_known && bytes_ + bytes_of(shape) <= kMostBytes) {
      bytes_ += bytes_of(shape);
      known.push_back(std::move(shape));
    }
  }
  proven.clear();
}

Template* TemplateLibrary::find(std::uint32_t id,
                                std::span<const Value> values) {
  const auto known = by_id_.find(id);
  Template* found = nullptr;
  if (known != by_id_.end()) {
    for (Template& shape : known->second) {
      if (types_agree(shape, values)) {
        if (found != nullptr) {
          return nullptr;
        }
        found = &shape;
      }
    }
  }
  return found;
}

void make_incomplete(Template& out, std::uint32_t id, std::size_t count) {
  constexpr std::string_view kElement = "Incomplete";
  constexpr std::string_view kAttribute = "Template";
  constexpr std::string_view kItem = "Value";
  out.clear();
  out.text = fmt::format("{}{}{}0x{:08x}", kElement, kAttribute, kItem, id);
  const auto add = [&out](StepKind kind, std::size_t at,
                          std::size_t size) -> Step& {
    Step step;
    step.kind = kind;
    step.at = static_cast<std::uint32_t>(at);
    step.size = static_cast<std::uint32_t>(size);
    out.steps.push_back(step);
    return out.steps.back();
  };
  const std::size_t attribute_at = kElement.size();
  const std::size_t item_at = attribute_at + kAttribute.size();
  const std::size_t id_at = item_at + kItem.size();
  add(StepKind::kOpen, 0, kElement.size()).end =
      static_cast<std::uint32_t>(3 + 3 * count);
  add(StepKind::kAttribute, attribute_at, kAttribute.size()).end = 3;
  add(StepKind::kText, id_at, out.text.size() - id_at);
  for (std::size_t i = 0; i < count; ++i) {
    const auto slot = static_cast<std::uint16_t>(i);
    Step& open = add(StepKind::kOpen, item_at, kItem.size());
    open.only_slot = slot;
    open.end = static_cast<std::uint32_t>(5 + 3 * i);
    add(StepKind::kSlot, 0, 0).slot = slot;
    add(StepKind::kClose, item_at, kItem.size());
  }
  add(StepKind::kClose, 0, kElement.size());
  out.types.assign(count, kAnyType);
  out.reach = count;
}

}  // namespace deskfall::evtx
