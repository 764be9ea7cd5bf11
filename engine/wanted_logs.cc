#include "engine/wanted_logs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>

#include "rules/question.h"

namespace deskfall {

namespace {

/// 2^6 outcomes of a log are counted out.
constexpr std::size_t kMostQuestions = 6;

/// An unknown item that a log would answer, for those that ask it.
struct Question {
  std::map<std::size_t, double> if_cause;  ///< by index of the live cause
  double otherwise = 0;                    ///< the noisiest that anybody says
};

struct LogGain {
  std::map<std::string, Question> questions;  ///< by what they ask
  double blocks = 0;  ///< share of the causes that need the log
  std::string why;
};

using LogKey = std::tuple<std::size_t, HostId, Side>;

/// x log2(1/x).
double bits(double share) {
  return share > 0 ? -share * std::log2(share) : 0;
}

class Weigher {
 public:
  explicit Weigher(std::span<const RankedCause> causes) {
    std::vector<Weight> weights;
    for (const RankedCause& cause : causes) {
      if (cause.grade != Grade::kRuledOut) {
        live_.push_back(&cause);
        weights.push_back(cause.weight);
      }
    }
    shares_ = posteriors(weights);
  }

  std::vector<WantedLog> run();

 private:
  void ask(std::size_t cause);
  [[nodiscard]] double gain(const LogGain& log) const;

  std::vector<const RankedCause*> live_;
  std::vector<double> shares_;
  std::map<LogKey, LogGain> logs_;
};

/// Files the unknown items of a cause under the logs that would answer them.
void Weigher::ask(std::size_t cause) {
  const Judgement& judgement = live_[cause]->judgement;
  const auto group_of = [](const Finding& finding) {
    return finding.item->group.empty() ? "item " + finding.id
                                       : finding.item->group;
  };
  const auto swing = [](const Item& item) {
    return std::abs(weight_seen(item.if_cause, item.otherwise) -
                    weight_not_seen(item.if_cause, item.otherwise));
  };
  struct Group {
    Weight seen = 0;  ///< strongest that is present
    std::size_t members = 0;
  };
  std::map<std::string, Group> groups;
  for (const Finding& finding : judgement.findings) {
    if (finding.item != nullptr) {
      Group& group = groups[group_of(finding)];
      ++group.members;
      if (finding.value == Value::kPresent) {
        group.seen = std::max(group.seen, std::abs(finding.weight));
      }
    }
  }
  std::map<std::pair<LogKey, std::string>, const Finding*> strongest;
  for (const Finding& finding : judgement.findings) {
    if (finding.item == nullptr || finding.value != Value::kUnknown) {
      continue;
    }
    const Item& item = *finding.item;
    for (const MissingLog& log : finding.missing) {
      const LogKey key{log.log, log.host, log.side};
      LogGain& entry = logs_[key];
      entry.why = entry.why.empty() ? log.why : entry.why;
      if (std::abs(weight_seen(item.if_cause, item.otherwise)) <
          groups[group_of(finding)].seen) {
        continue;  // whatever it says, the group counts what was seen
      }
      const Finding*& best = strongest[{key, group_of(finding)}];
      if (best == nullptr || swing(item) > swing(*best->item)) {
        best = &finding;
      }
    }
  }
  for (const auto& [where, finding] : strongest) {
    const Item& item = *finding->item;
    Question& question = logs_[where.first].questions[question_of(item)];
    // Proven absent, what is required rules its cause out.
    const bool gate =
        item.role == Role::kRequired && groups[where.second].members == 1;
    question.if_cause[cause] = gate ? 1 : item.if_cause;
    question.otherwise = std::max(question.otherwise, item.otherwise);
  }
}

double Weigher::gain(const LogGain& log) const {
  std::vector<const Question*> questions;
  std::vector<std::size_t> askers;
  for (const auto& [text, question] : log.questions) {
    questions.push_back(&question);
    for (const auto& [cause, chance] : question.if_cause) {
      askers.push_back(cause);
    }
  }
  std::sort(askers.begin(), askers.end());
  askers.erase(std::unique(askers.begin(), askers.end()), askers.end());
  // All who ask nothing move together, so that one share stands for them.
  double rest = 1;
  double now = 0;
  for (const std::size_t cause : askers) {
    rest -= shares_[cause];
    now += bits(shares_[cause]);
  }
  rest = std::max(rest, 0.0);
  now += bits(rest);
  const std::size_t count = questions.size();
  const bool extremes = count > kMostQuestions;
  const std::size_t outcomes = extremes ? 2 : std::size_t{1} << count;
  double expected = 0;
  double total = 0;
  std::vector<double> joint(askers.size() + 1);
  for (std::size_t outcome = 0; outcome < outcomes; ++outcome) {
    double chance = 0;
    for (std::size_t i = 0; i <= askers.size(); ++i) {
      double share = i < askers.size() ? shares_[askers[i]] : rest;
      for (std::size_t q = 0; q < count; ++q) {
        const bool seen = extremes ? outcome == 1 : ((outcome >> q) & 1) != 0;
        double p = questions[q]->otherwise;
        if (i < askers.size()) {
          const auto own = questions[q]->if_cause.find(askers[i]);
          p = own == questions[q]->if_cause.end() ? p : own->second;
        }
        share *= seen ? p : 1 - p;
      }
      joint[i] = share;
      chance += share;
    }
    total += chance;
    for (const double share : joint) {
      expected += chance > 0 ? chance * bits(share / chance) : 0;
    }
  }
  return total > 0 ? std::max(now - expected / total, 0.0) : 0;
}

std::vector<WantedLog> Weigher::run() {
  for (std::size_t i = 0; i < live_.size(); ++i) {
    ask(i);
    for (const MissingLog& log : live_[i]->judgement.missing) {
      LogGain& entry = logs_[{log.log, log.host, log.side}];
      entry.why = entry.why.empty() ? log.why : entry.why;
      entry.blocks += shares_[i];
    }
  }
  struct Row {
    WantedLog log;
    std::int64_t blocks = 0;  ///< millionths
  };
  std::vector<Row> rows;
  for (const auto& [key, log] : logs_) {
    Row row;
    std::tie(row.log.log, row.log.host, row.log.side) = key;
    row.log.why = log.why;
    // Whole numbers, so that no library's last digit decides an order.
    row.log.gain = std::llround(1000 * gain(log));
    row.blocks = std::llround(1'000'000 * log.blocks);
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.log.gain, a.blocks) > std::tie(b.log.gain, b.blocks);
  });
  std::vector<WantedLog> out;
  out.reserve(rows.size());
  for (Row& row : rows) {
    out.push_back(std::move(row.log));
  }
  return out;
}

}  // namespace

std::vector<WantedLog> wanted_logs(std::span<const RankedCause> causes) {
  return Weigher(causes).run();
}

}  // namespace deskfall
