// EventOrder: the order in which a case tells its events, which depends on
// their content alone: time, host, channel, record number, then the rest.
//
//   EventOrder order;
//   for (const CaseEvent& event : events) order.add(event, event.host_id);
//   order.sort();
//   for (const auto& place : order.places()) use(events[place.index]);
//
// Small places are sorted, not the events: those are large, and mostly their
// time and record number tell them apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "engine/host_id.h"
#include "ingest/event.h"

namespace deskfall {

class EventOrder {
 public:
  struct Place {
    Instant time;
    HostId host = kNoHost;
    int channel = 0;  ///< rank of its name, once sorted
    std::uint64_t record_id = 0;
    std::size_t index = 0;  ///< of its add()
    const Event* event = nullptr;

    [[nodiscard]] auto key() const {
      return std::tie(time, host, channel, record_id);
    }
  };

  /// The event has to stay where it is until the order is made.
  void add(const Event& event, HostId host);

  /// Of events that are equal the one added first comes first.
  void sort();

  /// Of the copies of a record within one second keeps the best: live rather
  /// than recovered, then with the finer time, then from EVTX rather than an
  /// export, then the first. Returns how many were left out. To be called once
  /// sorted.
  std::int64_t drop_copies();

  [[nodiscard]] const std::vector<Place>& places() const { return places_; }

 private:
  void rank_channels();

  std::vector<Place> places_;
  std::unordered_map<std::string_view, int> channels_;  ///< numbered
};

}  // namespace deskfall
