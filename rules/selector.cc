#include "rules/selector.h"

#include <algorithm>
#include <bit>

#include "ingest/text.h"
#include "rules/condition.h"

namespace deskfall {

namespace {

/// The reverse of field_value.
Event event_of(const std::map<std::string, std::string>& fields) {
  Event event;
  for (const auto& [name, value] : fields) {
    const auto number = parse_number(value).value_or(0);
    if (name == "EventID") {
      event.event_id = static_cast<std::uint32_t>(number);
    } else if (name == "Provider_Name") {
      event.provider = value;
    } else if (name == "Channel") {
      event.channel = value;
    } else if (name == "Computer") {
      event.host = value;
    } else if (name == "Level") {
      event.level = static_cast<std::uint8_t>(number);
    } else if (name == "ActivityID") {
      event.activity_id = value;
    } else if (name == "UserID") {
      event.user_sid = value;
    } else if (name == "ProcessID") {
      event.process_id = static_cast<std::uint32_t>(number);
    } else {
      event.fields.add(name, value);
    }
  }
  return event;
}

}  // namespace

struct Selector::Impl {
  std::vector<Selection> selections;
  Condition condition;
  std::vector<std::uint32_t> ids;
  bool broken = false;

  void add(Selection selection);
  void find_ids();
};

void Selector::Impl::add(Selection selection) {
  if (!selections.empty()) {
    const Selection& last = selections.back();
    selection.first_test = last.first_test + last.tests();
  }
  selections.push_back(std::move(selection));
}

void Selector::Impl::find_ids() {
  const auto needed = condition.needs<std::uint32_t>(
      [this](std::size_t selection) { return selections[selection].ids(); });
  if (needed) {
    ids = *needed;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
}

Selector::Selector(const YamlNode& detection, const std::string& file,
                   std::vector<Diagnostic>& diagnostics)
    : impl_(std::make_unique<Impl>()) {
  const std::size_t before = diagnostics.size();
  const YamlNode* condition = nullptr;
  for (const auto& [key, value] : detection.map) {
    if (key.scalar == "condition") {
      condition = &value;
    } else {
      impl_->add(Selection::read(key.scalar, value, file, diagnostics));
    }
  }
  YamlNode any_of;
  if (condition != nullptr && condition->is_list()) {
    // A list of conditions means any of them.
    any_of = *condition;
    any_of.kind = YamlNode::Kind::kScalar;
    for (const YamlNode& one : condition->list) {
      any_of.scalar += (any_of.scalar.empty() ? "(" : " or (");
      any_of.scalar += one.scalar + ")";
    }
    condition = &any_of;
  }
  if (condition == nullptr || !condition->is_scalar()) {
    diagnostics.push_back({file, detection.line, detection.column,
                           "a detection needs a condition",
                           "for one selection: condition: pick"});
  } else {
    std::vector<std::string> names;
    for (const Selection& selection : impl_->selections) {
      names.push_back(selection.name);
    }
    impl_->condition = Condition::compile(*condition, file, names, diagnostics);
  }
  impl_->broken = diagnostics.size() != before;
  if (!impl_->broken) {
    impl_->find_ids();
  }
}

Selector::Selector() : impl_(std::make_unique<Impl>()) {}

Selector Selector::of_map(const YamlNode& map, const std::string& file,
                          std::vector<Diagnostic>& diagnostics) {
  Selector selector;
  const std::size_t before = diagnostics.size();
  selector.impl_->add(Selection::read("map", map, file, diagnostics));
  selector.impl_->condition = Condition::first();
  selector.impl_->broken = diagnostics.size() != before || !map.is_map();
  if (!selector.impl_->broken) {
    selector.impl_->find_ids();
  }
  return selector;
}

Selector::~Selector() = default;
Selector::Selector(Selector&&) noexcept = default;
Selector& Selector::operator=(Selector&&) noexcept = default;

bool Selector::matches(const Event& event,
                       const std::function<bool(std::size_t)>& ask) const {
  return !impl_->broken && impl_->condition.holds([&](std::size_t selection) {
    return impl_->selections[selection].matches(event, ask);
  });
}

bool Selector::matches(const Event& event) const {
  return !impl_->broken && impl_->condition.holds([&](std::size_t selection) {
    return impl_->selections[selection].matches(event);
  });
}

std::vector<std::uint32_t> Selector::number_tests(PredicatePool& pool) const {
  std::vector<std::uint32_t> out;
  for (const Selection& selection : impl_->selections) {
    for (const std::vector<Predicate>& predicates : selection.alternatives) {
      for (const Predicate& predicate : predicates) {
        out.push_back(pool.number(predicate));
      }
    }
  }
  return out;
}

std::optional<std::vector<Needed>> Selector::needed() const {
  if (impl_->broken) {
    return std::nullopt;
  }
  return impl_->condition.needs<Needed>([this](std::size_t selection) {
    return impl_->selections[selection].needed();
  });
}

std::vector<const Predicate*> Selector::providers() const {
  return impl_->condition
      .needs<const Predicate*>([this](std::size_t selection) {
        return impl_->selections[selection].providers();
      })
      .value_or(std::vector<const Predicate*>());
}

std::optional<Event> Selector::example(
    const std::map<std::string, std::string>& given) const {
  constexpr std::size_t kMostTried = 10;
  const std::size_t count = std::min(impl_->selections.size(), kMostTried);
  std::vector<unsigned> masks(std::size_t{1} << count);
  for (std::size_t i = 0; i < masks.size(); ++i) {
    masks[i] = static_cast<unsigned>(i);
  }
  std::stable_sort(masks.begin(), masks.end(), [](unsigned a, unsigned b) {
    return std::popcount(a) < std::popcount(b);
  });
  for (const unsigned mask : masks) {
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i < count; ++i) {
      if ((mask >> i & 1U) != 0) {
        impl_->selections[i].shape(fields);
      }
    }
    for (const auto& [name, value] : given) {
      fields[name] = value;
    }
    Event event = event_of(fields);
    if (matches(event)) {
      return event;
    }
  }
  return std::nullopt;
}

std::string Selector::sql(std::set<std::string>& lacks) const {
  struct Part {
    std::string text;
    std::set<std::string> lacks;
  };
  const auto of = [this](std::size_t selection) {
    Part part;
    part.text = impl_->selections[selection].sql(part.lacks);
    return part;
  };
  const auto negate = [](Part& part) {
    // What lets more through lets less through when it is denied.
    part.text = part.lacks.empty() ? "NOT " + part.text : "1";
  };
  const auto join = [](Part& left, const Part& right, Condition::Join how) {
    left.text = "(" + left.text +
                (how == Condition::Join::kAnd ? " AND " : " OR ") + right.text +
                ")";
    left.lacks.insert(right.lacks.begin(), right.lacks.end());
  };
  const Part whole = impl_->condition.fold<Part>(of, negate, join);
  if (impl_->broken || whole.text.empty()) {
    return "0";
  }
  lacks.insert(whole.lacks.begin(), whole.lacks.end());
  return whole.text;
}

std::vector<std::string> Selector::fields() const {
  std::set<std::string> names;
  for (const Selection& selection : impl_->selections) {
    for (const auto& predicates : selection.alternatives) {
      for (const Predicate& predicate : predicates) {
        const std::string& key = predicate.key();
        names.insert(key.substr(0, key.find_first_of("|\n")));
      }
    }
  }
  return {names.begin(), names.end()};
}

const std::vector<std::uint32_t>& Selector::event_ids() const {
  return impl_->ids;
}

std::uint32_t PredicatePool::number(const Predicate& test) {
  const auto [it, is_new] =
      numbers_.emplace(test.key(), static_cast<std::uint32_t>(tests_.size()));
  if (is_new) {
    tests_.push_back(&test);
  }
  return it->second;
}

}  // namespace deskfall
