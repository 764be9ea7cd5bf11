#include "engine/advice.h"

#include <algorithm>

#include "engine/wording.h"

namespace deskfall {

namespace {

/// The first record of this connection that the signal means.
std::optional<EventIndex> find_own(const Situation& s, const View& view,
                                   const std::string& signal) {
  const auto index = s.rules.find_signal(signal);
  if (!index || !s.rules.signals()[*index].selector) {
    return std::nullopt;
  }
  for (const EventIndex event : view.events) {
    if (s.rules.signals()[*index].selector->matches(s.data.events[event])) {
      return event;
    }
  }
  return std::nullopt;
}

/// Silence of the server speaks only where its log holds this connection from
/// the accept to the end.
bool is_whole(const Situation& s, const View& server) {
  return server.closed && find_own(s, server, "server.accepted").has_value();
}

}  // namespace

std::vector<std::string> answer_advice(const Situation& situation,
                                       const Failure& failure,
                                       const std::string& cause) {
  const Attempt& attempt = situation.attempts[failure.attempt];
  std::vector<std::string> out;
  const CodeEntry* code =
      attempt.error ? situation.rules.code("disconnect", *attempt.error)
                    : nullptr;
  if (code == nullptr || failure.kind == Explains::kFlood) {
    return out;
  }
  for (const CodeAdvice& advice : code->advice) {
    std::optional<EventIndex> seen;
    if (!advice.seen.empty()) {
      seen = find_own(situation, attempt.server, advice.seen);
    }
    const bool causes_fit =
        advice.causes.empty() ||
        std::find(advice.causes.begin(), advice.causes.end(), cause) !=
            advice.causes.end();
    const bool fits =
        causes_fit && (advice.seen.empty() || seen.has_value()) &&
        (advice.unseen.empty() ||
         (is_whole(situation, attempt.server) &&
          !find_own(situation, attempt.server, advice.unseen))) &&
        (!advice.extended || advice.extended == attempt.extended) &&
        (!advice.before_session || attempt.fell.last < Stage::kSession);
    if (!fits) {
      continue;
    }
    const View& view =
        attempt.server.exists() ? attempt.server : attempt.client;
    out.push_back(fill_in(advice.says, [&](std::string_view name) {
      return name == "server" ? failure.server_name
             : name == "time" && seen
                 ? clock_text(situation.data.events[*seen].time)
             : name == "lasted" ? format_span(view.ended - view.began)
                                : std::string();
    }));
  }
  return out;
}

}  // namespace deskfall
