#include "engine/client_view.h"

#include <algorithm>
#include <map>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// Feed and multi-monitor records are no part of a connection.
bool is_connection_record(const CaseEvent& event) {
  return event.event_id < 1201 || event.event_id > 1230;
}

/// The Base64 text of event 1029, which ends in a dash; some builds put words
/// before it.
std::string hash_in(std::string_view message) {
  message = trim(message);
  while (message.ends_with('-')) {
    message.remove_suffix(1);
  }
  const std::size_t space = message.rfind(' ');
  return std::string(
      space == std::string_view::npos ? message : message.substr(space + 1));
}

void climb(const CaseData& data, Attempt& attempt) {
  View& view = attempt.client;
  const auto pass = [&view](Stage stage, EventIndex index) {
    if (stage > view.passed) {
      view.passed = stage;
      view.steps.push_back({stage, index});
    }
  };
  bool connected = false;
  for (const EventIndex index : view.events) {
    const CaseEvent& event = data.events[index];
    switch (event.event_id) {
      case 1024:
        attempt.target = event.fields.text("Value");
        attempt.user_sid = event.user_sid;
        break;
      case 226:
        // The handshake can only fail after X.224 was answered.
        if (event.fields.text("StateTransitionName").find("SSL") !=
                std::string_view::npos &&
            event.fields.text("PreviousStateName").find("Handshake") !=
                std::string_view::npos) {
          pass(Stage::kX224, index);
        }
        break;
      case 1028:
        pass(Stage::kX224, index);
        break;
      case 1029:
        attempt.user_hash = hash_in(event.fields.text("TraceMessage"));
        break;
      case 1102:
        pass(Stage::kLicensing, index);
        break;
      case 1025:
        connected = true;
        pass(Stage::kLicensing, index);
        break;
      case 1027:
        pass(Stage::kLogon, index);
        if (const auto id = parse_number(event.fields.text("SessionId"))) {
          attempt.session = static_cast<std::uint32_t>(*id);
        }
        break;
      case 1004:
      case 1401:
        pass(Stage::kSession, index);
        break;
      case 1026:
        if (const auto code = parse_number(event.fields.text("Value"))) {
          attempt.error = static_cast<std::uint32_t>(*code);
          attempt.code_events.push_back(index);
        }
        view.closed = true;
        view.ended = event.time;
        break;
      default:
        break;
    }
  }
  view.began = data.events[view.events.front()].time;
  if (!view.closed) {
    view.ended = data.events[view.events.back()].time;
  }
  attempt.passed = view.passed;
  attempt.fell = {next_stage(view.passed), Stage::kSession};
  if (view.closed && !connected && view.passed < Stage::kLicensing) {
    attempt.fell.last = Stage::kLicensing;
  }
}

}  // namespace

void apply_code(Attempt& attempt, const RuleSet& rules) {
  if (!attempt.error) {
    return;
  }
  const CodeEntry* entry = rules.code("disconnect", *attempt.error);
  if (entry == nullptr || !entry->fails_at) {
    return;
  }
  const StageRange span = *entry->fails_at;
  const Stage before = static_cast<Stage>(static_cast<int>(span.first) - 1);
  attempt.passed = std::max(attempt.passed, before);
  attempt.fell.first = std::max(attempt.fell.first, span.first);
  attempt.fell.last =
      std::max(attempt.fell.first, std::min(attempt.fell.last, span.last));
}

std::vector<Attempt> build_client_views(const CaseData& data,
                                        const RuleSet& rules,
                                        const Piles& piles) {
  std::vector<Attempt> attempts;
  std::map<std::pair<HostId, std::string>, std::size_t> by_activity;
  std::map<std::pair<HostId, std::uint32_t>, std::size_t> by_process;
  for (const EventIndex i : piles.client) {
    const CaseEvent& event = data.events[i];
    if (!is_connection_record(event)) {
      continue;
    }
    const auto open_new = [&] {
      Attempt& attempt = attempts.emplace_back();
      attempt.client.host = event.host_id;
      return attempts.size() - 1;
    };
    std::size_t at = 0;
    if (!event.activity_id.empty()) {
      const auto key = std::pair(event.host_id, event.activity_id);
      const auto found = by_activity.find(key);
      at = found != by_activity.end() ? found->second : open_new();
      if (found == by_activity.end()) {
        by_activity[key] = at;
        attempts[at].activity_ids.push_back(event.activity_id);
      }
    } else {
      const auto key = std::pair(event.host_id, event.process_id);
      const auto found = by_process.find(key);
      const bool fresh = found == by_process.end() || event.event_id == 1024;
      at = fresh ? open_new() : found->second;
      by_process[key] = at;
      if (event.event_id == 1026) {
        by_process.erase(key);
      }
    }
    attempts[at].client.events.push_back(i);
  }
  for (Attempt& attempt : attempts) {
    climb(data, attempt);
    apply_code(attempt, rules);
  }
  std::stable_sort(attempts.begin(), attempts.end(),
                   [](const Attempt& a, const Attempt& b) {
                     return a.client.began < b.client.began;
                   });
  return attempts;
}

}  // namespace deskfall
