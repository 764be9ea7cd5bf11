#include "ingest/evtx_instances.h"

#include <algorithm>

namespace deskfall::evtx {

namespace {

constexpr std::string_view kCutShort = "template instance cut short";

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
  names_.start_chunk(chunk);
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
      for (FillPlan& plan : taken.back().fill_plans) {
        plan.clear();
      }
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
    fresh.found = store_.definition(names_, offset);
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

Template* InstanceStack::template_for(const Instance& instance,
                                      std::size_t end) {
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
  if (read_values(chunk_, instance, end, {}, values.data()).end == 0) {
    give_up(kCutShort);
    return nullptr;
  }
  if (Template* known = library_->find(instance.id, values)) {
    result_.rebuilt = true;
    return known;
  }
  result_.incomplete = true;
  Template& shape = fragments_[frames_.size()];
  make_incomplete(shape, instance.id, instance.count);
  return spend(shape.steps.size()) ? &shape : nullptr;
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
  const auto found = read_instance_head(chunk_, at, end);
  if (!found) {
    return give_up(kCutShort);
  }
  Template* shape = template_for(*found, end);
  if (shape == nullptr) {
    return false;
  }
  const bool is_first = frames_.empty();
  Frame& frame = push(*shape, found->count);
  const std::span<Value> values(values_.data() + frame.first_value,
                                found->count);
  const ValuesRead read =
      read_values(chunk_, *found, end, shape->types, values.data());
  if (read.end == 0) {
    leave();
    return give_up(kCutShort);
  }
  if (is_first) {
    result_.end = read.end;
  }
  frame.value_bytes = read.end - found->values;
  if (values.size() != shape->slots()) {
    result_.values_miscounted = true;
  }
  if (values.size() >= shape->slots() && read.odd &&
      !types_agree(*shape, values)) {
    result_.types_differ = true;
  }
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
  const Compiled compiled = compile(names_, at, end, place, shape);
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
