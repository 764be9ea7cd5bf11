#include "ingest/evtx_instances.h"

#include <algorithm>
#include <cstring>

namespace deskfall::evtx {

namespace {

void append_utf16le_of(std::string& out, std::uint32_t code_point) {
  const auto unit = [&out](std::uint32_t value) {
    out += static_cast<char>(value & 0xff);
    out += static_cast<char>(value >> 8U);
  };
  if (code_point < 0x10000) {
    unit(code_point);
  } else {
    unit(0xd800 + ((code_point - 0x10000) >> 10U));
    unit(0xdc00 + ((code_point - 0x10000) & 0x3ff));
  }
}

}  // namespace

void InstanceStack::start_chunk(Bytes chunk) {
  chunk_ = chunk;
  store_.forget_chunk();
  definitions_.clear();
  proven_.clear();
  compiled_ = 0;
  frames_.clear();
}

std::vector<Template> InstanceStack::take_proven() {
  std::vector<Template> taken;
  for (const Template* shape : proven_) {
    if (!shape->chunk_bound) {
      taken.push_back(*shape);
      taken.back().plan.clear();
      taken.back().names.clear();
      taken.back().raw_names.clear();
    }
  }
  proven_.clear();
  return taken;
}

bool InstanceStack::give_up(std::string_view problem) {
  result_.problem = problem;
  return false;
}

bool InstanceStack::begin(std::size_t begin, std::size_t end) {
  frames_.clear();
  values_used_ = 0;
  decoded_.clear();
  work_ = 0;
  result_ = ReadResult{};
  return enter_fragment(begin, end, Place::kRecord) &&
         (!frames_.empty() || give_up("record without content"));
}

bool InstanceStack::enter(const Value& value) {
  const auto at = static_cast<std::size_t>(value.data - chunk_.data());
  return value.size == 0 || enter_fragment(at, at + value.size, Place::kValue);
}

bool InstanceStack::enter_instance(std::size_t at) {
  return enter_instance_within(at, chunk_.size());
}

void InstanceStack::leave() {
  values_used_ = frames_.back().first_value;
  frames_.pop_back();
}

TemplateStore::Found InstanceStack::definition(std::uint32_t offset) {
  std::uint16_t& hint = hints_[offset / 8 % kHints];
  if (hint < definitions_.size() && definitions_[hint].offset == offset) {
    return definitions_[hint].found;
  }
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    if (definitions_[i].offset == offset) {
      hint = static_cast<std::uint16_t>(i);
      return definitions_[i].found;
    }
  }
  hint = static_cast<std::uint16_t>(definitions_.size());
  Definition& fresh = definitions_.emplace_back();
  fresh.offset = offset;
  fresh.found.problem = "template definitions overlap";
  if (compiled_ < kMostCompiled) {
    fresh.found = store_.definition(chunk_, offset);
  }
  if (fresh.found.shape != nullptr) {
    compiled_ += fresh.found.shape->steps.size() +
                 fresh.found.shape->text.size() +
                 fresh.found.shape->types.size();
  }
  return fresh.found;
}

/// Makes room for `count` values, or as many as the template uses; those too
/// many are NULL.
Frame& InstanceStack::push(Template& shape, std::size_t count) {
  Frame& frame = frames_.emplace_back();
  frame.shape = &shape;
  frame.first_value = static_cast<std::uint32_t>(values_used_);
  const std::size_t missing = values_used_ + count;
  values_used_ += std::max(count, shape.reach);
  if (values_.size() < values_used_) {
    values_.resize(values_used_);
  }
  for (std::size_t i = missing; i < values_used_; ++i) {
    values_[i] = Value{};
  }
  return frame;
}

Template* InstanceStack::template_for(const Instance& instance) {
  const TemplateStore::Found entry = definition(instance.definition);
  if (entry.problem.empty() && entry.shape->id() == instance.id) {
    if (!entry.shape->proven) {
      entry.shape->proven = true;
      proven_.push_back(entry.shape);
    }
    return entry.shape;
  }
  if (library_ == nullptr) {
    give_up(entry.problem.empty() ? "template definition was overwritten"
                                  : entry.problem);
    return nullptr;
  }
  std::vector<Value> values(instance.count);
  read_values(instance, values.data());
  if (Template* known = library_->find(instance.id, values)) {
    result_.rebuilt = true;
    return known;
  }
  result_.incomplete = true;
  Template& shape = fragments_[frames_.size()];
  make_incomplete(shape, instance.id, instance.count);
  return spend(shape.steps.size()) ? &shape : nullptr;
}

void InstanceStack::read_values(const Instance& instance, Value* value) const {
  const std::byte* data = chunk_.data() + instance.values;
  const std::byte* descriptor = chunk_.data() + instance.descriptors;
  for (std::size_t i = 0; i < instance.count; ++i, ++value, descriptor += 4) {
    value->data = data;
    std::memcpy(&value->size, descriptor, sizeof value->size);
    value->type = std::to_integer<std::uint8_t>(descriptor[2]);
    data += value->size;
  }
}

void InstanceStack::compare_values(const Template& shape,
                                   std::span<const Value> values) {
  if (values.size() < shape.slots()) {
    result_.values_missing = true;
    return;
  }
  // Nearly always each value is NULL or exactly what was declared.
  unsigned odd = 0;
  const std::uint8_t* const types = shape.types.data();
  for (std::size_t i = 0; i < shape.slots(); ++i) {
    const std::uint8_t type = values[i].type;
    odd |= static_cast<unsigned>(type != types[i]) &
           static_cast<unsigned>(type != 0);
  }
  if (odd != 0 && !types_agree(shape, values)) {
    result_.types_differ = true;
  }
}

std::size_t InstanceStack::decode_ansi(std::span<Value> values) {
  constexpr auto kAnsi = static_cast<std::uint8_t>(ValueType::kAnsiString);
  constexpr auto kWide = static_cast<std::uint8_t>(ValueType::kString);
  std::size_t size = 0;
  for (Value& value : values) {
    if ((value.type & ~kArrayFlag) != kAnsi) {
      continue;
    }
    std::string& wide = decoded_.emplace_back();
    std::size_t at = 0;
    while (at < value.size && wide.size() + 4 <= 0xffff) {
      append_utf16le_of(wide, code_page_->next(value.bytes(), at));
    }
    value.data = reinterpret_cast<const std::byte*>(wide.data());
    value.size = static_cast<std::uint16_t>(wide.size());
    value.type = static_cast<std::uint8_t>((value.type & kArrayFlag) | kWide);
    size += wide.size();
  }
  return size;
}

bool InstanceStack::enter_instance_within(std::size_t at, std::size_t end) {
  if (frames_.size() >= kMostInstances) {
    return give_up("template instances nested too deeply");
  }
  const auto found = read_instance(chunk_, at, end);
  if (!found) {
    return give_up("template instance cut short");
  }
  Template* shape = template_for(*found);
  if (shape == nullptr) {
    return false;
  }
  if (frames_.empty()) {
    result_.end = found->end;
  }
  Frame& frame = push(*shape, found->count);
  frame.value_bytes = found->end - found->values;
  const std::span<Value> values(values_.data() + frame.first_value,
                                found->count);
  read_values(*found, values.data());
  compare_values(*shape, values);
  if (code_page_) {
    frame.value_bytes += decode_ansi(values);
  }
  return true;
}

bool InstanceStack::enter_fragment(std::size_t begin, std::size_t end,
                                   Place place) {
  if (end > chunk_.size() || begin > end) {
    return give_up("fragment outside the chunk");
  }
  const auto token_at = [this, end](std::size_t at) {
    return static_cast<Token>(
        at < end ? std::to_integer<std::uint8_t>(chunk_[at]) & ~kMoreFollows
                 : 0);
  };
  std::size_t at = begin;
  while (token_at(at) == Token::kFragment) {
    at += 4;
  }
  if (token_at(at) == Token::kTemplateInstance) {
    return enter_instance_within(at, end);
  }
  if (token_at(at) == Token::kEnd) {
    return true;  // nothing inside
  }
  if (frames_.size() >= kMostInstances) {
    return give_up("template instances nested too deeply");
  }
  Template& shape = fragments_[frames_.size()];
  const Compiled compiled = compile(chunk_, at, end, place, shape);
  if (!compiled.ok()) {
    return give_up(compiled.problem);
  }
  if (frames_.empty()) {
    result_.end = compiled.end;
  }
  push(shape, 0);
  return spend(shape.steps.size() + shape.text.size());
}

}  // namespace deskfall::evtx
