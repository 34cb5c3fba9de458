// How the values of one tensor are distributed, seen piece by piece and without a range known in advance.
//
// Bins are 2^e wide and lie on multiples of 2^e: bin k holds the values of [k * 2^e, (k + 1) * 2^e). There are 2048 in
// a row, zero among them, and e is the least with which they reach from the least value seen to the greatest. When a
// value falls outside, e grows and neighbours are merged in pairs; halving k rounds down, so that what a bin counts
// does not depend on when it was merged. The counts are thus a function of the values alone, in whatever order and
// pieces they came: they are the same for parts that were merged as for one pass over all.
//
// Zeros have a count of their own and are in no bin: they quantize without error, and a ReLU makes many.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace qrun::converter::calibrate {

class Histogram {
 public:
  static constexpr int kBins = 2048;

  Histogram() : bins_(kBins) {}

  // Refuses values that are not finite, before it counts any.
  void add(std::span<const float> values);
  void merge(const Histogram& other);

  // Of all values; min() and max() are 0 while there are none.
  std::uint64_t count() const { return count_; }
  std::uint64_t zeros() const { return zeros_; }
  float min() const { return min_; }
  float max() const { return max_; }
  // Added up in double, in the order of arrival: these alone may differ in the last digits with the order.
  double sum() const { return sum_; }
  double sum_of_squares() const { return sum_of_squares_; }

  // Bins first() <= 0 to last() >= 0 may hold something, each width() wide.
  double width() const;
  int first() const { return first_; }
  int last() const { return last_; }
  std::uint64_t bin(int index) const { return bins_[slot(index)]; }

  // The value that `fraction` (0 to 1) of all values do not exceed, as if each bin's were spread evenly over it. min()
  // for 0, max() for 1, never beyond them.
  double quantile(double fraction) const;

 private:
  // Fewer than kBins consecutive indices are in use, so that their last bits tell them apart.
  static std::size_t slot(int index) { return static_cast<std::size_t>(index) % kBins; }
  void cover(float min, float max);
  void widen(int exponent);

  std::uint64_t count_ = 0, zeros_ = 0;
  float min_ = 0, max_ = 0;
  double sum_ = 0, sum_of_squares_ = 0;
  int exponent_ = -149;  // every float is a multiple of 2^-149
  int first_ = 0, last_ = 0;
  std::vector<std::uint64_t> bins_;
};

}  // namespace qrun::converter::calibrate
