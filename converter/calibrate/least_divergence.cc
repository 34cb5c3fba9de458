#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "converter/calibrate/clipping.h"
#include "converter/calibrate/cut.h"

namespace qrun::converter::calibrate {
namespace {

// Of bins [0, i): sums over counts c, over those that are not empty, and of c log c.
class Divergence {
 public:
  explicit Divergence(const Histogram& histogram) {
    for (int k = histogram.first(); k <= histogram.last(); ++k) {
      const auto count = static_cast<double>(histogram.bin(k));
      counts_.push_back(counts_.back() + count);
      filled_.push_back(filled_.back() + (count > 0 ? 1 : 0));
      logs_.push_back(logs_.back() + x_log_x(count));
    }
  }

  // Kullback-Leibler divergence of the clipped histogram P from Q, what is left of it in kLevels levels. In P the
  // values outside lie in the outermost bins inside that are not empty. In Q each level spreads the values that were in
  // it from the start over its bins that were not empty; those outside are lost, which is what clipping costs.
  double operator()(Cut cut) const {
    const int begin = cut.low, end = bins() - cut.high, bins_inside = end - begin;
    const double inside = counts_at(end) - counts_at(begin), all = counts_.back();
    if (bins_inside < kLevels || inside == 0) return std::numeric_limits<double>::infinity();
    const Edges edges = edges_of(begin, end);
    double sum = logs_at(end) - logs_at(begin) + edges.change;  // of p log p - p log q, p in counts
    int from = begin;
    for (int level = 0; level < kLevels; ++level) {
      const int to = begin + (bins_inside * (level + 1) + kLevels - 1) / kLevels;
      double p = counts_at(to) - counts_at(from);
      if (p > 0) {
        const double q = p / ((filled_at(to) - filled_at(from)) * inside);
        if (edges.low >= from && edges.low < to) p += counts_at(begin);
        if (edges.high >= from && edges.high < to) p += all - counts_at(end);
        sum -= p * std::log(q);
      }
      from = to;
    }
    return sum / all - std::log(all);
  }

  int bins() const { return static_cast<int>(counts_.size()) - 1; }

 private:
  // The outermost bins that are not empty, and what joining them with the values outside changes in sum c log c.
  struct Edges {
    int low, high;
    double change;
  };

  Edges edges_of(int begin, int end) const {
    // The first i with counts_[i] > counts_[begin] ends bin `low`; counts_ reaches counts_[end] where bin `high` ends.
    const auto at = [](auto from, auto to) { return static_cast<int>(to - from); };
    const auto start = counts_.begin();
    const int low = at(start, std::upper_bound(start + begin, start + end, counts_at(begin))) - 1;
    const int high = at(start, std::lower_bound(start + begin, start + end, counts_at(end))) - 1;
    const double below = counts_at(begin), above = counts_.back() - counts_at(end);
    if (low == high) return {low, high, joined(low, below + above)};
    return {low, high, joined(low, below) + joined(high, above)};
  }

  double joined(int bin, double others) const {
    const double count = counts_at(bin + 1) - counts_at(bin);
    return x_log_x(count + others) - x_log_x(count);
  }

  static double x_log_x(double x) { return x > 0 ? x * std::log(x) : 0; }
  double counts_at(int i) const { return counts_[static_cast<std::size_t>(i)]; }
  double filled_at(int i) const { return filled_[static_cast<std::size_t>(i)]; }
  double logs_at(int i) const { return logs_[static_cast<std::size_t>(i)]; }

  std::vector<double> counts_{0}, filled_{0}, logs_{0};
};

}  // namespace

Range least_divergence_range(const Histogram& histogram) {
  const Divergence divergence(histogram);
  return range_of(histogram, cheapest(all_of(histogram), {32, 8, 2, 1}, divergence));
}

}  // namespace qrun::converter::calibrate
