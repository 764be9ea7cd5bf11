#include "engine/state_table.h"

#include <algorithm>

#include "rules/predicate.h"

namespace deskfall {

StateTable::StateTable(const CaseData& data, const RuleSet& rules,
                       const SignalTable& signals)
    : rules_(rules) {
  for (std::size_t s = 0; s < rules.states().size(); ++s) {
    for (const StateRule::Source& source : rules.states()[s].from) {
      for (const Hit& hit : signals.hits(source.signal).all()) {
        const Event& event = data.events[hit.event];
        for (const auto& [field, text] : source.set) {
          std::string scratch;
          std::string value = fill_in(text, [&](std::string_view name) {
            return std::string(field_value(event, name, scratch).value_or(""));
          });
          points_[{s, hit.host}][field].push_back(
              {hit.time, hit.event, source.kind, std::move(value)});
        }
      }
    }
  }
  for (auto& [key, fields] : points_) {
    for (auto& [field, points] : fields) {
      std::sort(points.begin(), points.end(),
                [](const Point& a, const Point& b) {
                  return std::tie(a.time, a.event) < std::tie(b.time, b.event);
                });
    }
  }
}

StateTable::Known StateTable::bridge(std::size_t state, const Point& point,
                                     HostId host, Instant from, Instant to,
                                     const Coverage& coverage) const {
  Known known{true, point.value, point.event, "", 0};
  if (from == to) {
    return known;
  }
  for (const std::size_t log : rules_.states()[state].logs) {
    const Coverage::Answer answer = coverage.covers(log, host, from, to);
    if (!answer.covered) {
      return {false, "", point.event, answer.why_not, log};
    }
  }
  return known;
}

StateTable::Known StateTable::ask(std::size_t state, const std::string& field,
                                  HostId host, Instant when,
                                  const Coverage& coverage) const {
  const StateRule& rule = rules_.states()[state];
  Known unknown{false, "", 0, "no record tells it", 0};
  const auto index = rules_.find_signal(rule.from.front().signal);
  unknown.log = index ? rules_.signals()[*index].log : 0;
  const auto here = points_.find({state, host});
  if (here == points_.end()) {
    return unknown;
  }
  const auto list = here->second.find(field);
  if (list == here->second.end()) {
    return unknown;
  }
  const std::vector<Point>& points = list->second;
  const auto after = std::upper_bound(
      points.begin(), points.end(), when,
      [](Instant time, const Point& point) { return time < point.time; });
  if (after != points.begin()) {
    const Point& before = *(after - 1);
    if (after != points.end() && after->kind == StateRule::Kind::kSnapshot &&
        after->value != before.value) {
      unknown.why_not = "it changed between two records, nobody knows when";
      return unknown;
    }
    return bridge(state, before, host, before.time, when, coverage);
  }
  if (rule.backward && after->kind == StateRule::Kind::kSnapshot) {
    return bridge(state, *after, host, when, after->time, coverage);
  }
  return unknown;
}

std::vector<Instant> StateTable::turns(std::size_t state, HostId host,
                                       Instant from, Instant to) const {
  std::vector<Instant> out;
  const auto here = points_.find({state, host});
  if (here == points_.end()) {
    return out;
  }
  for (const auto& [field, points] : here->second) {
    for (const Point& point : points) {
      if (point.time > from && point.time <= to) {
        out.push_back(point.time);
      }
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace deskfall
