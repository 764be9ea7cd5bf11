#include "engine/dialog_join.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "engine/client_view.h"
#include "engine/clocks.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

/// A dialog shows whole seconds, and shortly after the end.
constexpr Ticks kDialogWithin = 3 * kTicksPerSecond;

void give_dialog(const CaseData& data, const RuleSet& rules, Attempt& attempt,
                 EventIndex index) {
  const CaseEvent& event = data.events[index];
  attempt.dialog = index;
  attempt.code_events.push_back(index);
  if (const auto error = parse_number(event.fields.text("Error"))) {
    attempt.error = static_cast<std::uint32_t>(*error);
  }
  if (const auto extended = parse_number(event.fields.text("Extended"))) {
    attempt.extended = static_cast<std::uint32_t>(*extended);
  }
  apply_code(attempt, rules);
}

/// The try whose end fits code and time, when there is exactly one.
Attempt* by_code_and_time(std::vector<Attempt>& clients,
                          const CaseEvent& dialog) {
  const auto error = parse_number(dialog.fields.text("Error"));
  Attempt* found = nullptr;
  for (Attempt& client : clients) {
    const bool fits =
        client.client.exists() && !client.dialog && client.error == error &&
        std::abs(dialog.time - client.client.ended) <= kDialogWithin;
    if (fits && found != nullptr) {
      return nullptr;
    }
    found = fits ? &client : found;
  }
  return found;
}

/// Without a client's log: the only connection that any server lost within the
/// time that clocks may differ.
Attempt* by_loss(const RuleSet& rules, std::vector<Attempt>& servers,
                 const CaseEvent& dialog) {
  const auto error = parse_number(dialog.fields.text("Error"));
  const CodeEntry* code =
      error ? rules.code("disconnect", static_cast<std::uint32_t>(*error))
            : nullptr;
  Attempt* found = nullptr;
  for (Attempt& server : servers) {
    const bool lost =
        server.server.exists() && server.server.closed && !server.dialog &&
        server.close != Close::kClientLeft &&
        server.close != Close::kLoggedOff &&
        std::abs(dialog.time - server.server.ended) <= kDefaultOffset;
    // A code that proves that TCP never opened belongs to no connection.
    const bool possible = code == nullptr || !code->fails_at ||
                          code->fails_at->last > Stage::kTcp;
    if (lost && possible && found != nullptr) {
      return nullptr;
    }
    found = lost && possible ? &server : found;
  }
  return found;
}

}  // namespace

void attach_dialogs(const CaseData& data, const RuleSet& rules,
                    const std::vector<EventIndex>& dialogs,
                    std::vector<Attempt>& clients,
                    std::vector<Attempt>& servers) {
  // By number, as the list of clients grows below.
  std::map<std::string, std::pair<std::vector<Attempt>*, std::size_t>> by_id;
  if (!dialogs.empty()) {
    for (std::vector<Attempt>* list : {&clients, &servers}) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        for (const std::string& id : (*list)[i].activity_ids) {
          by_id.emplace(id, std::pair(list, i));
        }
      }
    }
  }
  for (const EventIndex i : dialogs) {
    const CaseEvent& event = data.events[i];
    Attempt* owner = nullptr;
    const auto known =
        event.activity_id.empty() ? by_id.end() : by_id.find(event.activity_id);
    if (known != by_id.end()) {
      Attempt& named = (*known->second.first)[known->second.second];
      owner = named.dialog ? nullptr : &named;
    }
    if (owner == nullptr && event.clock != ClockNote::kNone) {
      owner = by_code_and_time(clients, event);
      if (owner == nullptr) {
        owner = by_loss(rules, servers, event);
      }
    }
    if (owner == nullptr) {
      owner = &clients.emplace_back();
      owner->fell = {Stage::kDns, Stage::kSession};
      if (!event.activity_id.empty()) {
        owner->activity_ids.push_back(event.activity_id);
      }
    }
    give_dialog(data, rules, *owner, i);
  }
}

}  // namespace deskfall
