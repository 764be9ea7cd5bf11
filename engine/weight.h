// Weight: probabilities a person can argue about, as whole numbers.
//
// A weight is a logarithm of odds in hundredths of a deciban, 1000 * log10 of
// the likelihood ratio. Whole numbers add without rounding, so that no library
// can change a digit of a report.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace deskfall {

using Weight = std::int64_t;

/// Of an item that was seen: how much likelier with the cause than without.
[[nodiscard]] Weight weight_seen(double if_cause, double otherwise);
/// Of an item that was provably not there.
[[nodiscard]] Weight weight_not_seen(double if_cause, double otherwise);
/// Prior odds of a cause against "something else".
[[nodiscard]] Weight weight_prior(double prior, double unknown);

/// Shares of the whole for each weight and, last, for "unknown" (weight 0).
/// Sums to 1; computed from a table that is the same everywhere.
[[nodiscard]] std::vector<double> posteriors(std::span<const Weight> weights);

/// The share shown to people and machines is never more than this.
inline constexpr double kMostPosterior = 0.99;

}  // namespace deskfall
