#include "engine/near_miss.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace deskfall {

namespace {

/// How far a time lies outside a span; 0 inside.
Ticks outside(const Span& span, Instant time) {
  if (time < span.certain_from) {
    return span.certain_from - time;
  }
  return time > span.certain_to ? time - span.certain_to : 0;
}

/// The same item with another window; what a state tests is left behind.
Item with_window(const Item& item, Window window) {
  Item copy;
  copy.id = item.id;
  copy.role = item.role;
  copy.form = item.form;
  copy.signals = item.signals;
  copy.side = item.side;
  copy.within = window;
  copy.same = item.same;
  copy.any = item.any;
  copy.own_attempt = item.own_attempt;
  copy.distinct = item.distinct;
  copy.at_least = item.at_least;
  copy.per = item.per;
  copy.steps = item.steps;
  copy.logs = item.logs;
  return copy;
}

class Search {
 public:
  Search(const Situation& situation, const Failure& failure, ItemFinder& finder,
         const Finding& finding)
      : s_(situation),
        failure_(failure),
        finder_(finder),
        finding_(finding),
        item_(*finding.item) {}

  std::optional<NearMiss> run();

 private:
  std::optional<NearMiss> code() const;
  std::optional<NearMiss> state() const;
  std::optional<NearMiss> unmet_none() const;
  std::optional<NearMiss> elsewhere() const;
  std::optional<NearMiss> second_step() const;
  std::optional<NearMiss> too_few() const;
  [[nodiscard]] std::string when(const Hit& hit) const;
  [[nodiscard]] std::string name(const Hit& hit) const;
  [[nodiscard]] std::string window() const;
  [[nodiscard]] std::string widened(const Hit& hit, bool& flips);

  const Situation& s_;
  const Failure& failure_;
  ItemFinder& finder_;
  const Finding& finding_;
  const Item& item_;
  Instant zero_;
  bool exact_ = true;
  Span span_;
};

std::string Search::when(const Hit& hit) const {
  return signed_span(hit.time - zero_);
}

std::string Search::name(const Hit& hit) const {
  const CaseEvent& event = s_.data.events[hit.event];
  return event.event_id != 0 ? std::to_string(event.event_id) : event.provider;
}

std::string Search::window() const {
  if (item_.between) {
    return "window " + finding_.window;
  }
  return fmt::format("window {}{} to {}", signed_span(item_.within.from),
                     item_.within.since_start ? " of the start" : "",
                     signed_span(item_.within.to));
}

/// The change of the window that reaches the hit, tried out.
std::string Search::widened(const Hit& hit, bool& flips) {
  Window wide = item_.within;
  std::string text;
  if (hit.time < span_.certain_from) {
    wide.from = wide.from - (span_.certain_from - hit.time);
    text = fmt::format("a window from {}{}", signed_span(wide.from),
                       wide.since_start ? " of the start" : "");
  } else {
    wide.to = wide.to + (hit.time - span_.certain_to);
    text = fmt::format("a window to {}", signed_span(wide.to));
  }
  const Item changed = with_window(item_, wide);
  ItemFinder trial = finder_;  // what is tried binds nothing
  const Value now = trial.find(changed).value;
  flips = now == Value::kPresent;
  return text;
}

std::optional<NearMiss> Search::code() const {
  const Attempt& attempt = s_.attempts[failure_.attempt];
  if (!attempt.error) {
    return NearMiss{"the client's code is not known",
                    "the client's log or the text of its error box", 0};
  }
  return NearMiss{fmt::format("the code is 0x{:X}", *attempt.error), "", 0};
}

std::optional<NearMiss> Search::state() const {
  const auto state = s_.rules.find_state(item_.state);
  const HostId host = finder_.host_of(item_.side);
  std::string text;
  for (const std::string& field : item_.asked) {
    const StateTable::Known known =
        state ? s_.states.ask(*state, field, host, span_.possible_from,
                              s_.coverage)
              : StateTable::Known{};
    text += fmt::format(
        "{}{} is {}", text.empty() ? "" : ", ", field,
        known.known ? "'" + known.value + "'" : "not known: " + known.why_not);
  }
  return NearMiss{text, "", 0};
}

/// An item that asks for silence, and the record that broke it.
std::optional<NearMiss> Search::unmet_none() const {
  const Hit* nearest = nullptr;
  Ticks least = 0;
  for (const std::string& signal : item_.signals) {
    for (const Hit& hit :
         s_.signals.hits(signal).find(finder_.host_of(item_.side),
                                      span_.possible_from, span_.possible_to)) {
      const Ticks edge = std::min(hit.time - span_.possible_from,
                                  span_.possible_to - hit.time);
      if (finder_.refusal(item_, hit).empty() &&
          (nearest == nullptr || edge < least)) {
        nearest = &hit;
        least = edge;
      }
    }
  }
  if (nearest == nullptr) {
    return std::nullopt;
  }
  const std::string text =
      fmt::format("{} at {} breaks the silence, {}", name(*nearest),
                  when(*nearest), window());
  if (finding_.count > 1) {
    return NearMiss{text, "", 0};
  }
  const bool front =
      nearest->time - span_.possible_from < span_.possible_to - nearest->time;
  return NearMiss{
      text,
      front ? fmt::format("a window that begins after {}", when(*nearest))
            : fmt::format("a window that ends before {}", when(*nearest)),
      least};
}

/// The same signal on another host.
std::optional<NearMiss> Search::elsewhere() const {
  const Hit* nearest = nullptr;
  Ticks least = 0;
  for (const std::string& signal : item_.signals) {
    for (const Hit& hit : s_.signals.hits(signal).all()) {
      const Ticks away = std::abs(hit.time - zero_);
      if (hit.host != finder_.host_of(item_.side) &&
          (nearest == nullptr || away < least)) {
        nearest = &hit;
        least = away;
      }
    }
  }
  if (nearest == nullptr) {
    return std::nullopt;
  }
  return NearMiss{
      fmt::format("{} at {} stands on {}, another host", name(*nearest),
                  when(*nearest), s_.data.host_name(nearest->host)),
      "", 0};
}

/// A sequence whose first step was there.
std::optional<NearMiss> Search::second_step() const {
  for (std::size_t i = 1; i < item_.steps.size(); ++i) {
    const SequenceStep& step = item_.steps[i];
    const Hit* from = nullptr;
    const Hit* to = nullptr;
    Ticks least = 0;
    for (const std::string& before : item_.steps[i - 1].signals) {
      for (const Hit& a : s_.signals.hits(before).find(
               finder_.host_of(item_.side), span_.possible_from,
               span_.possible_to)) {
        for (const std::string& after : step.signals) {
          for (const Hit& b :
               s_.signals.hits(after).on(finder_.host_of(item_.side))) {
            const Ticks gap = b.time - a.time;
            const Ticks low = step.gap ? step.gap->first : 0;
            const Ticks high =
                step.gap ? step.gap->second : span_.possible_to - a.time;
            const Ticks off = gap < low    ? low - gap
                              : gap > high ? gap - high
                                           : 0;
            if (off > 0 && (from == nullptr || off < least)) {
              from = &a;
              to = &b;
              least = off;
            }
          }
        }
      }
    }
    if (from != nullptr && !step.optional) {
      return NearMiss{
          fmt::format("{} at {}, then {} {} later{}", name(*from), when(*from),
                      name(*to), format_span(to->time - from->time),
                      step.gap ? fmt::format(", gap {} to {}",
                                             format_span(step.gap->first),
                                             format_span(step.gap->second))
                               : ""),
          step.gap ? fmt::format("a gap that reaches {}",
                                 format_span(to->time - from->time))
                   : "",
          least};
    }
  }
  return std::nullopt;
}

std::optional<NearMiss> Search::too_few() const {
  const bool counts = item_.form == Form::kCount || item_.form == Form::kRate;
  if (!counts || finding_.count == 0) {
    return std::nullopt;
  }
  return NearMiss{fmt::format("{} in the window, {} are asked for",
                              finding_.count, item_.at_least),
                  fmt::format("at_least: {}", finding_.count), 0};
}

std::optional<NearMiss> Search::run() {
  if (item_.form == Form::kCode) {
    return code();
  }
  const HostId host = finder_.host_of(item_.side);
  const auto anchor = finder_.anchor(host);
  const auto span = finder_.span_of(item_);
  if (!anchor || !span) {
    return std::nullopt;
  }
  span_ = item_.between ? *span : place(*anchor, item_.within);
  exact_ = anchor->exact;
  zero_ =
      Instant{anchor->end_low.ticks + (anchor->end_high - anchor->end_low) / 2};
  if (item_.form == Form::kState) {
    return state();
  }
  if (item_.form == Form::kNone) {
    return unmet_none();
  }
  if (auto few = too_few()) {
    return few;
  }
  const std::vector<std::string>& signals = item_.form == Form::kSequence
                                                ? item_.steps.front().signals
                                                : item_.signals;
  const Hit* near = nullptr;     // ours, but outside
  const Hit* refused = nullptr;  // inside, but not ours
  for (const std::string& signal : signals) {
    for (const Hit& hit : s_.signals.hits(signal).on(host)) {
      const Ticks away = outside(span_, hit.time);
      const bool ours = finder_.refusal(item_, hit).empty();
      if (ours && away > 0 &&
          (near == nullptr || away < outside(span_, near->time))) {
        near = &hit;
      }
      if (!ours && away == 0) {
        refused = &hit;
      }
    }
  }
  if (item_.form == Form::kSequence) {
    if (auto step = second_step()) {
      return step;
    }
  }
  if (refused != nullptr) {
    const std::string why = finder_.refusal(item_, *refused);
    return NearMiss{fmt::format("{} at {} lies in the window, but {}",
                                name(*refused), when(*refused), why),
                    item_.own_attempt ? "an item without own_attempt"
                                      : "an item that does not ask for it",
                    0};
  }
  if (near == nullptr) {
    return elsewhere();
  }
  NearMiss miss;
  miss.text = fmt::format("{} at {}, {}", name(*near), when(*near), window());
  miss.distance = outside(span_, near->time);
  bool flips = false;
  const std::string change = item_.between ? "" : widened(*near, flips);
  if (flips) {
    miss.change = change;
  }
  if (!exact_ && finding_.clock_decides) {
    miss.change = fmt::format(
        "clocks of the two hosts that are known to {}",
        format_span(std::max<Ticks>(kTicksPerMillisecond, miss.distance)));
  } else if (!exact_ && flips) {
    miss.change +=
        fmt::format(", or clocks {} further apart", format_span(miss.distance));
  }
  return miss;
}

}  // namespace

std::string signed_span(Ticks span) {
  return (span > 0 ? "+" : "") + format_span(span);
}

std::optional<NearMiss> near_miss(const Situation& situation,
                                  const Failure& failure, ItemFinder& finder,
                                  const Finding& finding) {
  return finding.item == nullptr
             ? std::nullopt
             : Search(situation, failure, finder, finding).run();
}

}  // namespace deskfall
