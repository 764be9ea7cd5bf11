#include "ingest/evtx_instances.h"

namespace deskfall::evtx {

void InstanceStack::start_chunk(Bytes chunk) {
  chunk_ = chunk;
  store_.forget_chunk();
  definitions_.clear();
  compiled_ = 0;
  frames_.clear();
}

bool InstanceStack::give_up(std::string_view problem) {
  result_.problem = problem;
  return false;
}

bool InstanceStack::begin(std::size_t begin, std::size_t end) {
  frames_.clear();
  values_.clear();
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
    compiled_ +=
        fresh.found.shape->steps.size() + fresh.found.shape->text.size();
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

bool InstanceStack::enter_instance_within(std::size_t at, std::size_t end) {
  if (frames_.size() >= kMostInstances) {
    return give_up("template instances nested too deeply");
  }
  const auto found = read_instance(chunk_, at, end);
  if (!found) {
    return give_up("template instance cut short");
  }
  const TemplateStore::Found entry = definition(found->definition);
  if (!entry.problem.empty()) {
    return give_up(entry.problem);
  }
  if (entry.shape->id() != found->id) {
    return give_up("template definition was overwritten");
  }
  result_.values_missing =
      result_.values_missing || found->count < entry.shape->slots;
  const std::size_t first = values_.size();
  values_.resize(first + found->count);
  const std::byte* data = chunk_.data() + found->values;
  for (std::size_t i = 0; i < found->count; ++i) {
    const std::size_t descriptor = found->descriptors + 4 * i;
    Value& value = values_[first + i];
    value.data = data;
    value.size = load<std::uint16_t>(chunk_, descriptor);
    value.type = load<std::uint8_t>(chunk_, descriptor + 2);
    data += value.size;
  }
  if (frames_.empty()) {
    result_.end = found->end;
  }
  push(*entry.shape, found->count);
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
