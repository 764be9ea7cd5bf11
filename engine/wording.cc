#include "engine/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ingest/text.h"

namespace deskfall {

namespace {

std::string host_text(const CaseData& data, HostId host,
                      const std::string& fallback) {
  const std::string& name = data.host_name(host);
  const std::string& shown = name.empty() ? fallback : name;
  return shown.empty() ? "the server" : shown.substr(0, shown.find('.'));
}

std::string client_text(const Situation& s, const Failure& failure) {
  const Attempt& attempt = s.attempts[failure.attempt];
  if (failure.client_host != kNoHost) {
    return host_text(s.data, failure.client_host, "");
  }
  return attempt.client_address.empty() ? "the client" : attempt.client_address;
}

std::string titles(const Situation& s, const Item& item) {
  std::string out;
  if (item.form == Form::kState || item.form == Form::kSequence) {
    return item.says;
  }
  for (const std::string& name : item.signals) {
    const auto index = s.rules.find_signal(name);
    const auto anchor = s.rules.find_anchor(name);
    const std::string title = index    ? s.rules.signals()[*index].title
                              : anchor ? s.rules.anchors()[*anchor].title
                              : name == kSignalSuccess
                                  ? "another connection that got in"
                                  : "other connections that ended";
    out += (out.empty() ? "" : ", or ") + title;
  }
  return out;
}

std::string present_sentence(const Situation& s, const Finding& finding) {
  std::string out = finding.item->says;
  if (!finding.evidence.empty()) {
    const CaseEvent& event = s.data.events[finding.evidence.front()];
    const std::string host =
        event.host_id == kNoHost ? "" : host_text(s.data, event.host_id, "");
    out += fmt::format(" ({}{}: {}", clock_text(event.time),
                       host.empty() ? "" : " " + host,
                       record_text(s.rules, event));
    out += finding.count > 1 ? fmt::format("; {} in all)", finding.count)
                             : std::string(")");
  }
  if (finding.control_hits > 0) {
    out += fmt::format(
        "; the same stands beside {} of {} successful "
        "connections, so it counts less",
        finding.control_hits, finding.controls);
  }
  if (finding.tie == Tie::kTime) {
    out += "; only host and time tie it to this connection, so it counts half";
  }
  return out;
}

std::string flood_sentence(const Situation& s, const Failure& failure) {
  std::set<std::string> sources;
  for (const std::size_t member : failure.members) {
    if (!s.attempts[member].client_address.empty()) {
      sources.insert(s.attempts[member].client_address);
    }
  }
  std::string listed;
  std::size_t shown = 0;
  for (const std::string& source : sources) {
    if (++shown > 3) {
      listed += fmt::format(" and {} more", sources.size() - 3);
      break;
    }
    listed += (listed.empty() ? "" : ", ") + source;
  }
  return fmt::format(
      "{} connections from {} address{} ({}) ended on {} before any session "
      "existed, between {} and {}.",
      failure.members.size(), sources.size(), sources.size() == 1 ? "" : "es",
      listed, host_text(s.data, failure.server_host, failure.server_name),
      format_utc(*failure.when), format_utc(failure.flood_end));
}

}  // namespace

std::string clock_text(Instant instant) {
  return format_utc(instant).substr(11, 10);
}

std::string record_text(const RuleSet& rules, const Event& event) {
  std::string said = rules.say(event);
  if (said.empty()) {
    said = fmt::format("{} {}", event.provider, event.event_id);
    for (std::size_t i = 0; i < event.fields.size() && i < 6; ++i) {
      said += fmt::format("{} {} {}", i == 0 ? ":" : ",", event.fields.name(i),
                          elide(event.fields.value(i), 80));
    }
  }
  if (event.recovered) {
    said += " (recovered, no live record of its log)";
  }
  if (event.doubts.any()) {
    said += fmt::format(" (in doubt: {})", event.doubts.text());
  }
  return said;
}

std::string log_text(const Situation& s, const Failure& failure,
                     const MissingLog& log) {
  const std::string side =
      log.side == Side::kClient
          ? client_text(s, failure)
          : host_text(s.data, log.host, failure.server_name);
  return fmt::format("{} of {}", s.rules.logs()[log.log].title, side);
}

std::string finding_sentence(const Situation& s, const Failure& failure,
                             const CauseRule& cause, const Finding& finding) {
  if (finding.item == nullptr) {
    const Attempt& attempt = s.attempts[failure.attempt];
    return finding.count > 0
               ? fmt::format(
                     "the attempt got past {}, where this cause "
                     "strikes at the latest",
                     stage_name(cause.fails_at.last))
               : fmt::format(
                     "the attempt ended at {} at the latest, before "
                     "{}, where this cause can strike first",
                     stage_name(attempt.fell.last),
                     stage_name(cause.fails_at.first));
  }
  const Item& item = *finding.item;
  if (finding.clock_decides) {
    return fmt::format("{}: depends on how far the clocks stand apart ({})",
                       titles(s, item), finding.window);
  }
  if (item.form == Form::kCode) {
    switch (finding.value) {
      case Value::kPresent:
        return item.says;
      case Value::kAbsent:
        return "not so: " + item.says;
      case Value::kUnknown:
        return "no code of the client is known";
    }
  }
  if (item.form == Form::kNone) {
    if (finding.value == Value::kPresent) {
      return fmt::format("{} (none from {})", item.says, finding.window);
    }
    if (finding.value == Value::kAbsent) {
      const CaseEvent& event = s.data.events[finding.evidence.front()];
      return fmt::format("not so: {} at {}", record_text(s.rules, event),
                         clock_text(event.time));
    }
  }
  if (finding.value == Value::kPresent) {
    return present_sentence(s, finding);
  }
  if (finding.value == Value::kAbsent) {
    return fmt::format("not there: {} ({}; the log covers it)", titles(s, item),
                       finding.window);
  }
  std::string why;
  for (const MissingLog& log : finding.missing) {
    why +=
        (why.empty() ? "" : "; ") + log_text(s, failure, log) + " - " + log.why;
  }
  return fmt::format("{} ({})", titles(s, item),
                     why.empty() ? "no time is known" : why);
}

namespace {

/// For a cause whose required records were not seen: what it would take.
std::string unproven_sentence(const Judgement& judgement) {
  std::string needed;
  for (const Finding& finding : judgement.findings) {
    if (finding.item != nullptr && finding.item->role == Role::kRequired &&
        finding.value != Value::kPresent) {
      needed += (needed.empty() ? "" : ", or that ") + finding.item->says;
    }
  }
  return judgement.ruled_out
             ? "Refuted by the records at hand."
             : fmt::format("Not shown, not excluded: no record says that {}.",
                           needed);
}

}  // namespace

std::string cause_sentence(const Situation& s, const Failure& failure,
                           const Judgement& judgement) {
  if (judgement.ruled_out || !judgement.required_met) {
    return unproven_sentence(judgement);
  }
  const auto one = [&](std::string_view name) -> std::string {
    if (name == "server") {
      return host_text(s.data, failure.server_host, failure.server_name);
    }
    if (name == "client") {
      return client_text(s, failure);
    }
    if (name == "flood") {
      return flood_sentence(s, failure);
    }
    const std::size_t dot = name.find('.');
    for (const Finding& finding : judgement.findings) {
      const auto bound = finding.bound.find(std::string(name.substr(0, dot)));
      if (bound != finding.bound.end() && dot != std::string_view::npos &&
          name.substr(dot + 1) == "time") {
        return clock_text(s.data.events[bound->second].time);
      }
      if (finding.id != name.substr(0, dot) || finding.evidence.empty() ||
          dot == std::string_view::npos) {
        continue;
      }
      if (name.substr(dot + 1) == "time") {
        return clock_text(s.data.events[finding.evidence.front()].time);
      }
      if (name.substr(dot + 1) == "count" || name.substr(dot + 1) == "rate") {
        return std::to_string(finding.count);
      }
    }
    return {};
  };
  return fill_in(judgement.cause->explain, [&](std::string_view names) {
    for (const std::string_view name : split(names, '|')) {
      std::string text = one(name);
      if (!text.empty()) {
        return text;
      }
    }
    return std::string("an unknown time");
  });
}

std::string stage_text(Stage stage) {
  switch (stage) {
    case Stage::kNone:
      return "nothing is proven";
    case Stage::kDns:
      return "the name was resolved";
    case Stage::kTcp:
      return "TCP was established";
    case Stage::kX224:
      return "the RDP negotiation was answered";
    case Stage::kTls:
      return "TLS was finished";
    case Stage::kCredssp:
      return "security was finished";
    case Stage::kLicensing:
      return "licensing and protocol set-up were finished";
    case Stage::kLogon:
      return "the logon was accepted";
    case Stage::kSession:
      return "a session was attached";
  }
  return "";
}

std::string headline(const Situation& s, const Failure& failure) {
  if (failure.kind == Explains::kFlood) {
    return flood_sentence(s, failure);
  }
  const Attempt& attempt = s.attempts[failure.attempt];
  std::string out;
  if (attempt.error) {
    const CodeEntry* code = s.rules.code("disconnect", *attempt.error);
    out += fmt::format(
        "0x{:X}: {}.", *attempt.error,
        code != nullptr ? code->says : "a code that no table explains");
  }
  if (attempt.extended && *attempt.extended != 0) {
    const CodeEntry* code = s.rules.code("extended", *attempt.extended);
    out += fmt::format(
        "{}Extended 0x{:X}: {}.", out.empty() ? "" : " ", *attempt.extended,
        code != nullptr ? code->says : "a code that no table explains");
  }
  if (!out.empty()) {
    out += " ";
  }
  if (attempt.reached_session()) {
    return out + "A session existed and was lost.";
  }
  if (attempt.passed == Stage::kNone) {
    return out + "How far the connection got is not known.";
  }
  const std::string proof = stage_text(attempt.passed);
  const std::string fell =
      attempt.fell.first == attempt.fell.last
          ? fmt::format("it fell in {}", stage_name(attempt.fell.first))
          : fmt::format("it fell between {} and {}",
                        stage_name(attempt.fell.first),
                        stage_name(attempt.fell.last));
  return fmt::format("{}As far as proven, {}; {}.", out, proof, fell);
}

}  // namespace deskfall
