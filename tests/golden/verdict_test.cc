// Every story gives its hand-written verdict, and no change of the bundle that
// takes evidence away makes the program more certain of something else.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>

#include "ingest/text.h"
#include "report/render.h"
#include "rules/stage.h"
#include "tests/support/story_run.h"

namespace deskfall {
namespace {

using fixtures::Expected;
using fixtures::ExpectedFailure;
using fixtures::Story;
using testing::run_story;
using testing::story_names;
using testing::story_of;

bool same_host(const std::string& wanted, const std::string& found) {
  return wanted.empty() ||
         equals_ignore_case(wanted, found.substr(0, found.find('.')));
}

bool is_flood(const Report::Failure& failure) {
  return !failure.causes.empty() &&
         failure.causes.front().id == "scanner-or-brute-force-load";
}

/// The reported failure nearest to what the story expects.
const Report::Failure* find_failure(const Report& report,
                                    const ExpectedFailure& wanted,
                                    const std::set<std::string>& taken) {
  const Report::Failure* best = nullptr;
  Ticks nearest = 0;
  for (const Report::Failure& failure : report.failures) {
    const bool fits = taken.count(failure.id) == 0 &&
                      same_host(wanted.client, failure.client.host) &&
                      same_host(wanted.server, failure.server.host) &&
                      (!wanted.error || wanted.error == failure.error) &&
                      (!wanted.when || failure.when);
    if (!fits) {
      continue;
    }
    const Ticks distance =
        wanted.when ? std::abs(*wanted.when - *failure.when) : 0;
    if (distance <= wanted.within && (best == nullptr || distance < nearest)) {
      best = &failure;
      nearest = distance;
    }
  }
  return best;
}

std::string grade_of(const Report::Failure& failure, const std::string& id) {
  for (const Report::Cause& cause : failure.causes) {
    if (cause.id == id) {
      return cause.grade;
    }
  }
  return "not in the rules";
}

void check_failure(const Report::Failure& found,
                   const ExpectedFailure& wanted) {
  if (wanted.verdict != "any") {
    CHECK(found.verdict == wanted.verdict);
  }
  if (wanted.extended) {
    CHECK(found.extended == wanted.extended);
  }
  REQUIRE_FALSE(found.causes.empty());
  if (!wanted.cause.empty()) {
    CHECK(found.causes.front().id == wanted.cause);
    if (!wanted.grade.empty()) {
      CHECK(found.causes.front().grade == wanted.grade);
    }
  }
  if (!wanted.stage.empty()) {
    // The story knows where it fell; the program may only know a span.
    CAPTURE(found.stage, wanted.stage);
    const auto span = parse_stage_range(found.stage);
    const auto exact = parse_stage(wanted.stage);
    REQUIRE((span && exact));
    CHECK((span->first <= *exact && *exact <= span->last));
  }
  for (const std::string& id : wanted.among) {
    CAPTURE(id);
    CHECK(grade_of(found, id) != "ruled out");
  }
  for (const std::string& id : wanted.not_causes) {
    CAPTURE(id);
    const std::string& grade = found.causes.front().grade;
    const bool named = found.causes.front().id == id &&
                       (grade == "established" || grade == "likely");
    CHECK_FALSE(named);
  }
  for (const std::string& id : wanted.ruled_out) {
    CAPTURE(id);
    CHECK(grade_of(found, id) == "ruled out");
  }
  for (const std::string& log : wanted.missing_logs) {
    CAPTURE(log);
    CHECK(std::any_of(found.missing.begin(), found.missing.end(),
                      [&](const auto& m) {
                        return m.log == log || m.log.starts_with(log + "-");
                      }));
  }
}

void check_counts(const Report& report, const Expected& expected) {
  std::map<std::string, int> counts;
  for (const Report::Attempt& attempt : report.attempts) {
    ++counts[attempt.outcome];
  }
  const auto check = [&counts](const std::optional<int>& wanted,
                               const std::string& outcome) {
    CAPTURE(outcome);
    if (wanted) {
      CHECK(counts[outcome] == *wanted);
    }
  };
  check(expected.success, "success");
  check(expected.failed, "failed");
  check(expected.probe, "probe");
  check(expected.scan, "scan");
  check(expected.ended, "ended");
}

/// A cause that is the mechanism of a deeper one stays true when the record of
/// the deeper one is taken away: a dropped tunnel, a closed lid or a reset
/// adapter shows as lost packets, a broken wrapper as a service that died.
bool is_mechanism_of(const std::string& cause, const std::string& deeper) {
  static const std::set<std::string> kSilence = {
      "vpn-drop", "client-or-server-sleep", "virtual-switch-or-nic-fault",
      "mtu-black-hole"};
  return (cause == "packet-loss" && kSilence.count(deeper) > 0) ||
         (cause == "termservice-crash" && deeper == "patched-termsrv");
}

/// Mutations of all stories take minutes; a third of them, chosen by name and
/// therefore always the same ones, runs every time. All of them run when the
/// environment has DESKFALL_ALL_MUTATIONS.
bool is_sampled(const std::string& name, std::size_t mutation) {
  if (std::getenv("DESKFALL_ALL_MUTATIONS") != nullptr) {
    return true;
  }
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return (hash + mutation) % 3 == 0;
}

bool named_anywhere(const Report& report, const std::string& cause) {
  return std::any_of(report.failures.begin(), report.failures.end(),
                     [&](const Report::Failure& failure) {
                       if (failure.causes.empty()) {
                         return false;
                       }
                       const std::string& top = failure.causes.front().id;
                       return top == cause || is_mechanism_of(cause, top);
                     });
}

int certainty(const std::string& grade) {
  return grade == "established" ? 3 : grade == "likely" ? 2 : 1;
}

/// What a reader takes away: failures without the places of their records.
std::string essence(const Report& report) {
  std::string out;
  for (const Report::Failure& failure : report.failures) {
    out += failure.id + " " + failure.attempt + " " + failure.stage + " " +
           failure.verdict + " " + failure.incident + " " + failure.headline;
    for (const Report::Cause& cause : failure.causes) {
      out += "\n  " + cause.id + " " + cause.grade + " " +
             std::to_string(cause.weight) + " " + cause.sentence;
    }
    out += "\n";
  }
  for (const Report::Attempt& attempt : report.attempts) {
    out += attempt.id + " " + attempt.stage + " " + attempt.outcome + " " +
           attempt.close + "\n";
  }
  return out;
}

TEST_CASE("every story gives the verdict that was written for it") {
  for (const std::string& name : story_names()) {
    DYNAMIC_SECTION(name) {
      const Story story = story_of(name);
      const Report report = run_story(story);
      CAPTURE(render_text(report, {}));
      std::set<std::string> taken;
      for (const ExpectedFailure& wanted : story.expected.failures) {
        CAPTURE(wanted.client, wanted.server, wanted.cause);
        const Report::Failure* found = find_failure(report, wanted, taken);
        REQUIRE(found != nullptr);
        taken.insert(found->id);
        check_failure(*found, wanted);
      }
      // A failure that nobody wrote down is an invention; a flood is one
      // entry that is named as what it is.
      const auto floods = std::count_if(report.failures.begin(),
                                        report.failures.end(), is_flood);
      CHECK(report.failures.size() ==
            story.expected.failures.size() + static_cast<std::size_t>(floods));
      CHECK((floods > 0) == (story.expected.scan.value_or(0) > 0));
      check_counts(report, story.expected);
      CHECK(report.summary.complete == (story.expected.exit_status == 0));
    }
  }
}

TEST_CASE("a story with one file removed is never surer of another cause") {
  for (const std::string& name : story_names()) {
    const Story story = story_of(name);
    const Report whole = run_story(story);
    for (std::size_t i = 0; i < story.collect.size(); ++i) {
      if (!is_sampled(name, i)) {
        continue;
      }
      fixtures::BuildOptions options;
      options.drop_files = {i};
      const Report less = run_story(story, options);
      for (const Report::Failure& failure : less.failures) {
        CAPTURE(name, story.collect[i].path, story.collect[i].host,
                story.collect[i].log, failure.headline);
        if (is_flood(failure) || failure.causes.empty()) {
          continue;
        }
        // The same failure in the whole bundle: nearest in time there.
        const Report::Failure* before = nullptr;
        for (const Report::Failure& other : whole.failures) {
          if (other.when && failure.when &&
              std::abs(*other.when - *failure.when) <= 5 * kTicksPerSecond &&
              (before == nullptr || other.client.host == failure.client.host)) {
            before = &other;
          }
        }
        if (before == nullptr) {
          // Without its client a failure is told by the server's clock.
          const bool same = named_anywhere(whole, failure.causes.front().id);
          CHECK((failure.verdict != "explained" || same));
          continue;
        }
        const Report::Cause& now = failure.causes.front();
        const Report::Cause& then = before->causes.front();
        if (now.id != then.id && failure.verdict == "explained") {
          CAPTURE(now.id, then.id);
          CHECK(certainty(now.grade) <= certainty(then.grade));
          CHECK((before->verdict == "ambiguous" ||
                 is_mechanism_of(now.id, then.id)));
        }
      }
    }
  }
}

TEST_CASE("the order of sources and a second copy of each change nothing") {
  for (const std::string& name : story_names()) {
    if (!is_sampled(name, 0)) {
      continue;
    }
    CAPTURE(name);
    const Story story = story_of(name);
    const std::string whole = essence(run_story(story));
    fixtures::BuildOptions reversed;
    reversed.order = fixtures::FileOrder::kReversed;
    CHECK(essence(run_story(story, reversed)) == whole);
    fixtures::BuildOptions twice;
    for (std::size_t i = 0; i < story.collect.size(); ++i) {
      twice.duplicate_files.insert(i);
    }
    CHECK(essence(run_story(story, twice)) == whole);
  }
}

TEST_CASE("the same bundle gives the same bytes in every format") {
  const Story story = story_of("demo");
  const Report first = run_story(story);
  const Report second = run_story(story);
  for (const RenderFormat format :
       {RenderFormat::kText, RenderFormat::kJson, RenderFormat::kHtml,
        RenderFormat::kMarkdown}) {
    CHECK(render(first, format, {}) == render(second, format, {}));
  }
}

}  // namespace
}  // namespace deskfall
