#include "engine/clocks.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace deskfall {

namespace {

const Instant kStart = *parse_iso8601("2026-03-02T08:00:00Z");

void check_agreed(const std::vector<Bound>& bounds, Ticks low, Ticks high,
                  std::int64_t agreeing) {
  const auto agreed = most_agreed(bounds);
  REQUIRE(agreed.has_value());
  CHECK(agreed->bound.low == low);
  CHECK(agreed->bound.high == high);
  CHECK(agreed->agreeing == agreeing);
}

}  // namespace

TEST_CASE("The span that most bounds share is taken") {
  check_agreed({{8, 12}, {11, 13}, {10, 12}}, 11, 12, 3);   // Marzullo's own
  check_agreed({{0, 100}, {40, 60}, {45, 50}}, 45, 50, 3);  // nested
  check_agreed({{5, 5}}, 5, 5, 1);
}

TEST_CASE("An outlier is dropped") {
  check_agreed({{10, 20}, {12, 18}, {500, 600}}, 12, 18, 2);
}

TEST_CASE("Bounds that touch agree in one point") {
  check_agreed({{0, 10}, {10, 20}}, 10, 10, 2);
  check_agreed({{-20, -10}, {-10, 5}}, -10, -10, 2);
}

TEST_CASE("Among equals the one nearest to zero is taken") {
  check_agreed({{-100, -90}, {40, 50}}, 40, 50, 1);
  check_agreed({{-30, -20}, {40, 50}}, -30, -20, 1);
  check_agreed({{-5, 5}, {40, 50}}, -5, 5, 1);
}

TEST_CASE("No bound, no agreement") {
  CHECK_FALSE(most_agreed({}).has_value());
}

TEST_CASE("The order of bounds does not matter") {
  std::vector<Bound> bounds = {{0, 10}, {5, 15}, {30, 40}, {7, 9}};
  const auto forward = most_agreed(bounds);
  std::reverse(bounds.begin(), bounds.end());
  const auto backward = most_agreed(bounds);
  CHECK(forward->bound.low == backward->bound.low);
  CHECK(forward->bound.high == backward->bound.high);
  check_agreed(bounds, 7, 9, 3);
}

TEST_CASE("An offset read the other way round has the other sign") {
  Clocks clocks;
  clocks.measure(0, 1,
                 {{kStart, kStart, {10, 30}}, {kStart, kStart, {10, 30}}});
  CHECK(clocks.between(0, 1, kStart).low == 10);
  CHECK(clocks.between(1, 0, kStart).low == -30);
  CHECK(clocks.between(1, 0, kStart).high == -10);
  CHECK_FALSE(clocks.between(0, 1, kStart).assumed);
  CHECK(clocks.between(0, 0, kStart).high == 0);
}

TEST_CASE("Unknown clocks are within five minutes, and that is assumed") {
  const Offset offset = Clocks().between(0, 1, kStart);
  CHECK(offset.low == -5 * kTicksPerMinute);
  CHECK(offset.high == 5 * kTicksPerMinute);
  CHECK(offset.assumed);
}

TEST_CASE("What the user told about a clock wins") {
  Clocks clocks({{1, 60 * kTicksPerSecond}});
  clocks.measure(0, 1,
                 {{kStart, kStart, {10, 30}}, {kStart, kStart, {10, 30}}});
  const Offset offset = clocks.between(0, 1, kStart);
  CHECK(offset.low <= 60 * kTicksPerSecond);
  CHECK(offset.high >= 60 * kTicksPerSecond);
  CHECK(offset.low > 50 * kTicksPerSecond);
}

}  // namespace deskfall
