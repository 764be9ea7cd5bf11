#include "ingest/evtx_instances.h"

#include <algorithm>
#include <cstring>

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
  values_used_ = 0;
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
    compiled_ +=
        fresh.found.shape->steps.size() + fresh.found.shape->text.size();
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
  if (frames_.empty()) {
    result_.end = found->end;
  }
  Frame& frame = push(*entry.shape, found->count);
  frame.value_bytes = found->end - found->values;
  Value* value = values_.data() + frame.first_value;
  const std::byte* data = chunk_.data() + found->values;
  const std::byte* descriptor = chunk_.data() + found->descriptors;
  for (std::size_t i = 0; i < found->count; ++i, ++value, descriptor += 4) {
    value->data = data;
    std::memcpy(&value->size, descriptor, sizeof value->size);
    value->type = std::to_integer<std::uint8_t>(descriptor[2]);
    data += value->size;
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
