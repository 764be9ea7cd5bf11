#include "engine/piles.h"

#include <unordered_map>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// What the provider alone says; the id decides the rest.
enum class Maker : std::uint8_t {
  kOther,
  kClient,
  kCore,
  kManager,
  kSession,
  kGateway,
  kAudit,
  kFirewall,
  kDialog,
  kServices,
  kKernel,
  kTime,
  kSchannel,
  kEventLog
};

Maker maker_of(std::string_view provider) {
  struct Known {
    std::string_view tail;
    Maker maker;
  };
  constexpr Known kKnown[] = {
      {"terminalservices-clientactivexcore", Maker::kClient},
      {"-rdpcorets", Maker::kCore},
      {"-remoteconnectionmanager", Maker::kManager},
      {"-localsessionmanager", Maker::kSession},
      {"-terminalservices-gateway", Maker::kGateway},
      {"-security-auditing", Maker::kAudit},
      {"pfirewall", Maker::kFirewall},
      {"mstsc", Maker::kDialog},
      {"service control manager", Maker::kServices},
      {"-kernel-general", Maker::kKernel},
      {"-time-service", Maker::kTime},
      {"schannel", Maker::kSchannel},
  };
  const std::string lower = to_lower_ascii(provider);
  for (const Known& known : kKnown) {
    if (lower.ends_with(known.tail)) {
      return known.maker;
    }
  }
  return lower == "eventlog" ? Maker::kEventLog : Maker::kOther;
}

Family with_id(Maker maker, const CaseEvent& event) {
  const std::uint32_t id = event.event_id;
  switch (maker) {
    case Maker::kClient:
      return Family::kClient;
    case Maker::kCore:
      return Family::kCore;
    case Maker::kManager:
      return Family::kManager;
    case Maker::kSession:
      return Family::kSession;
    case Maker::kGateway:
      return Family::kGateway;
    case Maker::kAudit:
      if (id == 4624 || id == 4769) {
        return Family::kTicket;
      }
      return id == 5152 || id == 5156 || id == 5157 ? Family::kFilter
                                                    : Family::kOther;
    case Maker::kFirewall:
      return Family::kFilter;
    case Maker::kDialog:
      return Family::kDialog;
    case Maker::kServices:
      return (id == 7031 || id == 7034) &&
                     event.fields.text("ServiceKey") == "TermService"
                 ? Family::kBreak
                 : Family::kOther;
    case Maker::kKernel:
      return id == 12 || id == 13 ? Family::kBreak : Family::kOther;
    case Maker::kTime:
      return id == 35 || id == 37 ? Family::kSynced : Family::kOther;
    case Maker::kSchannel:
      return id == 36887 || id == 36888 ? Family::kAlert : Family::kOther;
    case Maker::kEventLog:
      return id == 6006 ? Family::kBreak : Family::kOther;
    case Maker::kOther:
      return Family::kOther;
  }
  return Family::kOther;
}

}  // namespace

Family family_of(const CaseEvent& event) {
  return with_id(maker_of(event.provider), event);
}

Piles sort_out(const CaseData& data) {
  // Looked up, never listed: its order leaves no trace.
  std::unordered_map<std::string_view, Maker> makers;
  Piles piles;
  for (EventIndex i = 0; i < data.events.size(); ++i) {
    const CaseEvent& event = data.events[i];
    auto known = makers.find(event.provider);
    if (known == makers.end()) {
      known = makers.emplace(event.provider, maker_of(event.provider)).first;
    }
    const Family family = with_id(known->second, event);
    if (family == Family::kDialog) {
      piles.dialogs.push_back(i);
      continue;
    }
    if (event.host_id == kNoHost) {
      continue;
    }
    switch (family) {
      case Family::kClient:
        piles.client.push_back(i);
        break;
      case Family::kSession:
        // Start and shutdown of the session manager are breaks as well.
        if (event.event_id == 18 || event.event_id == 54) {
          piles.breaks.push_back(i);
        }
        piles.server.push_back(i);
        break;
      case Family::kCore:
      case Family::kManager:
        piles.server.push_back(i);
        break;
      case Family::kGateway:
        piles.gateway.push_back(i);
        break;
      case Family::kFilter:
        piles.filter.push_back(i);
        break;
      case Family::kAlert:
        piles.alerts.push_back(i);
        break;
      case Family::kTicket:
        piles.tickets.push_back(i);
        break;
      case Family::kSynced:
        piles.synced.push_back(i);
        break;
      case Family::kBreak:
        piles.breaks.push_back(i);
        break;
      case Family::kDialog:
      case Family::kOther:
        break;
    }
  }
  return piles;
}

}  // namespace deskfall
