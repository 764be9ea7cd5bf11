#include "engine/event_order.h"

#include <algorithm>
#include <compare>
#include <limits>

namespace deskfall {

namespace {

/// Compares events in the same place by the rest of their content.
std::strong_ordering compare(const Event& a, const Event& b) {
  const auto rest = [](const Event& e) {
    return std::tie(e.provider, e.event_id, e.activity_id, e.recovered,
                    e.fields);
  };
  return rest(a) <=> rest(b);
}

bool is_copy(const EventOrder::Place& a, const EventOrder::Place& b) {
  const Event& one = *a.event;
  const Event& other = *b.event;
  if (a.host != b.host || a.channel != b.channel ||
      a.record_id != b.record_id || one.event_id != other.event_id ||
      one.provider != other.provider) {
    return false;
  }
  return a.record_id != 0 ||
         (one.time == other.time && one.fields == other.fields);
}

/// Whether a copy tells more of a record than another one.
bool is_better(const Event& a, const Event& b) {
  const auto rank = [](const Event& e) {
    return std::tuple(e.recovered, e.precision, e.line != 0);
  };
  return rank(a) < rank(b);
}

std::size_t hash_of(const EventOrder::Place& place) {
  return (place.record_id * 1'000'003 + static_cast<unsigned>(place.host)) *
             1'000'003 +
         static_cast<unsigned>(place.channel);
}

}  // namespace

void EventOrder::add(const Event& event, HostId host) {
  const auto next = static_cast<int>(channels_.size());
  const int channel = channels_.try_emplace(event.channel, next).first->second;
  places_.push_back(
      {event.time, host, channel, event.record_id, places_.size(), &event});
}

/// Puts ranks in place of the numbers that channels got as they came.
void EventOrder::rank_channels() {
  std::vector<std::pair<std::string_view, int>> names(channels_.begin(),
                                                      channels_.end());
  std::sort(names.begin(), names.end());
  std::vector<int> ranks(names.size());
  for (std::size_t rank = 0; rank < names.size(); ++rank) {
    ranks[static_cast<std::size_t>(names[rank].second)] =
        static_cast<int>(rank);
  }
  for (Place& place : places_) {
    place.channel = ranks[static_cast<std::size_t>(place.channel)];
  }
}

void EventOrder::sort() {
  rank_channels();
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
    const auto keys = a.key() <=> b.key();
    return keys == 0 ? a.index < b.index : keys < 0;
  });
  for (auto begin = places_.begin(); begin != places_.end();) {
    bool differ = false;
    auto end = begin + 1;
    for (; end != places_.end() && end->key() == begin->key(); ++end) {
      differ = differ || compare(*begin->event, *end->event) != 0;
    }
    // Mostly this is one event, or copies of one.
    if (differ) {
      std::stable_sort(begin, end, [](const Place& a, const Place& b) {
        return compare(*a.event, *b.event) < 0;
      });
    }
    begin = end;
  }
}

std::int64_t EventOrder::drop_copies() {
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  struct Record {
    std::size_t first = 0;  // of its copies
    std::size_t best = 0;
    std::size_t earlier = kNone;  // record with the same hash
  };
  std::vector<Record> records;
  std::unordered_map<std::size_t, std::size_t> latest;  // of them, by hash
  for (std::size_t at = 0; at < places_.size(); ++at) {
    std::size_t& chain =
        latest.try_emplace(hash_of(places_[at]), kNone).first->second;
    const auto is_near = [&](std::size_t record) {
      return places_[at].time - places_[records[record].first].time <=
             kTicksPerSecond;
    };
    std::size_t found = chain;
    while (found != kNone && is_near(found) &&
           !is_copy(places_[records[found].first], places_[at])) {
      found = records[found].earlier;
    }
    if (found == kNone || !is_near(found)) {
      records.push_back({at, at, chain});
      chain = records.size() - 1;
    } else if (is_better(*places_[at].event,
                         *places_[records[found].best].event)) {
      records[found].best = at;
    }
  }
  std::vector<std::size_t> kept;
  kept.reserve(records.size());
  for (const Record& record : records) {
    kept.push_back(record.best);
  }
  std::sort(kept.begin(), kept.end());
  const auto dropped = static_cast<std::int64_t>(places_.size() - kept.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    places_[i] = places_[kept[i]];
  }
  places_.resize(kept.size());
  return dropped;
}

}  // namespace deskfall
