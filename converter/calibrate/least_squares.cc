#include <limits>
#include <vector>

#include "converter/calibrate/clipping.h"
#include "converter/calibrate/cut.h"

namespace qrun::converter::calibrate {
namespace {

// Entry i is of the i outermost bins of one tail: their values' number and their summed squared distances from the edge
// of the next bin, in bins and as if spread evenly over each.
struct Tail {
  std::vector<double> counts{0}, squares{0};

  // Bins come from the outermost inwards.
  void add(double count) {
    // The edge moves inwards by one: (d + 1)^2 = d^2 + 2 d + 1; and a new bin has d in [0, 1].
    squares.push_back(squares.back() + 2 * distances_ + counts.back() + count / 3);
    distances_ += counts.back() + count / 2;
    counts.push_back(counts.back() + count);
  }

 private:
  double distances_ = 0;
};

}  // namespace

Range least_squares_range(const Histogram& histogram) {
  Tail low, high;
  for (int k = histogram.first(); k < 0; ++k) low.add(static_cast<double>(histogram.bin(k)));
  for (int k = histogram.last(); k >= 0; --k) high.add(static_cast<double>(histogram.bin(k)));
  const auto values = static_cast<double>(histogram.count() - histogram.zeros());
  const int bins = histogram.last() + 1 - histogram.first();
  const auto cost = [&](Cut cut) {
    const auto i = static_cast<std::size_t>(cut.low), j = static_cast<std::size_t>(cut.high);
    const double step = static_cast<double>(bins - cut.low - cut.high) / (kLevels - 1);
    const double inside = values - low.counts[i] - high.counts[j];
    if (step == 0) return std::numeric_limits<double>::infinity();
    return low.squares[i] + high.squares[j] + inside * step * step / 12;
  };
  return range_of(histogram, cheapest(all_of(histogram), {1}, cost));
}

}  // namespace qrun::converter::calibrate
