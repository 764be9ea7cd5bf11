#include "engine/log_outages.h"

#include <algorithm>
#include <optional>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// Follows one host's event log service.
class Service {
 public:
  void stop(Instant at) {
    stopped_ = stopped_.value_or(at);
    clean_ = true;
  }
  void start(Instant at) {
    if (stopped_) {
      close(*stopped_, at, "the event log service was stopped");
    }
  }
  void machine_off(Instant at) {
    if (stopped_) {
      close(*stopped_, at, "the event log service had stopped for a shutdown");
    }
    clean_ = true;
  }
  void machine_on(Instant at) {
    if (!clean_ && last_) {
      close(*last_, at,
            "the machine went down without a shutdown; its last records may "
            "be lost");
    }
    // Stopped for a shutdown whose own record is missing: off since then.
    stopped_.reset();
    clean_ = false;
  }
  void alive(Instant at) { last_ = at; }
  void end() {
    if (stopped_ && last_ && *stopped_ < *last_) {
      close(*stopped_, *last_, "the event log service was stopped");
    }
  }
  [[nodiscard]] std::vector<Outage> take() { return std::move(outages_); }

 private:
  void close(Instant from, Instant to, std::string why) {
    outages_.push_back({from, to, std::move(why)});
    stopped_.reset();
  }

  std::vector<Outage> outages_;
  std::optional<Instant> stopped_;
  std::optional<Instant> last_;
  bool clean_ = false;  ///< the next start follows a shutdown
};

std::string cleared_by(const CaseEvent& event) {
  std::string user(event.fields.text("SubjectUserName"));
  const std::string_view domain = event.fields.text("SubjectDomainName");
  if (!domain.empty() && domain != "-") {
    user = std::string(domain) + "\\" + user;
  }
  return user.empty() ? "it was cleared" : "it was cleared by " + user;
}

enum class Sign { kNone, kOff, kOn, kStop, kStart, kCleared };

Sign sign_of(const CaseEvent& event) {
  const std::string_view provider = event.provider;
  switch (event.event_id) {
    case 12:
    case 13:
      return !provider.ends_with("-Kernel-General") ? Sign::kNone
             : event.event_id == 12                 ? Sign::kOn
                                                    : Sign::kOff;
    case 6005:
    case 6006:
      return !equals_ignore_case(provider, "EventLog") ? Sign::kNone
             : event.event_id == 6005                  ? Sign::kStart
                                                       : Sign::kStop;
    case 104:
    case 1100:
    case 1102:
      return !equals_ignore_case(provider, "Microsoft-Windows-Eventlog")
                 ? Sign::kNone
             : event.event_id == 1100 ? Sign::kStop
                                      : Sign::kCleared;
    default:
      return Sign::kNone;
  }
}

}  // namespace

LogOutages find_outages(const CaseData& data) {
  LogOutages out;
  std::vector<Service> services(data.hosts.size());
  for (const CaseEvent& event : data.events) {
    if (event.host_id == kNoHost || event.clock != ClockNote::kExact) {
      continue;
    }
    Service& service = services[static_cast<std::size_t>(event.host_id)];
    switch (sign_of(event)) {
      case Sign::kOff:
        service.machine_off(event.time);
        break;
      case Sign::kOn:
        service.machine_on(event.time);
        break;
      case Sign::kStop:
        service.stop(event.time);
        break;
      case Sign::kStart:
        service.start(event.time);
        break;
      case Sign::kCleared: {
        const std::string channel =
            event.event_id == 1102
                ? "security"
                : to_lower_ascii(event.fields.text("Channel"));
        out.cleared[{event.host_id, channel}].push_back(
            {event.time, cleared_by(event)});
        break;
      }
      case Sign::kNone:
        break;
    }
    service.alive(event.time);
  }
  for (std::size_t host = 0; host < services.size(); ++host) {
    services[host].end();
    std::vector<Outage> outages = services[host].take();
    if (!outages.empty()) {
      out.hosts[static_cast<HostId>(host)] = std::move(outages);
    }
  }
  return out;
}

}  // namespace deskfall
