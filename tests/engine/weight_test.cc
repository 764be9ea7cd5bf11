#include "engine/weight.h"

#include <catch2/catch.hpp>
#include <numeric>

namespace deskfall {

TEST_CASE("A weight is a thousand times the logarithm of the odds") {
  // 90 : 1 = 10^1.954243, 10 : 1 = 10^1, 1 : 10 = 10^-1.
  CHECK(weight_seen(0.9, 0.01) == 1954);
  CHECK(weight_seen(0.5, 0.05) == 1000);
  CHECK(weight_seen(0.05, 0.5) == -1000);
  CHECK(weight_seen(0.5, 0.5) == 0);
  // 85 : 1 is 19.3 decibans, 60 : 4 is 11.8.
  CHECK(weight_seen(0.85, 0.01) == 1929);
  CHECK(weight_seen(0.60, 0.04) == 1176);
}

TEST_CASE("Not seeing weighs what is left of both chances") {
  // 0.1 / 0.99 = 10^-0.995635, 0.98 / 0.55 = 10^0.250863.
  CHECK(weight_not_seen(0.9, 0.01) == -996);
  CHECK(weight_not_seen(0.02, 0.45) == 251);
}

TEST_CASE("A prior weighs against something else") {
  // 12 against 70: 10^-0.765917.
  CHECK(weight_prior(0.12, 0.70) == -766);
  CHECK(weight_prior(0.1, 0.1) == 0);
}

TEST_CASE("Shares follow the odds and sum to one") {
  const std::vector<Weight> weights = {1000, 0, -1000};
  const auto shares = posteriors(weights);
  REQUIRE(shares.size() == 4);  // the last is "something else"
  // 10 + 1 + 0.1 + 1 = 12.1
  CHECK(shares[0] == Approx(10 / 12.1));
  CHECK(shares[1] == Approx(1 / 12.1));
  CHECK(shares[2] == Approx(0.1 / 12.1));
  CHECK(shares[3] == Approx(1 / 12.1));
  CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == Approx(1));
}

TEST_CASE("More weight is never a smaller share") {
  double before = 0;
  for (Weight weight = -3500; weight <= 3500; weight += 7) {
    const std::vector<Weight> weights = {weight, 250};
    const double share = posteriors(weights)[0];
    CHECK(share >= before);
    before = share;
  }
  CHECK(before > 0.99);
}

TEST_CASE("Extreme weights give shares, not infinities") {
  const std::vector<Weight> far = {1'000'000'000, -1'000'000'000};
  const auto shares = posteriors(far);
  CHECK(shares[0] == 1);
  CHECK(shares[1] == 0);
  CHECK(shares[2] == 0);
  CHECK(posteriors({}).at(0) == 1);
  const std::vector<Weight> low = {-40'000};
  CHECK(posteriors(low)[1] == 1);
}

}  // namespace deskfall
