// RuleSet: the whole knowledge, loaded, resolved and ready to be asked.
//
//   DF_TRY(RuleSet rules, RuleSet::load({}));           // the built-in pack
//   DF_TRY(RuleSet rules, RuleSet::load({"my-rules"}));  // plus a folder
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/kind.h"
#include "ingest/result.h"
#include "rules/matcher.h"
#include "rules/rule.h"

namespace deskfall {

/// A rule file as text: built in, or read from a folder.
struct RuleFile {
  std::string name;
  std::string text;
};

class RuleSet {
 public:
  /// The built-in pack and every .yaml below the folders, in name order; a
  /// later definition of an id replaces an earlier one. On failure the error
  /// lists every problem of every file.
  [[nodiscard]] static Result<RuleSet> load(
      std::span<const std::string> folders);

  /// The files that load() reads.
  [[nodiscard]] static Result<std::vector<RuleFile>> files(
      std::span<const std::string> folders);

  /// From texts; problems one by one, for tools. Nothing when there are any.
  [[nodiscard]] static std::optional<RuleSet> from_files(
      std::span<const RuleFile> files, std::vector<Diagnostic>& problems);

  /// From texts alone, for tests.
  [[nodiscard]] static Result<RuleSet> from_files(
      std::span<const RuleFile> files);

  [[nodiscard]] const PackInfo& pack() const { return pack_; }
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  [[nodiscard]] const std::vector<LogRule>& logs() const { return logs_; }
  [[nodiscard]] const std::vector<SignalRule>& signals() const {
    return signals_;
  }
  [[nodiscard]] const std::vector<CauseRule>& causes() const { return causes_; }
  [[nodiscard]] const std::vector<StateRule>& states() const { return states_; }
  [[nodiscard]] const std::vector<AnchorRule>& anchors() const {
    return anchors_;
  }

  [[nodiscard]] std::optional<std::size_t> find_log(std::string_view id) const;
  [[nodiscard]] std::optional<std::size_t> find_signal(
      std::string_view id) const;
  [[nodiscard]] std::optional<std::size_t> find_state(
      std::string_view id) const;
  [[nodiscard]] std::optional<std::size_t> find_anchor(
      std::string_view id) const;
  /// A signal, an anchor, or one of those the engine makes itself.
  [[nodiscard]] bool is_signal(std::string_view id) const;

  /// A rung by its own name or by one that a ladder gives it.
  [[nodiscard]] std::optional<Stage> stage(std::string_view name) const;
  [[nodiscard]] std::optional<StageRange> stage_range(
      std::string_view text) const;

  /// The signals that an event is, by index, sorted, into `signals`. A signal
  /// is a record of its log; one that lost its channel may be any log's.
  void match(const Event& event, std::vector<std::size_t>& signals) const;

  /// How many signals are asked about an event: those of its channel, provider
  /// and id.
  [[nodiscard]] std::size_t routed(const Event& event) const;

  /// The row of a table, if the code is known. "disconnect" includes the
  /// gateway range and "extended" the protocol errors, as the dialog does.
  [[nodiscard]] const CodeEntry* code(std::string_view table,
                                      std::uint32_t code) const;

  /// Every row of every table with this number, or one of its other spellings
  /// (0x8007xxxx wraps Win32, 0xDxxxxxxx an NTSTATUS, FreeRDP's class 1 an
  /// ERRINFO); by table name.
  [[nodiscard]] std::vector<const CodeEntry*> find_codes(
      std::uint32_t code) const;

  /// Every row with this name; case and an ERRINFO_ prefix do not matter.
  [[nodiscard]] std::vector<const CodeEntry*> find_codes(
      std::string_view name) const;

  /// Rows per table, for tests and lists; labels without numbers count too.
  [[nodiscard]] std::map<std::string, std::size_t> code_counts() const;

  [[nodiscard]] const std::map<std::pair<std::uint32_t, std::string>,
                               EventEntry>&
  events() const {
    return events_;
  }

  /// Our words for an event, with its fields filled in; empty if unknown.
  [[nodiscard]] std::string say(const Event& event) const;

  /// False when no event of this kind can be of use to a signal, the attempt
  /// stitcher or coverage, whatever its fields hold.
  [[nodiscard]] bool may_use(const Kind& kind) const;

  /// True when one of them can use this event.
  [[nodiscard]] bool uses(const Event& event) const;

 private:
  friend class RuleLoader;
  friend class KindReader;

  PackInfo pack_;
  std::string sha256_;
  std::vector<LogRule> logs_;
  std::vector<SignalRule> signals_;
  std::vector<CauseRule> causes_;
  std::vector<StateRule> states_;
  std::vector<AnchorRule> anchors_;
  std::map<std::string, Stage, std::less<>> stage_names_;
  std::map<std::string, std::map<std::uint32_t, CodeEntry>, std::less<>> codes_;
  std::vector<CodeEntry> labels_;  ///< rows of code tables without a number
  std::map<std::pair<std::uint32_t, std::string>, EventEntry> events_;
  std::optional<Matcher> matcher_;
  std::optional<Matcher> proofs_;  ///< what proves that logs were written
};

/// Replaces <name> in a template through `lookup`; unknown names are dropped.
template <typename Lookup>
[[nodiscard]] std::string fill_in(std::string_view text, Lookup lookup) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('<');
    out += text.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const std::size_t close = text.find('>', open);
    if (close == std::string_view::npos) {
      out += text.substr(open);
      break;
    }
    out += lookup(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace deskfall
