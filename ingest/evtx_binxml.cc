#include "ingest/evtx_binxml.h"

#include <algorithm>

namespace deskfall::evtx {

void BinXmlReader::start_chunk(Bytes chunk) {
  chunk_ = chunk;
  cached_ = 0;
  compiled_ = 0;
}

bool BinXmlReader::give_up(std::string_view problem) {
  result_.problem = problem;
  return false;
}

const BinXmlReader::CachedTemplate& BinXmlReader::definition(
    std::uint32_t offset) {
  for (std::size_t i = 0; i < cached_; ++i) {
    if (cache_[i].offset == offset) {
      return cache_[i];
    }
  }
  if (cached_ == cache_.size()) {
    cache_.emplace_back();
    cache_.back().plan = std::make_unique<Template>();
  }
  CachedTemplate& entry = cache_[cached_++];
  entry.offset = offset;
  entry.plan->clear();
  entry.problem = "template definitions overlap";
  if (compiled_ < kMostCompiled) {
    entry.problem = compile_definition(chunk_, offset, *entry.plan).problem;
    compiled_ += entry.plan->steps.size() + entry.plan->text.size();
  }
  return entry;
}

void BinXmlReader::enter_plan(const Template& plan, std::size_t count) {
  Frame frame;
  frame.plan = &plan;
  frame.first_value = static_cast<std::uint32_t>(values_.size() - count);
  frame.value_count = static_cast<std::uint32_t>(count);
  frames_.push_back(frame);
}

void BinXmlReader::leave() {
  values_.resize(frames_.back().first_value);
  frames_.pop_back();
}

bool BinXmlReader::enter_instance(std::size_t at, std::size_t end) {
  if (frames_.size() >= kMostInstances) {
    return give_up("template instances nested too deeply");
  }
  const auto found = read_instance(chunk_, at, end);
  if (!found) {
    return give_up("template instance cut short");
  }
  const CachedTemplate& entry = definition(found->definition);
  if (!entry.problem.empty()) {
    return give_up(entry.problem);
  }
  if (entry.plan->id() != found->id || !entry.plan->names_verified) {
    return give_up("template definition was overwritten");
  }
  result_.values_missing =
      result_.values_missing || found->count < entry.plan->slots;
  std::size_t value_at = found->values;
  for (std::size_t i = 0; i < found->count; ++i) {
    const std::size_t descriptor = found->descriptors + 4 * i;
    const auto size = load<std::uint16_t>(chunk_, descriptor);
    values_.push_back({chunk_.data() + value_at, size,
                       load<std::uint8_t>(chunk_, descriptor + 2)});
    value_at += size;
  }
  if (frames_.empty()) {
    result_.end = found->end;
  }
  enter_plan(*entry.plan, found->count);
  return true;
}

bool BinXmlReader::enter_fragment(std::size_t begin, std::size_t end,
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
    return enter_instance(at, end);
  }
  if (token_at(at) == Token::kEnd) {
    return true;  // nothing inside
  }
  if (frames_.size() >= kMostInstances) {
    return give_up("template instances nested too deeply");
  }
  Template& plan = fragments_[frames_.size()];
  const Compiled compiled = compile(chunk_, at, end, place, plan);
  work_ += plan.steps.size() + plan.text.size();
  if (!compiled.ok()) {
    return give_up(compiled.problem);
  }
  if (!plan.names_verified) {
    return give_up("names were overwritten");
  }
  if (frames_.empty()) {
    result_.end = compiled.end;
  }
  enter_plan(plan, 0);
  return true;
}

bool BinXmlReader::attribute_vanishes(const Frame& frame,
                                      const Step& attribute) const {
  // `attribute` lies inside the plan's steps; its value follows it.
  const Step* piece = &attribute + 1;
  const Step* end = frame.plan->steps.data() + attribute.end;
  if (piece == end) {
    return false;
  }
  return std::all_of(piece, end, [this, &frame](const Step& step) {
    return step.kind == StepKind::kOptionalSlot &&
           value_of(frame, step.slot).is_null();
  });
}

}  // namespace deskfall::evtx
