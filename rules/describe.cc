#include "rules/describe.h"

#include <algorithm>
#include <cmath>

#include "ingest/suggest.h"

namespace deskfall {

namespace {

std::string percent(double share) {
  const auto tenths = std::llround(share * 1000);
  return std::to_string(tenths / 10) +
         (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) + " %";
}

std::string span(Ticks ticks) {
  return (ticks > 0 ? "+" : "") + format_span(ticks);
}

template <typename Texts>
std::string joined(const Texts& texts, const std::string& between) {
  std::string out;
  for (const auto& text : texts) {
    out += (out.empty() ? "" : between) + std::string(text);
  }
  return out;
}

std::string titles(const RuleSet& rules,
                   const std::vector<std::string>& signals) {
  std::vector<std::string> out;
  for (const std::string& name : signals) {
    const auto index = rules.find_signal(name);
    out.push_back(index ? rules.signals()[*index].title + " (" + name + ")"
                        : name);
  }
  return joined(out, ", or ");
}

std::string what(const RuleSet& rules, const Item& item) {
  switch (item.form) {
    case Form::kEvent:
      return titles(rules, item.signals);
    case Form::kNone:
      return "none of: " + titles(rules, item.signals);
    case Form::kCount:
      return "at least " + std::to_string(item.at_least) +
             (item.distinct
                  ? " different " + std::string(entity_name(*item.distinct))
                  : std::string()) +
             ": " + titles(rules, item.signals);
    case Form::kRate:
      return "at least " + std::to_string(item.at_least) + " in any " +
             format_span(item.per) + ": " + titles(rules, item.signals);
    case Form::kSequence: {
      std::string out;
      for (const SequenceStep& step : item.steps) {
        out += out.empty() ? "" : ", then ";
        out += titles(rules, step.signals);
        if (step.gap) {
          out += " within " + format_span(step.gap->first) + " to " +
                 format_span(step.gap->second);
        }
        out += step.optional ? " (if at all)" : "";
      }
      return out;
    }
    case Form::kState:
      return "state " + item.state + " (" + joined(item.asked, ", ") + ")";
    case Form::kCode: {
      std::vector<std::string> codes;
      for (const std::uint32_t code : item.codes) {
        codes.push_back(std::to_string(code));
      }
      return codes.empty() ? "any code of the client"
                           : "code of the client is " + joined(codes, ", ");
    }
  }
  return {};
}

std::string describe_item(const RuleSet& rules, const Item& item) {
  std::string out = "  " + item.id + " (" + std::string(role_name(item.role)) +
                    (item.group.empty() ? "" : ", group " + item.group) +
                    (item.statement ? ", a statement" : "") + ")\n    " +
                    item.says + "\n    asks " +
                    std::string(side_name(item.side)) + ": " +
                    what(rules, item);
  if (item.form != Form::kCode) {
    out += "; " + window_text(item);
  }
  out += "\n";
  if (item.if_cause != item.otherwise) {
    out += "    seen in " + percent(item.if_cause) + " of such failures, in " +
           percent(item.otherwise) + " of others\n";
  }
  return out;
}

std::string describe_cause(const RuleSet& rules, const CauseRule& cause) {
  std::string out =
      cause.id + "\n  " + cause.title + "\n  fails at " +
      stage_range_name(cause.fails_at) + ", prior " + percent(cause.prior) +
      " (an estimate)\n  origin: " + cause.origin_note + "\n  defined in " +
      cause.origin.file + ":" + std::to_string(cause.origin.line) + "\n";
  out += "\nneeds\n";
  for (const Need& need : cause.needs) {
    std::vector<std::string> logs;
    for (const auto& [log, side] : need.any_of) {
      logs.push_back(rules.logs()[log].title + " of the " +
                     std::string(side_name(side)));
    }
    out += "  " + joined(logs, ", or ") + " from " + span(need.span.from) +
           " to " + span(need.span.to) +
           (need.else_undecidable ? "; without it nothing can be said\n"
                                  : "; without it the answer is weaker\n");
  }
  if (cause.needs.empty()) {
    out += "  nothing in particular\n";
  }
  out += "\nevidence\n";
  for (const Item& item : cause.items) {
    out += describe_item(rules, item);
  }
  out += "\nremedy\n";
  for (const std::string& step : cause.remedy.steps) {
    out += "  - " + step + "\n";
  }
  if (!cause.remedy.risk.empty()) {
    out += "  risk: " + cause.remedy.risk + "\n";
  }
  if (!cause.remedy.verify.empty()) {
    out += "  verify: " + cause.remedy.verify + "\n";
  }
  if (!cause.nearest.empty()) {
    out += "\nnot to be mistaken for " + joined(cause.nearest, ", ") + "\n";
  }
  return out + "\n" + std::to_string(cause.tests.size()) + " tests\n";
}

std::string describe_signal(const RuleSet& rules, const SignalRule& signal) {
  std::string out = signal.id + "\n  " + signal.title +
                    "\n  log: " + rules.logs()[signal.log].title + "\n";
  std::vector<std::string> ids;
  for (const std::uint32_t id : signal.selector->event_ids()) {
    ids.push_back(std::to_string(id));
  }
  if (!ids.empty()) {
    out += "  event ids: " + joined(ids, ", ") + "\n";
  }
  out += "  fields: " + joined(signal.selector->fields(), ", ") + "\n";
  for (const auto& [entity, field] : signal.bind) {
    out +=
        "  " + std::string(entity_name(entity)) + " stands in " + field + "\n";
  }
  std::vector<std::string> users;
  for (const CauseRule& cause : rules.causes()) {
    const bool uses = std::any_of(
        cause.items.begin(), cause.items.end(), [&](const Item& item) {
          return std::find(item.signals.begin(), item.signals.end(),
                           signal.id) != item.signals.end();
        });
    if (uses) {
      users.push_back(cause.id);
    }
  }
  return out +
         "  asked by: " + (users.empty() ? "no cause" : joined(users, ", ")) +
         "\n  defined in " + signal.origin.file + ":" +
         std::to_string(signal.origin.line) + "\n";
}

}  // namespace

std::string window_text(const Item& item) {
  if (item.between) {
    return "between " + item.between->first + " and " + item.between->second;
  }
  if (item.form == Form::kState) {
    return "at " + span(item.within.from) + " of the end";
  }
  if (item.within.since_start) {
    return "from " + span(item.within.from) + " of the start to " +
           span(item.within.to) + " of the end";
  }
  return "from " + span(item.within.from) + " to " + span(item.within.to) +
         " of the end";
}

Result<std::string> describe(const RuleSet& rules, const std::string& id) {
  std::vector<std::string> known;
  for (const CauseRule& cause : rules.causes()) {
    known.push_back(cause.id);
    if (cause.id == id) {
      return describe_cause(rules, cause);
    }
  }
  for (const SignalRule& signal : rules.signals()) {
    known.push_back(signal.id);
    if (signal.id == id) {
      return describe_signal(rules, signal);
    }
  }
  for (const LogRule& log : rules.logs()) {
    known.push_back(log.id);
    if (log.id == id) {
      return log.id + "\n  " + log.title +
             "\n  channels: " + joined(log.channels, ", ") + "\n  " +
             (log.proven_by
                  ? "off by default; some records prove that it was on"
                  : "on by default") +
             "\n  collect: " + log.collect + "\n";
    }
  }
  for (const StateRule& state : rules.states()) {
    known.push_back(state.id);
    if (state.id == id) {
      std::string out = state.id + "\n  " + state.title + "\n";
      for (const StateRule::Source& source : state.from) {
        out += "  told by " + source.signal + "\n";
      }
      return out;
    }
  }
  for (const AnchorRule& anchor : rules.anchors()) {
    known.push_back(anchor.id);
    if (anchor.id == id) {
      return anchor.id + "\n  " + anchor.title + "\n";
    }
  }
  return fail(ErrorKind::kUsage, "no rule is called '" + id + "'", "",
              suggest(id, known));
}

}  // namespace deskfall
