#include "ingest/evtx_instances.h"

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
  values_.clear();
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
  values_.resize(frames_.back().first_value);
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

void InstanceStack::push(Template& shape, std::size_t count) {
  Frame frame;
  frame.shape = &shape;
  frame.first_value = static_cast<std::uint32_t>(values_.size() - count);
  frame.value_count = static_cast<std::uint32_t>(count);
  frames_.push_back(frame);
}

void InstanceStack::read_values(const Instance& instance) {
  const std::size_t first = values_.size();
  values_.resize(first + instance.count);
  const std::byte* data = chunk_.data() + instance.values;
  for (std::size_t i = 0; i < instance.count; ++i) {
    const std::size_t descriptor = instance.descriptors + 4 * i;
    Value& value = values_[first + i];
    value.data = data;
    value.size = load<std::uint16_t>(chunk_, descriptor);
    value.type = load<std::uint8_t>(chunk_, descriptor + 2);
    data += value.size;
  }
}

void InstanceStack::decode_ansi(std::size_t first_value) {
  constexpr auto kAnsi = static_cast<std::uint8_t>(ValueType::kAnsiString);
  constexpr auto kWide = static_cast<std::uint8_t>(ValueType::kString);
  for (std::size_t i = first_value; i < values_.size(); ++i) {
    Value& value = values_[i];
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
  }
}

Template* InstanceStack::template_for(const Instance& instance,
                                      std::size_t first_value) {
  const TemplateStore::Found entry = definition(instance.definition);
  const std::span<const Value> values = std::span(values_).subspan(first_value);
  if (entry.problem.empty() && entry.shape->id() == instance.id) {
    Template& shape = *entry.shape;
    if (!shape.proven) {
      shape.proven = true;
      proven_.push_back(&shape);
    }
    if (values.size() < shape.slots()) {
      result_.values_missing = true;
    } else if (!result_.types_differ) {
      result_.types_differ = !types_agree(shape, values);
    }
    return &shape;
  }
  if (library_ == nullptr) {
    give_up(entry.problem.empty() ? "template definition was overwritten"
                                  : entry.problem);
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

bool InstanceStack::enter_instance_within(std::size_t at, std::size_t end) {
  if (frames_.size() >= kMostInstances) {
    return give_up("template instances nested too deeply");
  }
  const auto found = read_instance(chunk_, at, end);
  if (!found) {
    return give_up("template instance cut short");
  }
  const std::size_t first = values_.size();
  read_values(*found);
  Template* shape = template_for(*found, first);
  if (shape == nullptr) {
    return false;
  }
  if (code_page_) {
    decode_ansi(first);
  }
  if (frames_.empty()) {
    result_.end = found->end;
  }
  push(*shape, found->count);
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
