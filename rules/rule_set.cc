#include "rules/rule_set.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ingest/sha256.h"
#include "ingest/text.h"
#include "rules/builtin.h"
#include "rules/rule_loader.h"

namespace deskfall {

namespace {

constexpr std::array<std::pair<Entity, std::string_view>, 11> kEntities = {{
    {Entity::kClientIp, "client_ip"},
    {Entity::kClientPort, "client_port"},
    {Entity::kServerIp, "server_ip"},
    {Entity::kClientHost, "client_host"},
    {Entity::kUser, "user"},
    {Entity::kSession, "session"},
    {Entity::kServerHost, "server_host"},
    {Entity::kServerPort, "server_port"},
    {Entity::kServerName, "server_name"},
    {Entity::kActivityId, "activity_id"},
    {Entity::kUserHash, "user_hash"},
}};

/// Events that no signal names but that attempts, clocks or coverage read.
struct Used {
  std::string_view provider;       ///< end of the provider name, lower case
  std::vector<std::uint32_t> ids;  ///< empty = all
};
const std::vector<Used>& used_by_engine() {
  static const std::vector<Used> kUsed = {
      {"-clientactivexcore", {}},
      {"-rdpcorets", {}},
      {"-remoteconnectionmanager", {}},
      {"-localsessionmanager", {}},
      {"-gateway", {}},
      {"microsoft-windows-eventlog", {}},
      {"eventlog", {}},
      {"microsoft-windows-kernel-general", {1, 12, 13}},
      {"microsoft-windows-kernel-power", {107}},
      {"microsoft-windows-power-troubleshooter", {1}},
      {"microsoft-windows-time-service", {35, 37, 52}},
      {"microsoft-windows-security-auditing", {4616, 4769}},
      {"mstsc", {}},
      {"pfirewall", {}},
  };
  return kUsed;
}

bool engine_uses(std::string_view provider, std::uint32_t event_id) {
  const auto& all = used_by_engine();
  return std::any_of(all.begin(), all.end(), [&](const Used& used) {
    const std::size_t size = used.provider.size();
    // The last letter tells most of them apart.
    return provider.size() >= size &&
           (provider.back() | 0x20) == used.provider.back() &&
           equals_ignore_case(provider.substr(provider.size() - size),
                              used.provider) &&
           (used.ids.empty() || std::find(used.ids.begin(), used.ids.end(),
                                          event_id) != used.ids.end());
  });
}

template <typename Rule>
std::optional<std::size_t> index_of(const std::vector<Rule>& rules,
                                    std::string_view id) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].id == id) {
      return i;
    }
  }
  return std::nullopt;
}

Result<std::vector<RuleFile>> read_folder(const std::string& folder) {
  std::vector<RuleFile> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(folder, error);
  if (error) {
    return fail(ErrorKind::kUsage,
                "cannot read the rule folder: " + error.message(), folder,
                "give a folder that holds .yaml files");
  }
  for (const auto& entry : it) {
    if (!entry.is_regular_file() || (entry.path().extension() != ".yaml" &&
                                     entry.path().extension() != ".yml")) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    files.push_back({entry.path().string(),
                     std::string(std::istreambuf_iterator<char>(in), {})});
  }
  std::sort(
      files.begin(), files.end(),
      [](const RuleFile& a, const RuleFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace

std::string_view side_name(Side side) {
  return side == Side::kClient   ? "client"
         : side == Side::kServer ? "server"
                                 : "any";
}

std::string_view role_name(Role role) {
  return role == Role::kRequired     ? "required"
         : role == Role::kSupporting ? "supporting"
                                     : "refuting";
}

std::optional<Entity> parse_entity(std::string_view name) {
  for (const auto& [entity, known] : kEntities) {
    if (known == name) {
      return entity;
    }
  }
  return std::nullopt;
}

std::string_view entity_name(Entity entity) {
  for (const auto& [known, name] : kEntities) {
    if (known == entity) {
      return name;
    }
  }
  return "";
}

std::vector<std::string> entity_names() {
  std::vector<std::string> names;
  names.reserve(kEntities.size());
  for (const auto& [entity, name] : kEntities) {
    names.emplace_back(name);
  }
  return names;
}

Result<std::vector<RuleFile>> RuleSet::files(
    std::span<const std::string> folders) {
  std::vector<RuleFile> files = builtin_rules();
  for (const std::string& folder : folders) {
    DF_TRY(std::vector<RuleFile> more, read_folder(folder));
    files.insert(files.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return files;
}

Result<RuleSet> RuleSet::load(std::span<const std::string> folders) {
  DF_TRY(const std::vector<RuleFile> files, RuleSet::files(folders));
  return from_files(files);
}

Result<RuleSet> RuleSet::from_files(std::span<const RuleFile> files) {
  std::vector<Diagnostic> problems;
  std::optional<RuleSet> rules = from_files(files, problems);
  if (rules) {
    return std::move(*rules);
  }
  std::string text;
  for (const Diagnostic& problem : problems) {
    std::string_view source;
    for (const RuleFile& file : files) {
      if (file.name == problem.file) {
        source = file.text;
      }
    }
    text += problem.text(source) + "\n";
  }
  return fail(ErrorKind::kUsage, std::to_string(problems.size()) +
                                     " problems in the rules:\n" + text);
}

std::optional<RuleSet> RuleSet::from_files(std::span<const RuleFile> files,
                                           std::vector<Diagnostic>& problems) {
  RuleSet rules;
  RuleLoader loader(rules);
  loader.read(files);
  if (!loader.diagnostics().empty()) {
    problems.insert(problems.end(), loader.diagnostics().begin(),
                    loader.diagnostics().end());
    return std::nullopt;
  }
  Sha256 hash;
  for (const RuleFile& file : files) {
    hash.update(as_bytes(file.text));
  }
  rules.sha256_ = hash.hex();
  std::vector<Matcher::Entry> entries;
  for (const SignalRule& signal : rules.signals_) {
    entries.push_back({&*signal.selector, &rules.logs_[signal.log].channels});
  }
  rules.matcher_.emplace(entries);
  std::vector<Matcher::Entry> proofs;
  for (const LogRule& log : rules.logs_) {
    if (log.proven_by) {
      proofs.push_back({&*log.proven_by, &log.channels});
    }
  }
  rules.proofs_.emplace(proofs);
  return rules;
}

std::optional<std::size_t> RuleSet::find_log(std::string_view id) const {
  return index_of(logs_, id);
}

std::optional<std::size_t> RuleSet::find_signal(std::string_view id) const {
  return index_of(signals_, id);
}

std::optional<std::size_t> RuleSet::find_state(std::string_view id) const {
  return index_of(states_, id);
}

std::optional<std::size_t> RuleSet::find_anchor(std::string_view id) const {
  return index_of(anchors_, id);
}

bool RuleSet::is_signal(std::string_view id) const {
  return id == kSignalSuccess || id == kSignalFailure || find_signal(id) ||
         find_anchor(id);
}

std::optional<Stage> RuleSet::stage(std::string_view name) const {
  const auto found = stage_names_.find(name);
  return found == stage_names_.end() ? parse_stage(name)
                                     : std::optional(found->second);
}

std::optional<StageRange> RuleSet::stage_range(std::string_view text) const {
  const std::size_t dots = text.find("..");
  const auto first = stage(text.substr(0, dots));
  const auto last =
      dots == std::string_view::npos ? first : stage(text.substr(dots + 2));
  if (!first || !last || *first > *last) {
    return parse_stage_range(text);  // "any"
  }
  return StageRange{*first, *last};
}

void RuleSet::match(const Event& event,
                    std::vector<std::size_t>& signals) const {
  matcher_->match(event, signals);
}

std::size_t RuleSet::routed(const Event& event) const {
  return matcher_->routed(event);
}

const CodeEntry* RuleSet::code(std::string_view table,
                               std::uint32_t code) const {
  const auto found = codes_.find(table);
  if (found == codes_.end()) {
    return nullptr;
  }
  const auto row = found->second.find(code);
  if (row != found->second.end()) {
    return &row->second;
  }
  return table == "disconnect" ? this->code("gateway-client", code)
         : table == "extended" ? this->code("errinfo", code)
                               : nullptr;
}

std::vector<const CodeEntry*> RuleSet::find_codes(std::uint32_t code) const {
  std::vector<const CodeEntry*> out;
  for (const auto& [table, rows] : codes_) {
    if (const auto row = rows.find(code); row != rows.end()) {
      out.push_back(&row->second);
    }
  }
  if (!out.empty()) {
    return out;
  }
  const std::uint32_t low = code & 0xffff;
  const auto add = [&](std::string_view table, std::uint32_t other) {
    if (const CodeEntry* entry = this->code(table, other)) {
      out.push_back(entry);
    }
  };
  if (code >> 16 == 0x8007) {
    add("gateway", low);
    add("win32", low);
  } else if (code >> 28 == 0xd) {
    add("status", (code & 0x0fffffff) | 0xc0000000);
  } else if (code >> 16 == 1) {
    add("extended", low);
  }
  return out;
}

std::vector<const CodeEntry*> RuleSet::find_codes(std::string_view name) const {
  static constexpr std::string_view kPrefix = "ERRINFO_";
  const auto fits = [name](const CodeEntry& entry) {
    const std::string_view own = entry.name;
    return equals_ignore_case(own, name) ||
           (own.starts_with(kPrefix) &&
            equals_ignore_case(own.substr(kPrefix.size()), name));
  };
  std::vector<const CodeEntry*> out;
  for (const auto& [table, rows] : codes_) {
    for (const auto& [code, entry] : rows) {
      if (fits(entry)) {
        out.push_back(&entry);
      }
    }
  }
  for (const CodeEntry& entry : labels_) {
    if (fits(entry)) {
      out.push_back(&entry);
    }
  }
  return out;
}

std::map<std::string, std::size_t> RuleSet::code_counts() const {
  std::map<std::string, std::size_t> counts;
  for (const auto& [table, rows] : codes_) {
    counts[table] = rows.size();
  }
  for (const CodeEntry& entry : labels_) {
    ++counts[entry.table];
  }
  return counts;
}

std::string RuleSet::say(const Event& event) const {
  const auto found =
      events_.find({event.event_id, to_lower_ascii(event.provider)});
  if (found == events_.end()) {
    return {};
  }
  return fill_in(found->second.says, [&event](std::string_view name) {
    return elide(event.fields.text(name), 200);
  });
}

bool RuleSet::may_use(const Kind& kind) const {
  Event head;
  head.host = kind.host;
  head.channel = kind.channel;
  head.provider = kind.provider;
  head.event_id = kind.event_id;
  return matcher_->routed(head) > 0 || proofs_->routed(head) > 0 ||
         engine_uses(head.provider, head.event_id);
}

bool RuleSet::uses(const Event& event) const {
  if (engine_uses(event.provider, event.event_id)) {
    return true;
  }
  std::vector<std::size_t> found;
  matcher_->match(event, found);
  if (found.empty()) {
    proofs_->match(event, found);
  }
  return !found.empty();
}

}  // namespace deskfall
