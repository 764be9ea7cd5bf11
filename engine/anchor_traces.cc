#include "engine/anchor_traces.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace deskfall {

namespace {

class Tracer {
 public:
  Tracer(const AnchorRule& anchor, const CaseData& data,
         const std::vector<Attempt>& attempts, const SignalTable& signals)
      : anchor_(anchor), data_(data), attempts_(attempts), signals_(signals) {}

  std::vector<AnchorTrace> run();

 private:
  void find();
  void add(const Hit& hit, const Bindings& who);
  void merge();
  void bind(const Hit& hit, Bindings& who) const;
  [[nodiscard]] std::string read(const AnchorRule::Term& term,
                                 const Hit& hit) const;
  [[nodiscard]] bool is_one(const AnchorTrace& a, const AnchorTrace& b) const;

  const AnchorRule& anchor_;
  const CaseData& data_;
  const std::vector<Attempt>& attempts_;
  const SignalTable& signals_;
  std::vector<AnchorTrace> traces_;
  std::map<std::size_t, std::size_t> by_attempt_;  ///< index of its trace
  std::set<EventIndex> lone_;
};

std::string Tracer::read(const AnchorRule::Term& term, const Hit& hit) const {
  using From = AnchorRule::Term::From;
  const CaseEvent* event = &data_.events[hit.event];
  if (term.from == From::kDialog) {
    const auto dialog = hit.attempt == kNoAttempt
                            ? std::nullopt
                            : attempts_[hit.attempt].dialog;
    if (!dialog) {
      return {};
    }
    event = &data_.events[*dialog];
  } else if (term.from == From::kPrior) {
    const auto before = signals_.hits(term.signal)
                            .find(hit.host, hit.time - term.within, hit.time);
    if (before.empty()) {
      return {};
    }
    event = &data_.events[before.back().event];
  }
  std::string scratch;
  return std::string(field_value(*event, term.field, scratch).value_or(""));
}

void Tracer::bind(const Hit& hit, Bindings& who) const {
  for (const auto& [entity, terms] : anchor_.bind) {
    for (const AnchorRule::Term& term : terms) {
      std::string text = read(term, hit);
      if (!text.empty() && bind_entity(entity, text, data_, who)) {
        break;
      }
    }
  }
}

void Tracer::add(const Hit& hit, const Bindings& who) {
  // What the author says of the trace goes before what its attempt tells.
  Bindings said;
  bind(hit, said);
  fill_bindings(said, who);
  if (hit.attempt == kNoAttempt) {
    if (lone_.insert(hit.event).second) {
      traces_.push_back({hit, std::move(said), {}});
    }
    return;
  }
  const auto [at, is_new] = by_attempt_.emplace(hit.attempt, traces_.size());
  if (is_new) {
    traces_.push_back({hit, std::move(said), {hit.attempt}});
  } else {
    fill_bindings(traces_[at->second].who, said);
  }
}

void Tracer::find() {
  for (const AnchorRule::Source& source : anchor_.from) {
    for (std::size_t i = 0; i < attempts_.size() && source.signal.empty();
         ++i) {
      const Attempt& attempt = attempts_[i];
      const bool fits =
          (!source.error || attempt.error == source.error) &&
          (!source.extended || attempt.extended == source.extended);
      if (!fits || attempt.code_events.empty()) {
        continue;
      }
      Hit hit;
      hit.event = attempt.code_events.front();
      hit.time = data_.events[hit.event].time;
      hit.host = data_.events[hit.event].host_id;
      hit.attempt = i;
      add(hit, bindings_of(attempt, data_));
    }
    for (const Hit& hit : signals_.hits(source.signal).all()) {
      const bool fits =
          !source.where || source.where->matches(data_.events[hit.event]);
      const bool beside =
          source.near.empty() ||
          !signals_.hits(source.near)
               .find(hit.host, hit.time + source.near_within.first,
                     hit.time + source.near_within.second)
               .empty();
      if (fits && beside) {
        add(hit, signals_.who(hit));
      }
    }
  }
}

/// Something must agree, and what `same` names must not differ. Two attempts
/// that were seen from the same side are two connections.
bool Tracer::is_one(const AnchorTrace& a, const AnchorTrace& b) const {
  for (const std::size_t x : a.attempts) {
    for (const std::size_t y : b.attempts) {
      const Attempt& one = attempts_[x];
      const Attempt& other = attempts_[y];
      if ((one.client.exists() && other.client.exists()) ||
          (one.server.exists() && other.server.exists())) {
        return false;
      }
    }
  }
  const auto known = [&](Entity entity) {
    const auto at = static_cast<std::size_t>(entity);
    return !a.who[at].empty() && !b.who[at].empty();
  };
  const auto agrees = [&](Entity entity) {
    const auto at = static_cast<std::size_t>(entity);
    return known(entity) && a.who[at] == b.who[at];
  };
  const AnchorRule::Merge& merge = *anchor_.merge;
  bool some = false;
  for (const Entity entity : merge.same) {
    if (known(entity) && !agrees(entity)) {
      return false;
    }
    some = some || agrees(entity);
  }
  if (std::any_of(merge.any.begin(), merge.any.end(), agrees)) {
    return true;
  }
  return some && std::none_of(merge.any.begin(), merge.any.end(), known);
}

void Tracer::merge() {
  std::vector<AnchorTrace> merged;
  std::vector<Instant> last;      // time of the latest trace of each
  std::vector<std::size_t> open;  // those that may still grow
  for (AnchorTrace& trace : traces_) {
    std::erase_if(open, [&](std::size_t i) {
      return merged[i].hit.host != trace.hit.host ||
             trace.hit.time - last[i] > anchor_.merge->gap;
    });
    const auto whole =
        std::find_if(open.rbegin(), open.rend(),
                     [&](std::size_t i) { return is_one(merged[i], trace); });
    if (whole == open.rend()) {
      open.push_back(merged.size());
      last.push_back(trace.hit.time);
      merged.push_back(std::move(trace));
      continue;
    }
    AnchorTrace& into = merged[*whole];
    last[*whole] = trace.hit.time;
    fill_bindings(into.who, trace.who);
    into.hit.count += trace.hit.count;
    into.attempts.insert(into.attempts.end(), trace.attempts.begin(),
                         trace.attempts.end());
    if (into.hit.attempt == kNoAttempt) {
      into.hit.attempt = trace.hit.attempt;
    }
  }
  traces_ = std::move(merged);
}

std::vector<AnchorTrace> Tracer::run() {
  find();
  std::stable_sort(traces_.begin(), traces_.end(),
                   [](const AnchorTrace& a, const AnchorTrace& b) {
                     return std::tie(a.hit.host, a.hit.time, a.hit.event) <
                            std::tie(b.hit.host, b.hit.time, b.hit.event);
                   });
  if (anchor_.merge) {
    merge();
  }
  return std::move(traces_);
}

}  // namespace

std::vector<AnchorTrace> anchor_traces(const AnchorRule& anchor,
                                       const CaseData& data,
                                       const std::vector<Attempt>& attempts,
                                       const SignalTable& signals) {
  return Tracer(anchor, data, attempts, signals).run();
}

}  // namespace deskfall
