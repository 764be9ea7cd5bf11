#include "rules/item_reader.h"

#include <algorithm>

#include "ingest/suggest.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

using Need_ = RuleReader::Need;

constexpr std::uint32_t kMostCount = 1'000'000;
/// Every step multiplies the work of a search.
constexpr std::size_t kMostSteps = 16;

/// "60/min": how many, and the span that they must fall into.
std::optional<std::pair<std::uint32_t, Ticks>> parse_rate(
    std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto number = parse_number(trim(text.substr(0, slash)));
  const std::string unit(trim(text.substr(slash + 1)));
  const Ticks per = unit == "s" || unit == "sec"    ? kTicksPerSecond
                    : unit == "m" || unit == "min"  ? kTicksPerMinute
                    : unit == "h" || unit == "hour" ? kTicksPerHour
                    : unit == "d" || unit == "day"  ? kTicksPerDay
                                                    : 0;
  if (!number || *number < 1 || *number > kMostCount || per == 0) {
    return std::nullopt;
  }
  return std::pair{static_cast<std::uint32_t>(*number), per};
}

}  // namespace

Side read_side(RuleReader& reader, std::string_view key, Side fallback) {
  const std::string side = reader.text(key);
  if (side == "client") {
    return Side::kClient;
  }
  if (side == "server") {
    return Side::kServer;
  }
  if (side == "any") {
    return Side::kAny;
  }
  if (!side.empty()) {
    reader.complain_at(key, "'" + std::string(key) +
                                "' must be client, server or any, not '" +
                                side + "'");
  }
  return fallback;
}

void ItemReader::check_signals(RuleReader& reader, std::string_view key,
                               const std::vector<std::string>& signals) {
  for (const std::string& signal : signals) {
    if (!rules_.is_signal(signal)) {
      reader.complain_at(key, "no signal is called '" + signal + "'",
                         suggest(signal, ids_of(rules_.signals())));
    }
  }
}

std::vector<Entity> read_entities(RuleReader& reader, std::string_view key) {
  std::vector<Entity> out;
  for (const std::string& name : reader.texts(key)) {
    if (const auto entity = parse_entity(name)) {
      out.push_back(*entity);
    } else {
      reader.complain_at(key, "unknown entity '" + name + "'",
                         suggest(name, entity_names()));
    }
  }
  return out;
}

void ItemReader::read_codes(RuleReader& reader, Item& item) {
  for (const std::string& code : reader.texts("code")) {
    if (const auto number = parse_number(code)) {
      item.codes.push_back(static_cast<std::uint32_t>(*number));
    } else if (code != "any") {
      reader.complain_at("code", "'" + code + "' is not a code");
    }
    item.form = Form::kCode;
  }
}

void ItemReader::read_steps(RuleReader& reader, Item& item) {
  const std::vector<YamlNode>& nodes = reader.list("sequence");
  if (nodes.size() < 2 || nodes.size() > kMostSteps) {
    reader.complain_at("sequence", "a sequence has 2 to 16 steps",
                       "for one record write event");
  }
  for (const YamlNode& node : nodes) {
    RuleReader inner(node, file_, diagnostics_);
    SequenceStep step;
    for (const std::string_view key : {"event", "any_event"}) {
      const std::vector<std::string> signals = inner.texts(key);
      check_signals(inner, key, signals);
      step.signals.insert(step.signals.end(), signals.begin(), signals.end());
    }
    if (step.signals.empty()) {
      inner.complain("a step needs event or any_event");
    }
    step.as = inner.text("as");
    if (!step.as.empty() && !bound_.insert(step.as).second) {
      inner.complain_at("as", "'" + step.as + "' is bound already");
    }
    step.gap = inner.span("gap");
    if (step.gap && step.gap->first < 0) {
      inner.complain_at("gap",
                        "a gap cannot be negative: no record comes "
                        "before the step before it",
                        "turn the steps round");
    }
    step.optional = inner.flag("optional", false);
    if (item.steps.empty() && (step.gap || step.optional)) {
      inner.complain("the first step has neither gap nor optional",
                     "the window says where it may stand");
    }
    inner.close();
    item.signals.insert(item.signals.end(), step.signals.begin(),
                        step.signals.end());
    item.steps.push_back(std::move(step));
  }
}

void ItemReader::read_state(RuleReader& reader, Item& item) {
  item.state = reader.text("state");
  const auto index = rules_.find_state(item.state);
  if (!index) {
    reader.complain_at("state", "no state is called '" + item.state + "'",
                       suggest(item.state, ids_of(rules_.states())));
  }
  const YamlNode* test = reader.node("test");
  if (test == nullptr || !test->is_map() || test->map.empty()) {
    reader.complain("a state needs 'test', a map of its fields",
                    "for example test: {decision: block}");
    return;
  }
  std::vector<std::string> known;
  for (const auto& [key, value] : test->map) {
    item.asked.emplace_back(split(key.scalar, '|')[0]);
  }
  if (index) {
    for (const auto& [name, type] : rules_.states()[*index].fields) {
      known.push_back(name);
    }
    for (const auto& [key, value] : test->map) {
      const std::string field(split(key.scalar, '|')[0]);
      if (std::find(known.begin(), known.end(), field) == known.end()) {
        reader.complain(key, "the state has no field '" + field + "'",
                        suggest(field, known));
      }
    }
    for (const StateRule::Source& source : rules_.states()[*index].from) {
      item.signals.push_back(source.signal);
    }
  }
  item.test.emplace(Selector::of_map(*test, file_, diagnostics_));
}

void ItemReader::read_form(RuleReader& reader, Item& item) {
  static constexpr std::pair<std::string_view, Form> kForms[] = {
      {"event", Form::kEvent},       {"any_event", Form::kEvent},
      {"none", Form::kNone},         {"count", Form::kCount},
      {"rate", Form::kRate},         {"code", Form::kCode},
      {"sequence", Form::kSequence}, {"state", Form::kState}};
  int forms = 0;
  std::string_view chosen;
  for (const auto& [key, form] : kForms) {
    const YamlNode* value = reader.node(key);
    if (value != nullptr && !value->is_null()) {
      item.form = form;
      chosen = key;
      ++forms;
    }
  }
  if (forms != 1) {
    reader.complain(
        "an item has exactly one of event, any_event, none, count, rate, "
        "sequence, state, code");
  }
  if (forms == 0) {
    return;
  }
  if (item.form == Form::kCode) {
    read_codes(reader, item);
  } else if (item.form == Form::kSequence) {
    read_steps(reader, item);
  } else if (item.form == Form::kState) {
    read_state(reader, item);
  } else {
    item.signals = reader.texts(chosen);
    check_signals(reader, chosen, item.signals);
    if (item.signals.empty()) {
      reader.complain_at(chosen, "an item needs the name of a signal");
    }
  }
}

void ItemReader::read_window(RuleReader& reader, Item& item) {
  const auto within = reader.span("within");
  const auto since = reader.span("since_start");
  const std::string at = reader.text("at");
  const std::vector<std::string> between = reader.texts("between");
  if (item.form == Form::kState) {
    const auto instant = parse_duration(at.empty() ? "0s" : at);
    if (!instant) {
      reader.complain_at("at", "'at' must be a length of time",
                         "such as 0s or -10s");
    }
    item.within = {instant.value_or(0), instant.value_or(0), false};
    if (within || since || !between.empty()) {
      reader.complain("a state is asked at one instant",
                      "write at: 0s instead of a window");
    }
    return;
  }
  if (!at.empty()) {
    reader.complain_at("at", "only a state is asked 'at' an instant");
  }
  const int windows = static_cast<int>(within.has_value()) +
                      static_cast<int>(since.has_value()) +
                      static_cast<int>(!between.empty());
  if (windows != 1) {
    reader.complain("an item has exactly one of within, since_start, between");
  }
  if (const auto span = within ? within : since) {
    item.within = {span->first, span->second, since.has_value()};
  }
  if (between.empty()) {
    return;
  }
  if (between.size() != 2 || item.form == Form::kSequence) {
    reader.complain_at("between",
                       "'between' takes the names of two records, "
                       "and no sequence");
    return;
  }
  std::vector<std::string> names;
  for (const std::string& name : between) {
    names.push_back(name.ends_with(".time") ? name.substr(0, name.size() - 5)
                                            : name);
    if (bound_.count(names.back()) == 0) {
      const std::vector<std::string> known(bound_.begin(), bound_.end());
      reader.complain_at("between",
                         "no earlier item binds '" + names.back() + "'",
                         suggest(names.back(), known));
    }
  }
  item.between = {names[0], names[1]};
}

void ItemReader::read_amount(RuleReader& reader, Item& item) {
  const std::string distinct = reader.text("distinct");
  if (!distinct.empty()) {
    item.distinct = parse_entity(distinct);
    if (!item.distinct) {
      reader.complain_at("distinct", "unknown entity '" + distinct + "'");
    }
  }
  if (item.form == Form::kRate) {
    const auto rate = parse_rate(reader.text("at_least"));
    if (!rate) {
      reader.complain_at("at_least", "a rate needs 'at_least'",
                         "for example 60/min; units s min h d");
    } else {
      item.at_least = static_cast<int>(rate->first);
      item.per = rate->second;
    }
    return;
  }
  const std::uint32_t at_least = reader.number("at_least").value_or(1);
  if (at_least < 1 || at_least > kMostCount) {
    reader.complain_at("at_least", "'at_least' must be 1 to 1000000");
  }
  item.at_least = static_cast<int>(std::clamp(at_least, 1U, kMostCount));
}

void ItemReader::read_weight(RuleReader& reader, Item& item) {
  // A required item without numbers weighs nothing; it only opens the gate.
  item.if_cause = reader.probability("if_cause").value_or(0.5);
  item.otherwise = reader.probability("otherwise").value_or(0.5);
  if (item.role == Role::kSupporting && item.if_cause <= item.otherwise) {
    reader.complain("a supporting item must be likelier with the cause",
                    "raise if_cause above otherwise");
  }
  if (item.role == Role::kRefuting && item.if_cause >= item.otherwise) {
    reader.complain("a refuting item must be likelier without the cause",
                    "lower if_cause below otherwise");
  }
}

Item ItemReader::read(const YamlNode& node) {
  RuleReader reader(node, file_, diagnostics_);
  Item item;
  item.origin = {file_, node.line};
  item.id = reader.text("id", Need_::kRequired);
  const std::string role = reader.text("role", Need_::kRequired);
  if (role == "required") {
    item.role = Role::kRequired;
  } else if (role == "refuting") {
    item.role = Role::kRefuting;
  } else if (role != "supporting") {
    reader.complain_at("role",
                       "'role' must be required, supporting or refuting");
  }
  read_form(reader, item);
  item.side = read_side(reader, "ask", ask_);
  read_window(reader, item);
  item.same = read_entities(reader, "same");
  item.any = read_entities(reader, "any");
  item.own_attempt = reader.flag("own_attempt", false);
  read_amount(reader, item);
  read_weight(reader, item);
  for (const std::string& log : reader.texts("needs")) {
    if (const auto index = rules_.find_log(log)) {
      item.logs.push_back(*index);
    } else {
      reader.complain_at("needs", "no log is called '" + log + "'",
                         suggest(log, ids_of(rules_.logs())));
    }
  }
  item.group = reader.text("group");
  const std::string controls = reader.text("controls");
  if (!controls.empty() && controls != "off" && controls != "on") {
    reader.complain_at("controls", "'controls' must be on or off");
  }
  item.controls = controls != "off";
  item.statement = reader.flag("statement", false);
  item.says = reader.text("says", Need_::kRequired);
  reader.close();
  bound_.insert(item.id);
  return item;
}

}  // namespace deskfall
