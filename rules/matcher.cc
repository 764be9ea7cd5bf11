#include "rules/matcher.h"

#include <algorithm>

namespace deskfall {

namespace {

/// Below so many patterns of a field a set does not pay.
constexpr std::size_t kFewPatterns = 4;

}  // namespace

void Matcher::file(Route& route, std::uint32_t number) {
  ++route.size;
  const auto needed = selectors_[number]->needed();
  if (!needed) {
    route.always.push_back(number);
    return;
  }
  for (const Needed& literal : *needed) {
    route.literals[literal.field].add(literal.text, number);
  }
}

void Matcher::add_patterns() {
  std::map<std::string, std::vector<std::uint32_t>> by_field;
  for (std::uint32_t test = 0; test < pool_.tests().size(); ++test) {
    if (!pool_.tests()[test]->patterns().empty()) {
      by_field[pool_.tests()[test]->field()].push_back(test);
    }
  }
  pattern_of_.assign(pool_.tests().size(), -1);
  for (const auto& [field, tests] : by_field) {
    if (tests.size() < kFewPatterns) {
      continue;
    }
    std::vector<std::string> texts;
    std::vector<std::uint32_t> owners;
    for (const std::uint32_t test : tests) {
      pattern_of_[test] = static_cast<std::int32_t>(patterns_.size());
      for (const std::string& text : pool_.tests()[test]->patterns()) {
        texts.push_back(text);
        owners.push_back(test);
      }
    }
    patterns_.push_back({field, PatternSet(texts), std::move(owners)});
  }
}

Matcher::Matcher(const std::vector<const Selector*>& selectors)
    : selectors_(selectors) {
  for (std::uint32_t i = 0; i < selectors_.size(); ++i) {
    programs_.push_back(selectors_[i]->number_tests(pool_));
    const std::vector<std::uint32_t>& ids = selectors_[i]->event_ids();
    for (const std::uint32_t id : ids) {
      file(by_id_[id], i);
    }
    if (ids.empty()) {
      file(any_id_, i);
    }
  }
  for (auto& [id, route] : by_id_) {
    for (auto& [field, index] : route.literals) {
      index.close();
    }
  }
  for (auto& [field, index] : any_id_.literals) {
    index.close();
  }
  add_patterns();
}

void Matcher::match(const Event& event,
                    std::vector<std::size_t>& matching) const {
  matching.clear();
  std::vector<std::uint32_t> awake;
  const auto wake = [&](const Route& route) {
    awake.insert(awake.end(), route.always.begin(), route.always.end());
    for (const auto& [field, index] : route.literals) {
      std::string scratch;
      if (const auto value = field_value(event, field, scratch)) {
        index.find(*value, awake);
      }
    }
  };
  wake(any_id_);
  if (const auto route = by_id_.find(event.event_id); route != by_id_.end()) {
    wake(route->second);
  }
  if (awake.empty()) {
    return;
  }
  std::sort(awake.begin(), awake.end());
  awake.erase(std::unique(awake.begin(), awake.end()), awake.end());
  // Answers of this event: asked at most once each.
  enum : std::uint8_t { kOpen, kNo, kYes };
  std::map<std::uint32_t, std::uint8_t> few;
  std::vector<std::uint8_t> answers;
  if (awake.size() > 16) {
    answers.assign(pool_.tests().size(), kOpen);
  }
  const auto slot = [&](std::uint32_t test) -> std::uint8_t& {
    return answers.empty() ? few[test] : answers[test];
  };
  std::vector<std::size_t> hits;
  const auto ask_patterns = [&](const FieldPatterns& patterns) {
    std::string scratch;
    const auto value = field_value(event, patterns.field, scratch);
    for (const std::uint32_t test : patterns.tests) {
      slot(test) = pool_.tests()[test]->is_negated() ? kYes : kNo;
    }
    if (value) {
      patterns.set.match(*value, hits);
      for (const std::size_t hit : hits) {
        const std::uint32_t test = patterns.tests[hit];
        slot(test) = pool_.tests()[test]->is_negated() ? kNo : kYes;
      }
    }
  };
  for (const std::uint32_t number : awake) {
    const std::vector<std::uint32_t>& program = programs_[number];
    const bool yes = selectors_[number]->matches(event, [&](std::size_t test) {
      const std::uint32_t shared = program[test];
      if (slot(shared) == kOpen) {
        if (pattern_of_[shared] >= 0) {
          ask_patterns(
              patterns_[static_cast<std::size_t>(pattern_of_[shared])]);
        } else {
          slot(shared) = pool_.tests()[shared]->matches(event) ? kYes : kNo;
        }
      }
      return slot(shared) == kYes;
    });
    if (yes) {
      matching.push_back(number);
    }
  }
}

}  // namespace deskfall
