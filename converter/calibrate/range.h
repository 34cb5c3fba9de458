// The range of real numbers that an activation tensor's 8 bits shall stand for, from what was seen of it.
//
// docs/calibration.md has each method's formula and says when it is the right one.

#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "converter/calibrate/histogram.h"
#include "converter/graph.h"

namespace qrun::converter::calibrate {

// Ranges that quantize hold zero, because padding and ReLU need it to be exact.
struct Range {
  float min, max;
  bool operator==(const Range&) const = default;

  // Of a tensor that was zero everywhere.
  bool is_zero() const { return min == 0 && max == 0; }
};

enum class RangeMethod { kMinMax, kMovingAverage, kPercentile, kMse, kEntropy };

// "min-max", "moving-average", "percentile", "mse", "entropy".
std::string_view range_method_name(RangeMethod method);
std::optional<RangeMethod> range_method(std::string_view name);

struct RangeOptions {
  double momentum = 0.99;     // kMovingAverage: what each further sample leaves of the average; 0 <= momentum < 1
  double percentile = 99.99;  // kPercentile: kept at each end; 50 < percentile <= 100
};

// What was seen of one tensor.
class Observer {
 public:
  // One sample's values. Refuses those that are not finite, and counts none of them then.
  void observe(std::span<const float> sample);
  // What another saw of later samples.
  void merge(const Observer& later);

  const Histogram& histogram() const { return histogram_; }

  // Refuses where nothing was observed, and options outside their bounds.
  Range range(RangeMethod method, const RangeOptions& options = {}) const;

 private:
  Range moving_average(double momentum) const;
  Range percentile(double percentile) const;

  Histogram histogram_;
  std::vector<Range> samples_;  // each one's least and greatest value
};

// The int8 quantization of a range with zero in it. Asymmetric: scale (max - min) / 255, zero point
// round(-128 - min / scale), halves to even. Symmetric: scale max(|min|, |max|) / 127, zero point 0.
//
// A range of zero width gets scale 1 and zero point 0, which holds its zeros exactly; the caller sees Range::is_zero()
// and may note or refuse it: the samples have never moved that tensor. Refuses scales that float32 holds with fewer
// than 24 bits or not at all.
Quantization activation_quantization(const Range& range, bool symmetric);

}  // namespace qrun::converter::calibrate
