#include "rules/kind_reader.h"

#include <algorithm>

#include "ingest/suggest.h"
#include "ingest/text.h"
#include "rules/item_reader.h"

namespace deskfall {

namespace {

using Need_ = RuleReader::Need;

std::optional<StateRule::Type> parse_type(std::string_view name) {
  return name == "text"     ? std::optional(StateRule::Type::kText)
         : name == "number" ? std::optional(StateRule::Type::kNumber)
         : name == "bool"   ? std::optional(StateRule::Type::kBool)
         : name == "time"   ? std::optional(StateRule::Type::kTime)
                            : std::nullopt;
}

/// A value that is written out must be of its type; one that comes from the
/// record is known only then.
bool fits(StateRule::Type type, const std::string& value) {
  if (value.find('<') != std::string::npos) {
    return true;
  }
  switch (type) {
    case StateRule::Type::kText:
      return true;
    case StateRule::Type::kNumber:
      return parse_number(value).has_value();
    case StateRule::Type::kBool:
      return value == "true" || value == "false";
    case StateRule::Type::kTime:
      return parse_iso8601(value).has_value();
  }
  return false;
}

}  // namespace

std::string KindReader::signal(RuleReader& reader, std::string_view key) {
  std::string name = reader.text(key, Need_::kRequired);
  if (!name.empty() && !rules_.find_signal(name)) {
    reader.complain_at(key, "no signal is called '" + name + "'",
                       suggest(name, ids_of(rules_.signals())));
  }
  return name;
}

StateRule::Source KindReader::read_state_source(const YamlNode& node,
                                                const std::string& file,
                                                const StateRule& state) {
  RuleReader reader(node, file, diagnostics_);
  StateRule::Source source;
  const bool snapshot = reader.map().find("snapshot") != nullptr;
  source.kind =
      snapshot ? StateRule::Kind::kSnapshot : StateRule::Kind::kChange;
  source.signal = signal(reader, snapshot ? "snapshot" : "change");
  const YamlNode* set = reader.node("set");
  if (set == nullptr || !set->is_map() || set->map.empty()) {
    reader.complain("a source of a state needs 'set'",
                    "for example set: {decision: block}");
  } else {
    std::vector<std::string> known;
    for (const auto& [name, type] : state.fields) {
      known.push_back(name);
    }
    for (const auto& [key, value] : set->map) {
      const auto field = state.fields.find(key.scalar);
      if (field == state.fields.end()) {
        reader.complain(key, "the state has no field '" + key.scalar + "'",
                        suggest(key.scalar, known));
      } else if (!value.is_scalar() || !fits(field->second, value.scalar)) {
        reader.complain(value, "this is no value of its type");
      }
      source.set.emplace_back(key.scalar, value.scalar);
    }
  }
  reader.close();
  return source;
}

StateRule KindReader::read_state(RuleReader& reader) {
  StateRule state;
  state.origin = {reader.file(), reader.map().line};
  state.id = reader.text("id", Need_::kRequired);
  state.title = reader.text("title");
  for (const std::string& key : reader.texts("key")) {
    if (key != "host" && key != "server_host" && key != "client_host") {
      reader.complain_at("key",
                         "a state is kept for each host, not for '" + key + "'",
                         "write key: [server_host]");
    }
  }
  const YamlNode* fields = reader.node("fields");
  if (fields == nullptr || fields->map.empty()) {
    reader.complain("a state needs 'fields'",
                    "for example fields: {decision: text}");
  } else {
    for (const auto& [key, value] : fields->map) {
      const auto type = parse_type(value.scalar);
      if (!type) {
        reader.complain(value, "a field is text, number, bool or time");
      }
      state.fields[key.scalar] = type.value_or(StateRule::Type::kText);
    }
  }
  for (const YamlNode& node : reader.list("from")) {
    state.from.push_back(read_state_source(node, reader.file(), state));
  }
  if (state.from.empty()) {
    reader.complain("a state needs 'from', the records that tell it");
  }
  if (const YamlNode* holds = reader.node("holds")) {
    RuleReader inner(*holds, reader.file(), diagnostics_);
    const std::string backward = inner.text("backward");
    if (!backward.empty() && backward != "until_change" && backward != "no") {
      inner.complain_at("backward", "'backward' must be until_change or no");
    }
    state.backward = backward == "until_change";
    for (const std::string& log : inner.texts("needs")) {
      if (const auto index = rules_.find_log(log)) {
        state.logs.push_back(*index);
      } else {
        inner.complain_at("needs", "no log is called '" + log + "'",
                          suggest(log, ids_of(rules_.logs())));
      }
    }
    inner.close();
  }
  // The logs of its change records would show a change.
  for (const StateRule::Source& source : state.from) {
    const auto index = rules_.find_signal(source.signal);
    if (index && source.kind == StateRule::Kind::kChange) {
      state.logs.push_back(rules_.signals()[*index].log);
    }
  }
  std::sort(state.logs.begin(), state.logs.end());
  state.logs.erase(std::unique(state.logs.begin(), state.logs.end()),
                   state.logs.end());
  reader.close();
  return state;
}

AnchorRule::Source KindReader::read_anchor_source(const YamlNode& node,
                                                  const std::string& file) {
  RuleReader reader(node, file, diagnostics_);
  AnchorRule::Source source;
  if (const YamlNode* dialog = reader.node("dialog")) {
    RuleReader inner(*dialog, file, diagnostics_);
    source.error = inner.number("error");
    source.extended = inner.number("extended");
    if (!source.error && !source.extended) {
      inner.complain("a dialog needs 'error' or 'extended'");
    }
    inner.close();
  } else {
    source.signal = signal(reader, "signal");
    if (const YamlNode* where = reader.node("where")) {
      source.where.emplace(Selector::of_map(*where, file, diagnostics_));
    }
  }
  if (const YamlNode* near = reader.node("near")) {
    RuleReader inner(*near, file, diagnostics_);
    source.near = signal(inner, "signal");
    source.near_within = inner.span("within").value_or(
        std::pair<Ticks, Ticks>{0, kTicksPerMinute});
    inner.close();
  }
  reader.close();
  return source;
}

AnchorRule::Merge KindReader::read_merge(const YamlNode& node,
                                         const std::string& file) {
  RuleReader reader(node, file, diagnostics_);
  AnchorRule::Merge merge;
  merge.same = read_entities(reader, "same");
  merge.any = read_entities(reader, "any");
  if (merge.same.empty() && merge.any.empty()) {
    reader.complain("a merge needs 'same' or 'any', entities that agree");
  }
  const std::string gap = reader.text("gap", Need_::kRequired);
  const auto ticks = parse_duration(gap);
  if (!gap.empty() && (!ticks || *ticks < 0 || *ticks > kTicksPerDay)) {
    reader.complain_at("gap", "'gap' is a time of at most a day, such as 5s");
  }
  merge.gap = ticks.value_or(0);
  reader.close();
  return merge;
}

/// "event.Computer", "dialog.host", "prior(sig, 2m).Value".
std::optional<AnchorRule::Term> KindReader::read_term(std::string_view text,
                                                      const YamlNode& at,
                                                      RuleReader& reader) {
  constexpr std::string_view kPrior = "prior(";
  AnchorRule::Term term;
  const std::size_t dot =
      text.find('.', text.starts_with(kPrior) ? text.find(')') : 0);
  const std::string_view from = text.substr(0, dot);
  if (dot == std::string_view::npos || dot + 1 == text.size()) {
    reader.complain(at, "'" + std::string(text) + "' names no field",
                    "such as event.Computer, dialog.host or prior(signal, "
                    "2m).Value");
    return std::nullopt;
  }
  term.field = text.substr(dot + 1);
  if (from == "event") {
    return term;
  }
  if (from == "dialog") {
    term.from = AnchorRule::Term::From::kDialog;
    term.field = term.field == "host"          ? "Computer"
                 : term.field == "activity_id" ? "ActivityID"
                                               : term.field;
    return term;
  }
  const std::size_t comma = from.find(',');
  if (!from.starts_with(kPrior) || !from.ends_with(')') ||
      comma == std::string_view::npos) {
    reader.complain(at, "'" + std::string(from) + "' is no place to read from",
                    "event, dialog or prior(signal, 2m)");
    return std::nullopt;
  }
  term.from = AnchorRule::Term::From::kPrior;
  term.signal = trim(from.substr(kPrior.size(), comma - kPrior.size()));
  const auto within =
      parse_duration(trim(from.substr(comma + 1, from.size() - comma - 2)));
  if (!rules_.find_signal(term.signal)) {
    reader.complain(at, "no signal is called '" + term.signal + "'",
                    suggest(term.signal, ids_of(rules_.signals())));
  }
  if (!within || *within <= 0) {
    reader.complain(at, "prior needs how long before, such as 2m");
  }
  term.within = within.value_or(0);
  return term;
}

void KindReader::read_anchor_bind(const YamlNode& bind, RuleReader& reader,
                                  AnchorRule& anchor) {
  if (!bind.is_map()) {
    reader.complain(bind, "'bind' is a map of entities to fields",
                    "for example client_host: event.Computer");
    return;
  }
  for (const auto& [key, value] : bind.map) {
    const auto entity = parse_entity(key.scalar);
    if (!entity) {
      reader.complain(key, "unknown entity '" + key.scalar + "'",
                      suggest(key.scalar, entity_names()));
      continue;
    }
    for (const std::string_view text : split(value.scalar, '|')) {
      if (auto term = read_term(trim(text), value, reader)) {
        anchor.bind[*entity].push_back(std::move(*term));
      }
    }
  }
}

AnchorRule KindReader::read_anchor(RuleReader& reader) {
  AnchorRule anchor;
  anchor.origin = {reader.file(), reader.map().line};
  anchor.id = reader.text("id", Need_::kRequired);
  anchor.title = reader.text("title");
  const std::string polarity = reader.text("polarity", Need_::kRequired);
  if (polarity == "control") {
    anchor.polarity = AnchorRule::Polarity::kControl;
  } else if (polarity != "failure") {
    reader.complain_at("polarity", "'polarity' must be failure or control");
  }
  for (const YamlNode& node : reader.list("from")) {
    anchor.from.push_back(read_anchor_source(node, reader.file()));
  }
  if (anchor.from.empty()) {
    reader.complain("an anchor needs 'from', what makes a connection one");
  }
  if (const YamlNode* merge = reader.node("merge")) {
    anchor.merge = read_merge(*merge, reader.file());
  }
  if (const YamlNode* bind = reader.node("bind")) {
    read_anchor_bind(*bind, reader, anchor);
  }
  reader.close();
  return anchor;
}

void KindReader::read_ladder(RuleReader& reader) {
  static_cast<void>(reader.text("id", Need_::kRequired));
  static_cast<void>(reader.text("title"));
  Stage last = Stage::kNone;
  for (const YamlNode& node : reader.list("steps")) {
    std::vector<std::string> names;
    if (node.is_scalar()) {
      names.push_back(node.scalar);
    } else {
      RuleReader inner(node, reader.file(), diagnostics_);
      names = inner.texts("also");
      names.insert(names.begin(), inner.text("id", Need_::kRequired));
      inner.close();
    }
    const auto stage = names.empty() ? std::nullopt : parse_stage(names[0]);
    if (!stage || *stage != next_stage(last) || last == Stage::kSession) {
      reader.complain(
          node, "the next rung is " + std::string(stage_name(next_stage(last))),
          "dns tcp x224 tls credssp licensing logon session; "
          "other names go into 'also'");
      return;
    }
    last = *stage;
    for (const std::string& name : names) {
      if (name != names[0] && parse_stage(name)) {
        reader.complain(node, "'" + name + "' is a rung of its own");
      } else {
        rules_.stage_names_[name] = *stage;
      }
    }
  }
  if (last != Stage::kSession) {
    reader.complain_at("steps", "the ladder ends at session");
  }
  reader.close();
}

}  // namespace deskfall
