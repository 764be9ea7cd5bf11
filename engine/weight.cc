#include "engine/weight.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace deskfall {

namespace {

/// 10^(1/1000), to the last digit a double holds.
constexpr double kStep = 1.0023052380778996;

/// 10^(i/1000) for i in 0..999. Plain multiplication is exact to the same bits
/// on every machine that has IEEE doubles; std::pow is not.
constexpr std::array<double, 1000> make_table() {
  std::array<double, 1000> table{};
  double value = 1;
  for (double& entry : table) {
    entry = value;
    value *= kStep;
  }
  return table;
}
constexpr std::array<double, 1000> kTable = make_table();

/// 10^(weight/1000) for weight <= 0; 0 below 10^-30.
double power(Weight weight) {
  if (weight < -30'000) {
    return 0;
  }
  const Weight whole = (-weight + 999) / 1000;
  double value = kTable[static_cast<std::size_t>(weight + whole * 1000)];
  for (Weight i = 0; i < whole; ++i) {
    value /= 10;
  }
  return value;
}

Weight logarithm(double ratio) {
  return static_cast<Weight>(std::llround(1000 * std::log10(ratio)));
}

}  // namespace

Weight weight_seen(double if_cause, double otherwise) {
  return logarithm(if_cause / otherwise);
}

Weight weight_not_seen(double if_cause, double otherwise) {
  return logarithm((1 - if_cause) / (1 - otherwise));
}

Weight weight_prior(double prior, double unknown) {
  return logarithm(prior / unknown);
}

std::vector<double> posteriors(std::span<const Weight> weights) {
  Weight most = 0;
  for (const Weight weight : weights) {
    most = std::max(most, weight);
  }
  std::vector<double> shares;
  double sum = 0;
  for (const Weight weight : weights) {
    shares.push_back(power(weight - most));
    sum += shares.back();
  }
  shares.push_back(power(-most));
  sum += shares.back();
  for (double& share : shares) {
    share /= sum;
  }
  return shares;
}

}  // namespace deskfall
