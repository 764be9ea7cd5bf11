#include "rules/rule_loader.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <set>

#include "ingest/suggest.h"
#include "ingest/text.h"
#include "rules/item_reader.h"
#include "rules/kind_reader.h"
#include "rules/test_reader.h"

namespace deskfall {

namespace {

using Need_ = RuleReader::Need;

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

struct Parsed {
  std::vector<YamlNode> documents;
  std::vector<Diagnostic> problems;
};

/// Order of kinds: what others refer to comes first; the last is none at all.
constexpr std::array<std::string_view, 10> kKinds = {
    "pack",   "ladder", "log",   "codes", "events",
    "signal", "anchor", "state", "cause", ""};

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
  std::vector<Parsed> parsed(files.size());
  tbb::parallel_for(std::size_t{0}, files.size(), [&](std::size_t i) {
    parsed[i].documents =
        parse_yaml(files[i].name, files[i].text, parsed[i].problems);
  });
  for (const Parsed& file : parsed) {
    diagnostics_.insert(diagnostics_.end(), file.problems.begin(),
                        file.problems.end());
  }
  for (const std::string_view kind : kKinds) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      for (const YamlNode& document : parsed[i].documents) {
        if (document.is_null()) {
          continue;  // nothing between two separators
        }
        const std::string own = kind_of(document);
        const bool known =
            std::find(kKinds.begin(), kKinds.end(), own) != kKinds.end();
        if (own == kind || (kind.empty() && !known)) {
          read_document(document, files[i].name, own);
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
  } else if (kind == "state") {
    put(reader, rules_.states_,
        KindReader(rules_, diagnostics_).read_state(reader));
  } else if (kind == "anchor") {
    put(reader, rules_.anchors_,
        KindReader(rules_, diagnostics_).read_anchor(reader));
  } else if (kind == "ladder") {
    KindReader(rules_, diagnostics_).read_ladder(reader);
  } else if (document.is_map()) {
    const std::vector<std::string> kinds(kKinds.begin(), kKinds.end() - 1);
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
  const std::string retains = reader.text("retains");
  if (!retains.empty()) {
    const auto span = parse_duration(retains);
    if (!span || *span <= 0) {
      reader.complain_at("retains", "'retains' must be a length of time",
                         "such as 30d");
    }
    log.retains = span.value_or(0);
  }
  log.fields = reader.texts("fields");
  reader.close();
  put(reader, rules_.logs_, std::move(log));
}

/// A log that says which fields its records have has no others.
void RuleLoader::check_fields(RuleReader& reader, const SignalRule& signal) {
  static constexpr std::array<std::string_view, 8> kSystem = {
      "EventID", "Provider_Name", "Channel", "Computer",
      "Level",   "ActivityID",    "UserID",  "ProcessID"};
  if (signal.log >= rules_.logs_.size() || !signal.selector) {
    return;
  }
  const LogRule& log = rules_.logs_[signal.log];
  const auto check = [&](std::string_view key, const std::string& field) {
    if (!log.fields.empty() && !field.empty() &&
        std::find(log.fields.begin(), log.fields.end(), field) ==
            log.fields.end() &&
        std::find(kSystem.begin(), kSystem.end(), field) == kSystem.end()) {
      reader.complain_at(
          key, "records of '" + log.id + "' have no field '" + field + "'",
          suggest(field, log.fields));
    }
  };
  for (const std::string& field : signal.selector->fields()) {
    check("detection", field);
  }
  for (const auto& [entity, field] : signal.bind) {
    check("bind", field);
  }
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
  check_fields(reader, signal);
  const std::string stage = reader.text("stage");
  if (!stage.empty()) {
    signal.stage = rules_.stage(stage);
    if (!signal.stage) {
      reader.complain_at("stage", "'" + stage + "' is no stage");
    }
  }
  const std::string collapse = reader.text("collapse");
  if (!collapse.empty()) {
    const auto span = parse_duration(collapse);
    if (!span || *span <= 0) {
      reader.complain_at("collapse", "'collapse' must be a length of time",
                         "such as 30s");
    }
    signal.collapse = span.value_or(0);
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
      entry.fails_at = rules_.stage_range(stage);
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

void RuleLoader::read_cause(RuleReader reader) {
  CauseRule cause;
  cause.origin = {reader.file(), reader.map().line};
  cause.id = reader.text("id", Need_::kRequired);
  cause.title = reader.text("title", Need_::kRequired);
  for (const std::string& explains : reader.texts("explains")) {
    if (explains == "flood") {
      cause.explains = Explains::kFlood;
    } else if (rules_.find_anchor(explains)) {
      cause.anchors.push_back(explains);
    } else if (explains != "connection") {
      reader.complain_at("explains",
                         "'explains' must be connection, flood or an anchor",
                         suggest(explains, ids_of(rules_.anchors())));
    }
  }
  cause.prior = reader.probability("prior").value_or(0.01);
  const std::string stages = reader.text("fails_at", Need_::kRequired);
  if (const auto range = rules_.stage_range(stages)) {
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
  ItemReader items(rules_, reader.file(), ask, diagnostics_);
  for (const YamlNode& node : reader.list("evidence")) {
    Item item = items.read(node);
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
  if (const YamlNode* accepts = reader.node("accepts")) {
    for (const auto& [rule, reason] : accepts->map) {
      if (reason.scalar.empty()) {
        reader.complain_at("accepts", "'" + rule.scalar + "' needs a reason");
      }
      cause.accepts[rule.scalar] = reason.scalar;
    }
  }
  cause.tests = TestReader(rules_, reader.file(), diagnostics_)
                    .read(reader.list("tests"));
  cause.origin_note = reader.text("origin", Need_::kRequired);
  reader.close();
  put(reader, rules_.causes_, std::move(cause));
}

}  // namespace deskfall
