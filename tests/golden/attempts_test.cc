// Every story gives the attempts and the clocks that were written for it, and
// neither the order, the form nor the names of the files change them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "ingest/text.h"
#include "tests/support/story_run.h"

namespace deskfall {
namespace {

using fixtures::ExpectedAttempt;
using fixtures::ExpectedClock;
using fixtures::Story;
using testing::run_story;
using testing::story_names;
using testing::story_of;

bool same_host(const std::string& wanted, const std::string& found) {
  if (wanted == "none") {
    return found.empty();
  }
  return wanted.empty() ||
         equals_ignore_case(wanted, found.substr(0, found.find('.')));
}

bool same(const std::string& wanted, const std::string& found) {
  return wanted.empty() || (wanted == "none" ? found.empty() : wanted == found);
}

bool fits(const ExpectedAttempt& wanted, const Report::Attempt& found) {
  const bool in_time =
      !wanted.at ||
      (found.began && std::abs(*wanted.at - *found.began) <= wanted.within);
  return in_time && same_host(wanted.client, found.client.host) &&
         (wanted.server != "none"
              ? same_host(wanted.server, found.server.host)
              : std::none_of(
                    found.steps.begin(), found.steps.end(),
                    [](const auto& step) { return step.side == "server"; })) &&
         same(wanted.address, found.client.address) &&
         (wanted.stage.empty() || wanted.stage == found.stage) &&
         same(wanted.outcome, found.outcome) &&
         same(wanted.close, found.close) &&
         same(wanted.closed_by, found.closed_by) &&
         same(wanted.join, found.join) &&
         same_host(wanted.through, found.through) &&
         same(wanted.reason, found.reason) &&
         std::all_of(wanted.codes.begin(), wanted.codes.end(),
                     [&](const std::string& code) {
                       return std::find(found.codes.begin(), found.codes.end(),
                                        code) != found.codes.end();
                     });
}

std::string list_of(const Report& report) {
  std::string out;
  for (const Report::Attempt& a : report.attempts) {
    out += a.id + " | " + (a.began ? format_utc(*a.began) : "-") + " | " +
           a.client.host + " " + a.client.address + " -> " + a.server.host +
           " | " + a.stage + " | " + a.outcome + " | " + a.close + " by " +
           a.closed_by + " | " + a.join + " | " + a.through + " | " + a.reason +
           " |";
    for (const std::string& code : a.codes) {
      out += " " + code;
    }
    out += "\n";
  }
  for (const Report::Clock& clock : report.clocks) {
    out += clock.sentence + "\n";
  }
  return out;
}

void check_clock(const Report& report, const ExpectedClock& wanted) {
  CAPTURE(wanted.host, wanted.other);
  bool found = false;
  for (const Report::Clock& clock : report.clocks) {
    const bool forward = same_host(wanted.host, clock.host) &&
                         same_host(wanted.other, clock.relative_to);
    const bool backward = same_host(wanted.other, clock.host) &&
                          same_host(wanted.host, clock.relative_to);
    if (!forward && !backward) {
      continue;
    }
    if (!wanted.tied) {
      CHECK(clock.pairs == 0);
      CHECK(clock.sentence.find("nothing ties") != std::string::npos);
      found = true;
      continue;
    }
    const Ticks low = forward ? clock.offset_low : -clock.offset_high;
    const Ticks high = forward ? clock.offset_high : -clock.offset_low;
    // A host whose clock was set has a row before and after.
    found = found || (clock.pairs > 0 && low <= wanted.truth &&
                      wanted.truth <= high && high - low <= 2 * wanted.within);
  }
  CHECK(found);
}

TEST_CASE("every story gives the attempts and clocks written for it") {
  for (const std::string& name : story_names()) {
    const Story story = story_of(name);
    if (story.expected.connections.empty() && story.expected.clocks.empty()) {
      continue;
    }
    DYNAMIC_SECTION(name) {
      const Report report = run_story(story);
      CAPTURE(list_of(report));
      std::set<std::string> taken;
      for (const ExpectedAttempt& wanted : story.expected.connections) {
        const auto found = std::find_if(
            report.attempts.begin(), report.attempts.end(),
            [&](const Report::Attempt& attempt) {
              return taken.count(attempt.id) == 0 && fits(wanted, attempt);
            });
        CAPTURE(wanted.line);
        CHECK(found != report.attempts.end());
        if (found != report.attempts.end()) {
          taken.insert(found->id);
        }
      }
      for (const ExpectedClock& wanted : story.expected.clocks) {
        check_clock(report, wanted);
      }
      if (story.expected.unknown) {
        CHECK(std::count_if(report.attempts.begin(), report.attempts.end(),
                            [](const Report::Attempt& attempt) {
                              return attempt.outcome == "unknown";
                            }) == *story.expected.unknown);
      }
    }
  }
}

TEST_CASE("twin exports and renamed files change no attempt") {
  for (const std::string& name : story_names()) {
    CAPTURE(name);
    const Story story = story_of(name);
    const std::string whole = list_of(run_story(story));
    fixtures::BuildOptions twins;
    twins.twins = true;
    CHECK(list_of(run_story(story, twins)) == whole);
    fixtures::BuildOptions renamed;
    renamed.rename = true;
    CHECK(list_of(run_story(story, renamed)) == whole);
  }
}

}  // namespace
}  // namespace deskfall
