#include "converter/calibrate/histogram.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

// Rounds down. Exact: the factor is a power of two, and no float leaves the range of double with it.
double bin_of(float value, int exponent) { return std::floor(std::ldexp(static_cast<double>(value), -exponent)); }

// The index of the bin 2^shift times as wide.
int wider(int index, int shift) { return index >> std::min(shift, 30); }

void check_finite(std::span<const float> values) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad == values.end()) return;
  refuse(
      "its element {} is {}, which has no place in a range; look for a division by zero, an overflow or a bad sample",
      bad - values.begin(), *bad);
}

}  // namespace

void Histogram::add(std::span<const float> values) {
  check_finite(values);
  if (values.empty()) return;
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  cover(*least, *greatest);
  const double bins_per_unit = std::ldexp(1.0, -exponent_);
  double sum = 0, sum_of_squares = 0;
  for (const float value : values) {
    if (value == 0) {
      ++zeros_;
      continue;
    }
    const double real = static_cast<double>(value), position = real * bins_per_unit;
    const int truncated = static_cast<int>(position);
    ++bins_[slot(truncated - (position < truncated ? 1 : 0))];
    sum += real;
    sum_of_squares += real * real;
  }
  count_ += values.size();
  sum_ += sum;
  sum_of_squares_ += sum_of_squares;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  cover(other.min_, other.max_);
  const int shift = exponent_ - other.exponent_;
  for (int k = other.first_; k <= other.last_; ++k) bins_[slot(wider(k, shift))] += other.bin(k);
  count_ += other.count_;
  zeros_ += other.zeros_;
  sum_ += other.sum_;
  sum_of_squares_ += other.sum_of_squares_;
}

// Makes room for values of [min, max], which come next.
void Histogram::cover(float min, float max) {
  min_ = count_ == 0 ? min : std::min(min, min_);
  max_ = count_ == 0 ? max : std::max(max, max_);
  const float low = std::min(min_, 0.0F), high = std::max(max_, 0.0F);
  int exponent = exponent_;
  while (bin_of(high, exponent) - bin_of(low, exponent) >= kBins) ++exponent;
  if (exponent != exponent_) widen(exponent);
  first_ = static_cast<int>(bin_of(low, exponent_));
  last_ = static_cast<int>(bin_of(high, exponent_));
}

void Histogram::widen(int exponent) {
  std::vector<std::uint64_t> bins(kBins);
  for (int k = first_; k <= last_; ++k) bins[slot(wider(k, exponent - exponent_))] += bin(k);
  bins_ = std::move(bins);
  exponent_ = exponent;
}

double Histogram::width() const { return std::ldexp(1.0, exponent_); }

double Histogram::quantile(double fraction) const {
  const double target = fraction * static_cast<double>(count_);
  double below = 0;
  for (int k = first_; k <= last_; ++k) {
    if (k == 0 && zeros_ > 0) {
      below += static_cast<double>(zeros_);
      if (below >= target) return 0;
    }
    const auto inside = static_cast<double>(bin(k));
    if (inside > 0 && below + inside >= target) {
      const double value = (k + (target - below) / inside) * width();
      return std::clamp(value, static_cast<double>(min_), static_cast<double>(max_));
    }
    below += inside;
  }
  return static_cast<double>(max_);
}

}  // namespace qrun::converter::calibrate
