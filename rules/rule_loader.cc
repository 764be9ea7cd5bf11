#include "rules/rule_loader.h"

#include <algorithm>
#include <set>

#include "ingest/suggest.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

using Need_ = RuleReader::Need;

constexpr std::uint32_t kMostCount = 1'000'000;

template <typename Rule>
std::vector<std::string> ids_of(const std::vector<Rule>& rules) {
  std::vector<std::string> ids;
  ids.reserve(rules.size());
  for (const Rule& rule : rules) {
    ids.push_back(rule.id);
  }
  return ids;
}

/// Puts `rule` in the place of one with the same id, or at the end. Another
/// file may replace it; twice in one file is a slip.
template <typename Rule>
void put(RuleReader& reader, std::vector<Rule>& rules, Rule rule) {
  for (Rule& old : rules) {
    if (old.id == rule.id) {
      if (old.origin.file == rule.origin.file) {
        reader.complain_at("id", "duplicate id '" + rule.id + "'",
                           "first on line " + std::to_string(old.origin.line));
      }
      old = std::move(rule);
      return;
    }
  }
  rules.push_back(std::move(rule));
}

std::string kind_of(const YamlNode& document) {
  const YamlNode* kind = document.find("kind");
  if (kind != nullptr) {
    return kind->scalar;
  }
  // A plain Sigma rule is a legal signal.
  return document.find("detection") != nullptr ? "signal" : "";
}

}  // namespace

void RuleLoader::read(std::span<const RuleFile> files) {
  std::vector<std::pair<std::string, std::vector<YamlNode>>> parsed;
  for (const RuleFile& file : files) {
    parsed.emplace_back(file.name,
                        parse_yaml(file.name, file.text, diagnostics_));
  }
  // Order of kinds: what others refer to comes first.
  for (const std::string_view kind :
       {"pack", "log", "codes", "events", "signal", "cause", ""}) {
    for (const auto& [file, documents] : parsed) {
      for (const YamlNode& document : documents) {
        if (document.is_null()) {
          continue;  // nothing between two separators
        }
        const std::string own = kind_of(document);
        const bool known = own == "pack" || own == "log" || own == "codes" ||
                           own == "events" || own == "signal" || own == "cause";
        if (own == kind || (kind.empty() && !known)) {
          read_document(document, file, own);
        }
      }
    }
  }
}

void RuleLoader::read_document(const YamlNode& document,
                               const std::string& file,
                               const std::string& kind) {
  RuleReader reader(document, file, diagnostics_);
  static_cast<void>(reader.node("kind"));
  if (kind == "pack") {
    read_pack(std::move(reader));
  } else if (kind == "log") {
    read_log(std::move(reader));
  } else if (kind == "signal") {
    read_signal(std::move(reader));
  } else if (kind == "codes") {
    read_codes(std::move(reader));
  } else if (kind == "events") {
    read_events(std::move(reader));
  } else if (kind == "cause") {
    read_cause(std::move(reader));
  } else if (document.is_map()) {
    const std::vector<std::string> kinds = {"pack",  "log",    "signal",
                                            "codes", "events", "cause"};
    reader.complain_at("kind", "unknown kind '" + kind + "'",
                       suggest(kind, kinds));
  }
}

void RuleLoader::read_pack(RuleReader reader) {
  rules_.pack_.name = reader.text("id", Need_::kRequired);
  rules_.pack_.version = reader.text("version", Need_::kRequired);
  static_cast<void>(reader.text("about"));
  if (const auto at = reader.probability("explained_at")) {
    rules_.pack_.explained_at = *at;
  }
  if (const auto lead = reader.number("lead")) {
    rules_.pack_.lead = static_cast<double>(*lead);
  }
  reader.close();
}

Side RuleLoader::read_side(RuleReader& reader, std::string_view key,
                           Side fallback) {
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

void RuleLoader::read_log(RuleReader reader) {
  LogRule log;
  log.origin = {reader.file(), reader.map().line};
  log.id = reader.text("id", Need_::kRequired);
  log.title = reader.text("title", Need_::kRequired);
  log.channels = reader.texts("channels", Need_::kRequired);
  log.service = reader.text("service");
  log.side = read_side(reader, "side", Side::kAny);
  log.collect = reader.text("collect", Need_::kRequired);
  if (const YamlNode* proof = reader.node("proven_by")) {
    log.proven_by.emplace(*proof, reader.file(), diagnostics_);
  }
  const std::string back = reader.text("holds_back");
  if (!back.empty()) {
    const auto span = parse_duration(back);
    if (!span || *span < 0) {
      reader.complain_at("holds_back", "'holds_back' must be a length of time",
                         "such as 10s");
    }
    log.holds_back = span.value_or(0);
  }
  reader.close();
  put(reader, rules_.logs_, std::move(log));
}

void RuleLoader::read_signal(RuleReader reader) {
  SignalRule signal;
  signal.origin = {reader.file(), reader.map().line};
  signal.id = reader.text("id", Need_::kRequired);
  signal.title = reader.text("title", Need_::kRequired);
  std::string log = reader.text("log");
  const bool plain = reader.map().find("log") == nullptr;
  if (const YamlNode* source = reader.node("logsource")) {
    const YamlNode* service = source->find("service");
    for (const LogRule& rule : rules_.logs_) {
      if (log.empty() && service != nullptr &&
          rule.service == service->scalar) {
        log = rule.id;
      }
    }
  }
  if (const auto index = rules_.find_log(log)) {
    signal.log = *index;
  } else if (plain) {
    reader.complain_at("logsource", "no log has the service of this logsource",
                       "name one: log: system");
  } else {
    reader.complain_at("log", "no log is called '" + log + "'",
                       suggest(log, ids_of(rules_.logs_)));
  }
  if (const YamlNode* detection = reader.node("detection")) {
    signal.selector.emplace(*detection, reader.file(), diagnostics_);
  } else {
    reader.complain("'detection' is missing");
  }
  if (const YamlNode* bind = reader.node("bind")) {
    for (const auto& [key, value] : bind->map) {
      if (const auto entity = parse_entity(key.scalar)) {
        signal.bind[*entity] = value.scalar;
      } else {
        reader.complain(key, "unknown entity '" + key.scalar + "'");
      }
    }
  }
  // What a Sigma rule may carry beside; of no use to us, but no mistake.
  for (const std::string_view known :
       {"status", "description", "references", "author", "date", "modified",
        "tags", "level", "falsepositives", "fields", "origin", "related",
        "license", "name", "taxonomy", "scope"}) {
    static_cast<void>(reader.node(known));
  }
  reader.close();
  put(reader, rules_.signals_, std::move(signal));
}

void RuleLoader::read_codes(RuleReader reader) {
  const std::string table = reader.text("table", Need_::kRequired);
  const std::string common_origin = reader.text("origin");
  const std::string common_confidence = reader.text("confidence");
  for (const YamlNode& node : reader.list("entries")) {
    RuleReader row(node, reader.file(), diagnostics_);
    CodeEntry entry;
    entry.table = table;
    entry.code = row.number("code");
    entry.name = row.text("name");
    entry.confidence = row.text("confidence");
    if (entry.confidence.empty()) {
      entry.confidence = common_confidence;
    }
    entry.says = row.text("says", Need_::kRequired);
    entry.origin = row.text("origin");
    if (entry.origin.empty()) {
      entry.origin = common_origin;
    }
    if (entry.origin.empty()) {
      row.complain("a code needs an origin");
    }
    const std::string stage = row.text("fails_at");
    if (!stage.empty()) {
      entry.fails_at = parse_stage_range(stage);
      if (!entry.fails_at) {
        row.complain_at("fails_at",
                        "'" + stage + "' is no stage or span of stages");
      }
    }
    entry.benign = row.flag("benign", false);
    for (const YamlNode& piece : row.list("advice")) {
      RuleReader reading(piece, reader.file(), diagnostics_);
      CodeAdvice advice;
      advice.claim = reading.text("claim", Need_::kRequired);
      advice.seen = reading.text("seen");
      advice.unseen = reading.text("unseen");
      advice.extended = reading.number("extended");
      advice.before_session = reading.flag("before_session", false);
      advice.causes = reading.texts("causes");
      advice.says = reading.text("says", Need_::kRequired);
      reading.close();
      entry.advice.push_back(std::move(advice));
    }
    row.close();
    if (entry.code) {
      rules_.codes_[table][*entry.code] = std::move(entry);
    } else if (entry.name.empty()) {
      row.complain("a code needs a number or a name");
    } else {
      rules_.labels_.push_back(std::move(entry));
    }
  }
  reader.close();
}

void RuleLoader::read_events(RuleReader reader) {
  const std::string provider = reader.text("provider", Need_::kRequired);
  const std::string common_origin = reader.text("origin");
  const std::string common_confidence = reader.text("confidence");
  for (const YamlNode& node : reader.list("entries")) {
    RuleReader row(node, reader.file(), diagnostics_);
    EventEntry entry;
    entry.stage = row.text("stage");
    entry.use = row.text("use");
    entry.confidence = row.text("confidence");
    if (entry.confidence.empty()) {
      entry.confidence = common_confidence;
    }
    entry.provider = to_lower_ascii(provider);
    if (const auto id = row.number("id")) {
      entry.event_id = *id;
    }
    entry.says = row.text("says", Need_::kRequired);
    entry.origin = row.text("origin");
    if (entry.origin.empty()) {
      entry.origin = common_origin;
    }
    if (entry.origin.empty()) {
      row.complain("an event needs an origin");
    }
    row.close();
    rules_.events_[{entry.event_id, entry.provider}] = std::move(entry);
  }
  reader.close();
}

void RuleLoader::read_need_log(RuleReader& reader, Need& need) {
  const std::string log = reader.text("log", Need_::kRequired);
  const Side side = read_side(reader, "host", Side::kServer);
  if (const auto index = rules_.find_log(log)) {
    need.any_of.emplace_back(*index, side);
  } else {
    reader.complain_at("log", "no log is called '" + log + "'",
                       suggest(log, ids_of(rules_.logs_)));
  }
}

std::optional<Need> RuleLoader::read_need(const YamlNode& node,
                                          const std::string& file) {
  RuleReader reader(node, file, diagnostics_);
  Need need;
  if (reader.map().find("any_of") != nullptr) {
    for (const YamlNode& alternative : reader.list("any_of")) {
      RuleReader inner(alternative, file, diagnostics_);
      read_need_log(inner, need);
      inner.close();
    }
  } else {
    read_need_log(reader, need);
  }
  if (const auto span = reader.span("span")) {
    need.span.from = span->first;
    need.span.to = span->second;
  }
  const std::string otherwise = reader.text("else", Need_::kRequired);
  if (otherwise != "undecidable" && otherwise != "weaker") {
    reader.complain_at("else", "'else' must be undecidable or weaker");
  }
  need.else_undecidable = otherwise == "undecidable";
  static_cast<void>(reader.node("host"));
  reader.close();
  return need.any_of.empty() ? std::nullopt : std::optional<Need>(need);
}

void RuleLoader::read_item_form(RuleReader& reader, Item& item) {
  int forms = 0;
  const auto take = [&](std::string_view key, Form form) {
    std::vector<std::string> signals = reader.texts(key);
    if (!signals.empty()) {
      item.signals = std::move(signals);
      item.form = form;
      ++forms;
    }
  };
  take("event", Form::kEvent);
  take("any_event", Form::kEvent);
  take("none", Form::kNone);
  take("count", Form::kCount);
  for (const std::string& code : reader.texts("code")) {
    if (const auto number = parse_number(code)) {
      item.codes.push_back(static_cast<std::uint32_t>(*number));
    } else if (code != "any") {
      reader.complain_at("code", "'" + code + "' is not a code");
    }
    forms += item.form == Form::kCode ? 0 : 1;
    item.form = Form::kCode;
  }
  if (forms != 1) {
    reader.complain(
        "an item has exactly one of event, any_event, none, count, code");
  }
  for (const std::string& signal : item.signals) {
    if (signal != kSignalSuccess && signal != kSignalFailure &&
        !rules_.find_signal(signal)) {
      for (const std::string_view key :
           {"event", "any_event", "none", "count"}) {
        if (reader.map().find(key) != nullptr) {
          reader.complain_at(key, "no signal is called '" + signal + "'",
                             suggest(signal, ids_of(rules_.signals_)));
        }
      }
    }
  }
}

void RuleLoader::check_item(RuleReader& reader, const Item& item) {
  if (item.role == Role::kSupporting && item.if_cause <= item.otherwise) {
    reader.complain("a supporting item must be likelier with the cause",
                    "raise if_cause above otherwise");
  }
  if (item.role == Role::kRefuting && item.if_cause >= item.otherwise) {
    reader.complain("a refuting item must be likelier without the cause",
                    "lower if_cause below otherwise");
  }
}

Item RuleLoader::read_item(const YamlNode& node, const std::string& file,
                           Side ask) {
  RuleReader reader(node, file, diagnostics_);
  Item item;
  item.origin = {file, node.line};
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
  read_item_form(reader, item);
  item.side = read_side(reader, "ask", ask);
  const auto within = reader.span("within");
  const auto since = reader.span("since_start");
  if (within.has_value() == since.has_value()) {
    reader.complain("an item has exactly one of within, since_start");
  }
  if (const auto span = within ? within : since) {
    item.within = {span->first, span->second, since.has_value()};
  }
  for (const std::string& name : reader.texts("any")) {
    if (const auto entity = parse_entity(name)) {
      item.any.push_back(*entity);
    } else {
      reader.complain_at("any", "unknown entity '" + name + "'");
    }
  }
  item.own_attempt = reader.flag("own_attempt", false);
  const std::string distinct = reader.text("distinct");
  if (!distinct.empty()) {
    item.distinct = parse_entity(distinct);
    if (!item.distinct) {
      reader.complain_at("distinct", "unknown entity '" + distinct + "'");
    }
  }
  const std::uint32_t at_least = reader.number("at_least").value_or(1);
  if (at_least < 1 || at_least > kMostCount) {
    reader.complain_at("at_least", "'at_least' must be 1 to 1000000");
  }
  item.at_least = static_cast<int>(std::clamp(at_least, 1U, kMostCount));
  // A required item without numbers weighs nothing; it only opens the gate.
  item.if_cause = reader.probability("if_cause").value_or(0.5);
  item.otherwise = reader.probability("otherwise").value_or(0.5);
  item.group = reader.text("group");
  const std::string controls = reader.text("controls");
  if (!controls.empty() && controls != "off" && controls != "on") {
    reader.complain_at("controls", "'controls' must be on or off");
  }
  item.controls = controls != "off";
  item.statement = reader.flag("statement", false);
  item.says = reader.text("says", Need_::kRequired);
  check_item(reader, item);
  reader.close();
  return item;
}

void RuleLoader::read_cause(RuleReader reader) {
  CauseRule cause;
  cause.origin = {reader.file(), reader.map().line};
  cause.id = reader.text("id", Need_::kRequired);
  cause.title = reader.text("title", Need_::kRequired);
  const std::string explains = reader.text("explains");
  if (explains == "flood") {
    cause.explains = Explains::kFlood;
  } else if (!explains.empty() && explains != "connection") {
    reader.complain_at("explains", "'explains' must be connection or flood");
  }
  cause.prior = reader.probability("prior").value_or(0.01);
  const std::string stages = reader.text("fails_at", Need_::kRequired);
  if (const auto range = parse_stage_range(stages)) {
    cause.fails_at = *range;
  } else {
    reader.complain_at("fails_at",
                       "'" + stages + "' is no stage or span of stages",
                       "write tls, tcp..tls or any");
  }
  cause.confidence = reader.text("confidence");
  const Side ask = read_side(reader, "ask", Side::kServer);
  for (const YamlNode& node : reader.list("needs")) {
    if (const auto need = read_need(node, reader.file())) {
      cause.needs.push_back(*need);
    }
  }
  std::set<std::string> seen;
  for (const YamlNode& node : reader.list("evidence")) {
    Item item = read_item(node, reader.file(), ask);
    if (!seen.insert(item.id).second) {
      reader.complain(node, "duplicate item '" + item.id + "'");
    }
    cause.items.push_back(std::move(item));
  }
  if (cause.items.empty()) {
    reader.complain("a cause needs 'evidence'");
  }
  cause.explain = reader.text("explain", Need_::kRequired);
  if (const YamlNode* remedy = reader.node("remedy")) {
    RuleReader inner(*remedy, reader.file(), diagnostics_);
    cause.remedy.steps = inner.texts("do");
    cause.remedy.risk = inner.text("risk");
    cause.remedy.verify = inner.text("verify");
    inner.close();
  }
  cause.nearest = reader.texts("nearest");
  cause.origin_note = reader.text("origin", Need_::kRequired);
  reader.close();
  put(reader, rules_.causes_, std::move(cause));
}

}  // namespace deskfall
