// A busy server in small: every join that the bench counts is right.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/stitch.h"
#include "tests/bench/busy_server.h"

namespace deskfall {

TEST_CASE("On a busy server every try finds its connection") {
  bench::BusyOptions options;
  options.attempts = 1200;
  options.events = 30'000;
  options.clients = 40;
  options.servers = 4;
  const CaseData data = bench::make_busy_case(options);
  const auto rules = RuleSet::load({});
  REQUIRE(rules);
  Clocks clocks;
  const auto attempts = stitch(data, *rules, clocks);
  // A third each: sessions, failed handshakes, guesses without a client.
  CHECK(attempts.size() == 1200);
  const auto joined = [&](Join join) {
    return std::count_if(
        attempts.begin(), attempts.end(),
        [join](const Attempt& attempt) { return attempt.join == join; });
  };
  CHECK(joined(Join::kExact) == 400);
  CHECK(joined(Join::kAddress) == 400);
  CHECK(joined(Join::kNone) == 400);
  for (const Attempt& attempt : attempts) {
    if (attempt.join == Join::kAddress) {
      // The true distance of both accepts is 40 ms and the clock.
      CHECK(attempt.error == 2308U);
      CHECK(attempt.close == Close::kReset);
      CHECK(attempt.client.events.size() == 3);
    }
  }
}

}  // namespace deskfall
