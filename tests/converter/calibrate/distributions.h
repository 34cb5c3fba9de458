// Values whose distribution is known: quantiles at evenly spaced fractions, so that nothing is left to chance, in an
// order that mixes them.

#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace qrun::test {

// Of the standard normal distribution, by bisection.
inline double normal_quantile(double fraction) {
  double low = -10, high = 10;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < fraction ? low : high) = middle;
  }
  return low;
}

template <class Quantile>
std::vector<float> distributed(std::size_t count, Quantile quantile) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t mixed = i * 7919 % count;  // a prime that divides no count used
    values.push_back(static_cast<float>(quantile((static_cast<double>(mixed) + 0.5) / static_cast<double>(count))));
  }
  return values;
}

inline std::vector<float> normal(std::size_t count) { return distributed(count, normal_quantile); }

inline std::vector<float> uniform(std::size_t count, double min, double max) {
  return distributed(count, [=](double fraction) { return min + fraction * (max - min); });
}

// ReLU of a normal distribution: half are zero.
inline std::vector<float> half_normal(std::size_t count) {
  std::vector<float> values = normal(count);
  for (float& value : values) value = value > 0 ? value : 0;
  return values;
}

}  // namespace qrun::test
