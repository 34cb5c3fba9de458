// The search for a range's ends on the edges of a histogram's bins.

#pragma once

#include <algorithm>
#include <initializer_list>

#include "converter/calibrate/histogram.h"
#include "converter/calibrate/range.h"

namespace qrun::converter::calibrate {

inline constexpr int kLevels = 256;  // of 8 bits

// How many of the outermost bins are cut off at each end.
struct Cut {
  int low, high;
};

// The cut of least cost, and of equals the first in order of low, then high. Each stride searches between the
// neighbours of the best that the one before found; the first covers everything.
template <class Cost>
Cut cheapest(Cut most, std::initializer_list<int> strides, const Cost& cost) {
  Cut best{0, 0}, from{0, 0}, to = most;
  double least = cost(best);
  for (const int stride : strides) {
    for (int low = from.low; low <= to.low; low += stride) {
      for (int high = from.high; high <= to.high; high += stride) {
        const double here = cost(Cut{low, high});
        if (here >= least) continue;
        least = here;
        best = {low, high};
      }
    }
    from = {std::max(best.low - stride, 0), std::max(best.high - stride, 0)};
    to = {std::min(best.low + stride, most.low), std::min(best.high + stride, most.high)};
  }
  return best;
}

// As much as may be cut with zero left inside.
inline Cut all_of(const Histogram& histogram) { return {-histogram.first(), histogram.last() + 1}; }

inline Range range_of(const Histogram& histogram, Cut cut) {
  const auto min = static_cast<double>(histogram.min()), max = static_cast<double>(histogram.max());
  const double low = (histogram.first() + cut.low) * histogram.width();
  const double high = (histogram.last() + 1 - cut.high) * histogram.width();
  return {static_cast<float>(std::max(low, std::min(min, 0.0))),
          static_cast<float>(std::min(high, std::max(max, 0.0)))};
}

}  // namespace qrun::converter::calibrate
