#include "rules/lint.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "rules/display_text.h"
#include "rules/question.h"

namespace deskfall {

namespace {

/// Of the weight that could speak for a cause, one group holds at most this.
constexpr double kMostOfOneGroup = 0.8;
constexpr double kMostPriors = 0.9;

class Linter {
 public:
  explicit Linter(const RuleSet& rules) : rules_(rules) {}

  std::vector<Warning> run() {
    double priors = 0;
    for (const CauseRule& cause : rules_.causes()) {
      cause_ = &cause;
      check_cause(cause);
      check_weight(cause);
      check_reach(cause);
      check_tests(cause);
      check_words(cause);
      cause_ = nullptr;
      priors += cause.explains == Explains::kConnection ? cause.prior : 0;
    }
    if (priors > kMostPriors) {
      warn("prior-sum", rules_.causes().front().origin,
           "the priors leave less than a tenth for what no rule knows",
           "lower some of them");
    }
    check_pairs();
    check_signals();
    check_accepted();
    std::stable_sort(warnings_.begin(), warnings_.end(),
                     [](const Warning& a, const Warning& b) {
                       return std::tie(a.at.file, a.at.line, a.rule) <
                              std::tie(b.at.file, b.at.line, b.rule);
                     });
    return std::move(warnings_);
  }

 private:
  /// Of the cause that is looked at, unless it accepts that with a reason.
  void warn(std::string rule, const Origin& origin, std::string message,
            std::string hint = {}) {
    if (cause_ != nullptr && cause_->accepts.count(rule) != 0) {
      accepted_.insert({cause_->id, rule});
      return;
    }
    warnings_.push_back(
        {std::move(rule),
         {origin.file, origin.line, 1, std::move(message), std::move(hint)}});
  }

  void check_cause(const CauseRule& cause);
  void check_weight(const CauseRule& cause);
  void check_reach(const CauseRule& cause);
  void check_steps(const Item& item);
  [[nodiscard]] std::set<std::size_t> logs_of(const Item& item) const;
  void check_tests(const CauseRule& cause);
  void check_words(const CauseRule& cause);
  void check_pairs();
  void check_signals();
  void check_accepted();

  const RuleSet& rules_;
  std::vector<Warning> warnings_;
  const CauseRule* cause_ = nullptr;                        ///< being looked at
  std::set<std::pair<std::string, std::string>> accepted_;  ///< cause, rule
};

void Linter::check_cause(const CauseRule& cause) {
  const bool ladder =
      cause.fails_at != StageRange{Stage::kDns, Stage::kSession};
  const bool refuting =
      std::any_of(cause.items.begin(), cause.items.end(),
                  [](const Item& i) { return i.role == Role::kRefuting; });
  if (!refuting && !ladder) {
    warn("no-refutation", cause.origin,
         "nothing could speak against '" + cause.id + "'",
         "add a refuting item or a narrower fails_at");
  }
  if (cause.remedy.verify.empty()) {
    warn("no-verify", cause.origin,
         "the remedy does not say how to see that it worked",
         "add verify under remedy");
  }
  const std::set<std::string> near(cause.nearest.begin(), cause.nearest.end());
  for (const std::string& other : near) {
    const bool known =
        std::any_of(rules_.causes().begin(), rules_.causes().end(),
                    [&other](const CauseRule& c) { return c.id == other; });
    if (!known) {
      warn("unknown-neighbour", cause.origin,
           "nearest names '" + other + "', which is no cause");
    }
  }
}

void Linter::check_weight(const CauseRule& cause) {
  std::map<std::string, double> groups;
  double sum = 0;
  for (const Item& item : cause.items) {
    const double weight =
        std::max(0.0, std::log10(item.if_cause / item.otherwise));
    double& group = groups[item.group.empty() ? "item " + item.id : item.group];
    sum += std::max(weight - group, 0.0);
    group = std::max(group, weight);
  }
  for (const auto& [name, weight] : groups) {
    if (groups.size() > 1 && sum > 0 && weight > kMostOfOneGroup * sum) {
      warn("one-group", cause.origin,
           "'" + name + "' carries more than four fifths of the weight",
           "look for evidence of another kind");
    }
  }
}

std::set<std::size_t> Linter::logs_of(const Item& item) const {
  std::set<std::size_t> logs(item.logs.begin(), item.logs.end());
  for (const std::string& name : item.signals) {
    const auto index = rules_.find_signal(name);
    if (index && item.logs.empty()) {
      logs.insert(rules_.signals()[*index].log);
    }
  }
  return logs;
}

/// Windows that no log can be expected to fill, and silence that none proves.
void Linter::check_reach(const CauseRule& cause) {
  const auto beyond = [&](std::size_t log, Ticks from, const Origin& origin,
                          const std::string& what) {
    const LogRule& rule = rules_.logs()[log];
    if (rule.retains > 0 && -from > rule.retains) {
      warn("beyond-retention", origin,
           what + " looks further back than '" + rule.id + "' usually reaches",
           "absence there is hardly ever proven; shorten the window");
    }
  };
  for (const Item& item : cause.items) {
    const std::set<std::size_t> logs = logs_of(item);
    for (const std::size_t log : logs) {
      if (!item.between) {
        beyond(log, item.within.from, item.origin, "'" + item.id + "'");
      }
    }
    const bool made = std::any_of(
        item.signals.begin(), item.signals.end(), [this](const auto& name) {
          return !rules_.find_signal(name).has_value();
        });
    if (item.form == Form::kNone && made && item.logs.empty()) {
      warn("unproven-silence", item.origin,
           "'" + item.id + "' is about silence that no log of its own proves",
           "say which log would show it: needs: rdpcorets-operational");
    }
    check_steps(item);
  }
  for (const Need& need : cause.needs) {
    for (const auto& [log, side] : need.any_of) {
      beyond(log, need.span.from, cause.origin, "a need");
    }
  }
}

/// A step without a gap must stand in the window, behind all gaps before it.
void Linter::check_steps(const Item& item) {
  Ticks least = 0;
  for (const SequenceStep& step : item.steps) {
    if (step.gap && !step.optional) {
      least += step.gap->first;
    } else if (!step.gap && !item.within.since_start &&
               least > item.within.to - item.within.from) {
      warn("impossible-gaps", item.origin,
           "the gaps of '" + item.id + "' lead out of its window",
           "widen the window, or give the last step a gap");
      return;
    }
  }
}

void Linter::check_tests(const CauseRule& cause) {
  if (cause.tests.empty()) {
    warn("no-tests", cause.origin, "'" + cause.id + "' has no tests",
         "GUIDE.md shows three that every cause needs");
    return;
  }
  const bool drops = std::any_of(
      cause.tests.begin(), cause.tests.end(), [](const RuleTest& test) {
        return !test.drop_logs.empty() || !test.coverage.empty();
      });
  if (!drops) {
    warn("no-missing-log-test", cause.origin,
         "no test says what happens when a log is missing",
         "add one with drop_logs");
  }
  std::set<std::string> own;
  for (const Item& item : cause.items) {
    own.insert(item.signals.begin(), item.signals.end());
  }
  const bool about = std::any_of(
      cause.tests.begin(), cause.tests.end(), [&own](const RuleTest& test) {
        return std::any_of(
            test.rows.begin(), test.rows.end(), [&own](const TestRow& row) {
              return row.signal.empty() || own.count(row.signal) != 0;
            });
      });
  if (!about && !own.empty()) {
    warn("foreign-tests", cause.tests.front().origin,
         "no test has a record of any signal of '" + cause.id + "'");
  }
}

/// Placeholders that nothing fills.
void Linter::check_words(const CauseRule& cause) {
  static_cast<void>(fill_in(cause.explain, [&](std::string_view names) {
    while (!names.empty()) {
      const std::string_view one = names.substr(0, names.find('|'));
      names.remove_prefix(std::min(names.size(), one.size() + 1));
      const std::string_view name = one.substr(0, one.find('.'));
      const bool known =
          name == "server" || name == "client" || name == "flood" ||
          std::any_of(cause.items.begin(), cause.items.end(),
                      [&](const Item& item) {
                        return item.id == name ||
                               std::any_of(item.steps.begin(), item.steps.end(),
                                           [&](const SequenceStep& step) {
                                             return step.as == name;
                                           });
                      });
      if (!known) {
        warn("unbound-placeholder", cause.origin,
             "nothing fills <" + std::string(one) + ">");
      }
    }
    return std::string();
  }));
}

void Linter::check_pairs() {
  const std::vector<CauseRule>& causes = rules_.causes();
  for (std::size_t a = 0; a < causes.size(); ++a) {
    std::map<std::string, const Item*> asked;
    for (const Item& item : causes[a].items) {
      asked.emplace(question_of(item), &item);
    }
    for (std::size_t b = a + 1; b < causes.size(); ++b) {
      cause_ = &causes[b];
      std::set<std::string> common;
      for (const Item& item : causes[b].items) {
        const auto same = asked.find(question_of(item));
        if (same == asked.end()) {
          continue;
        }
        common.insert(same->first);
        const double rate = same->second->otherwise;
        if (std::abs(item.otherwise - rate) > 1e-9 &&
            item.role == same->second->role && item.role != Role::kRequired) {
          warn("rates-differ", item.origin,
               "'" + item.id + "' asks what '" + same->second->id + "' of '" +
                   causes[a].id + "' asks, with another otherwise",
               "how often something happens anyway is one number");
        }
      }
      if (common.size() == causes[a].items.size() &&
          common.size() == causes[b].items.size() &&
          causes[a].fails_at == causes[b].fails_at &&
          causes[a].explains == causes[b].explains) {
        warn("inseparable", causes[b].origin,
             "'" + causes[b].id + "' and '" + causes[a].id +
                 "' can never be told apart",
             "add a signal that one of them has");
      }
    }
  }
  cause_ = nullptr;
}

/// What a cause accepts has to be there.
void Linter::check_accepted() {
  for (const CauseRule& cause : rules_.causes()) {
    for (const auto& [rule, reason] : cause.accepts) {
      if (accepted_.count({cause.id, rule}) == 0) {
        warn("idle-exception", cause.origin,
             "'" + cause.id + "' accepts '" + rule + "', which nobody warns of",
             "take it out");
      }
    }
  }
}

void Linter::check_signals() {
  for (const SignalRule& signal : rules_.signals()) {
    const std::vector<std::string> fields = signal.selector->fields();
    const auto asks = [&fields](std::string_view name) {
      return std::find(fields.begin(), fields.end(), name) != fields.end();
    };
    const std::vector<std::uint32_t>& ids = signal.selector->event_ids();
    const bool service =
        std::find(ids.begin(), ids.end(), 7036U) != ids.end() && asks("param2");
    const bool rendered =
        std::any_of(fields.begin(), fields.end(), [](const std::string& field) {
          return is_display_text(Event(), field);
        });
    if (rendered || service) {
      warn("display-text", signal.origin,
           "'" + signal.id + "' matches text in the language of the host",
           service ? "7036 has the state at the end of its Binary"
                   : "match the id and the fields");
    }
  }
}

}  // namespace

std::vector<Warning> lint(const RuleSet& rules) {
  return Linter(rules).run();
}

std::vector<std::pair<std::string_view, std::string_view>> lint_rules() {
  return {
      {"error", "The rules cannot be loaded."},
      {"beyond-retention", "A window reaches further back than its log."},
      {"display-text", "A signal matches text that is translated."},
      {"foreign-tests", "No test has a record that the cause asks about."},
      {"idle-exception", "A cause accepts a warning that does not come."},
      {"impossible-gaps", "The steps of a sequence cannot follow each other."},
      {"inseparable", "Two causes ask the same of the same."},
      {"no-missing-log-test", "No test takes a log away."},
      {"no-refutation", "Nothing could speak against a cause."},
      {"no-tests", "A cause has no tests."},
      {"no-verify", "A remedy does not say how to see that it worked."},
      {"one-group", "One group carries nearly all the weight."},
      {"prior-sum", "The priors leave no room for the unknown."},
      {"rates-differ", "Two causes disagree about the noise of one item."},
      {"unbound-placeholder", "Nothing fills a placeholder."},
      {"unknown-neighbour", "A nearest cause does not exist."},
      {"unproven-silence", "No log could prove an absence."},
  };
}

}  // namespace deskfall
