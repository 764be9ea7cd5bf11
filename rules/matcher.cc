#include "rules/matcher.h"

#include <algorithm>
#include <set>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// Below so many patterns of a field a set does not pay.
constexpr std::size_t kFewPatterns = 4;

}  // namespace

std::size_t Matcher::FoldedHash::operator()(std::string_view name) const {
  // Letters of either case differ in one bit. That the bit also joins a few
  // other characters does no harm to a hash.
  std::size_t hash = name.size();
  for (const char c : name) {
    hash = hash * 31 + (static_cast<unsigned char>(c) | 0x20U);
  }
  return hash;
}

bool Matcher::FoldedEqual::operator()(std::string_view a,
                                      std::string_view b) const {
  return equals_ignore_case(a, b);
}

void Matcher::file(Channel& channel, std::uint32_t number) {
  const Selector& selector = *selectors_[number];
  const std::vector<const Predicate*> providers = selector.providers();
  std::string key;
  for (const Predicate* provider : providers) {
    key += provider->key() + "\n\n";
  }
  const auto needed = selector.needed();
  const auto add = [&](Route& route) {
    Group& group = route[key];
    group.providers = providers;
    ++group.size;
    if (!needed) {
      group.always.push_back(number);
      return;
    }
    for (const Needed& literal : *needed) {
      group.literals[literal.field].add(literal.text, number);
    }
  };
  for (const std::uint32_t id : selector.event_ids()) {
    add(channel.by_id[id]);
  }
  if (selector.event_ids().empty()) {
    add(channel.any_id);
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

Matcher::Matcher(const std::vector<Entry>& entries) {
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    selectors_.push_back(entries[i].selector);
    programs_.push_back(selectors_[i]->number_tests(pool_));
    if (entries[i].channels == nullptr) {
      file(any_channel_, i);
      continue;
    }
    std::set<std::string> names;
    for (const std::string& name : *entries[i].channels) {
      names.insert(to_lower_ascii(name));
    }
    for (const std::string& name : names) {
      file(by_channel_[name], i);
    }
  }
  const auto close = [](Channel& channel) {
    const auto close_route = [](Route& route) {
      for (auto& [key, group] : route) {
        for (auto& [field, index] : group.literals) {
          index.close();
        }
      }
    };
    close_route(channel.any_id);
    for (auto& [id, route] : channel.by_id) {
      close_route(route);
    }
  };
  close(any_channel_);
  for (auto& [name, channel] : by_channel_) {
    close(channel);
  }
  add_patterns();
}

template <typename Visit>
void Matcher::each_group(const Event& event, const Visit& visit) const {
  const auto in_route = [&](const Route& route) {
    for (const auto& [key, group] : route) {
      if (group.providers.empty() ||
          std::any_of(group.providers.begin(), group.providers.end(),
                      [&event](const Predicate* provider) {
                        return provider->matches(event);
                      })) {
        visit(group);
      }
    }
  };
  const auto in_channel = [&](const Channel& channel) {
    in_route(channel.any_id);
    const auto route = channel.by_id.find(event.event_id);
    if (route != channel.by_id.end()) {
      in_route(route->second);
    }
  };
  in_channel(any_channel_);
  if (event.channel.empty()) {
    // A record that lost its channel may be any log's.
    for (const auto& [name, channel] : by_channel_) {
      in_channel(channel);
    }
  } else if (const auto found = by_channel_.find(event.channel);
             found != by_channel_.end()) {
    in_channel(found->second);
  }
}

std::size_t Matcher::routed(const Event& event) const {
  std::size_t count = 0;
  each_group(event, [&count](const Group& group) { count += group.size; });
  return count;
}

void Matcher::match(const Event& event,
                    std::vector<std::size_t>& matching) const {
  matching.clear();
  std::vector<std::uint32_t> awake;
  each_group(event, [&](const Group& group) {
    awake.insert(awake.end(), group.always.begin(), group.always.end());
    for (const auto& [field, index] : group.literals) {
      std::string scratch;
      if (const auto value = field_value(event, field, scratch)) {
        index.find(*value, awake);
      }
    }
  });
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
