#include "engine/clock_pairs.h"

#include <algorithm>

#include "engine/server_groups.h"

namespace deskfall {

namespace {

using MaybeEvent = const CaseEvent*;

MaybeEvent first_of(const CaseData& data, const View& view,
                    std::uint32_t event_id, std::string_view transport = {}) {
  for (const EventIndex index : view.events) {
    const CaseEvent& event = data.events[index];
    if (event.event_id == event_id &&
        (transport.empty() || is_accept(event, transport))) {
      return &event;
    }
  }
  return nullptr;
}

/// Collects pairs that lie in the same stretches of both clocks.
class Narrower {
 public:
  Narrower(const Clocks& clocks, const Attempt& attempt)
      : clocks_(clocks), attempt_(attempt) {
    stretch_ = clocks.stretches(attempt.client.host, attempt.client.began,
                                attempt.server.host, attempt.server.began);
  }

  void server_first(MaybeEvent server, MaybeEvent client) {
    if (server != nullptr && client != nullptr && fits(*client, *server)) {
      bound_.low =
          std::max(bound_.low, server->time - client->time - grain(*client));
    }
  }
  void client_first(MaybeEvent client, MaybeEvent server) {
    if (server != nullptr && client != nullptr && fits(*client, *server)) {
      bound_.high =
          std::min(bound_.high, server->time - client->time + grain(*server));
    }
  }
  [[nodiscard]] bool known() const { return stretch_.has_value(); }
  [[nodiscard]] Bound bound() const { return bound_; }

 private:
  [[nodiscard]] bool fits(const CaseEvent& client,
                          const CaseEvent& server) const {
    return clocks_.stretches(attempt_.client.host, client.time,
                             attempt_.server.host, server.time) == stretch_;
  }
  static Ticks grain(const CaseEvent& event) {
    return event.precision > 1 ? event.precision : 0;
  }

  const Clocks& clocks_;
  const Attempt& attempt_;
  std::optional<Clocks::StretchPair> stretch_;
  Bound bound_{-kFarBound, kFarBound};
};

}  // namespace

Bound bound_of(const Attempt& client, const Attempt& server) {
  return {server.server.began - client.client.ended - kRecordSlack,
          server.server.began - client.client.began + kRecordSlack};
}

std::optional<Sighting> sighting_of(const CaseData& data, const Clocks& clocks,
                                    const FlowsBySource& flows,
                                    const Attempt& attempt) {
  const View& client = attempt.client;
  const View& server = attempt.server;
  const MaybeEvent accept = first_of(data, server, 131, "TCP");
  const MaybeEvent begun =
      accept != nullptr ? accept : &data.events[server.events.front()];
  Narrower loose(clocks, attempt);
  if (!loose.known()) {
    return std::nullopt;
  }
  const MaybeEvent start = &data.events[client.events.front()];
  const MaybeEvent end = first_of(data, client, 1026);
  loose.client_first(start, begun);
  loose.server_first(begun, end);
  Narrower tight = loose;
  const MaybeEvent udp = first_of(data, server, 131, "UDP");
  tight.server_first(begun, first_of(data, client, 1025));
  tight.client_first(first_of(data, client, 1102), udp);
  tight.server_first(udp, first_of(data, client, 1103));
  tight.server_first(first_of(data, server, 66), first_of(data, client, 1027));
  const auto row = [&](const View& view, Way way) -> MaybeEvent {
    const FlowRow* found = allowed_row(flows, attempt, view, way);
    return found == nullptr ? nullptr : &data.events[found->event];
  };
  const MaybeEvent sent = row(client, Way::kOut);
  tight.client_first(sent, begun);
  tight.client_first(sent, row(server, Way::kIn));
  // Records that contradict each other bound nothing.
  Bound bound = tight.bound();
  if (bound.low > bound.high) {
    bound = loose.bound();
    bound.low = std::max(bound.low - kRecordSlack, -kFarBound);
    bound.high = std::min(bound.high + kRecordSlack, kFarBound);
  }
  if (bound.low > bound.high) {
    return std::nullopt;
  }
  return Sighting{client.began, server.began, bound};
}

}  // namespace deskfall
