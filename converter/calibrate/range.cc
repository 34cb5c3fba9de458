#include "converter/calibrate/range.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/calibrate/clipping.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

constexpr std::string_view kNames[] = {"min-max", "moving-average", "percentile", "mse", "entropy"};

Range with_zero(double min, double max) {
  return {static_cast<float>(std::min(min, 0.0)), static_cast<float>(std::max(max, 0.0))};
}

Range full_range(const Histogram& histogram) {
  return with_zero(static_cast<double>(histogram.min()), static_cast<double>(histogram.max()));
}

}  // namespace

std::string_view range_method_name(RangeMethod method) { return kNames[static_cast<std::size_t>(method)]; }

std::optional<RangeMethod> range_method(std::string_view name) {
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<RangeMethod>(found - std::begin(kNames));
}

void Observer::observe(std::span<const float> sample) {
  histogram_.add(sample);
  if (sample.empty()) return;
  const auto [least, greatest] = std::minmax_element(sample.begin(), sample.end());
  samples_.push_back({*least, *greatest});
}

void Observer::merge(const Observer& later) {
  histogram_.merge(later.histogram_);
  samples_.insert(samples_.end(), later.samples_.begin(), later.samples_.end());
}

Range Observer::range(RangeMethod method, const RangeOptions& options) const {
  if (histogram_.count() == 0) throw Refusal("no value of it was observed; give at least one sample");
  switch (method) {
    case RangeMethod::kMinMax:
      return full_range(histogram_);
    case RangeMethod::kMovingAverage:
      return moving_average(options.momentum);
    case RangeMethod::kPercentile:
      return percentile(options.percentile);
    case RangeMethod::kMse:
      return least_squares_range(histogram_);
    case RangeMethod::kEntropy:
      return least_divergence_range(histogram_);
  }
  throw Refusal("there is no such range method");
}

// The first sample starts it, so that it weighs momentum^(samples - 1) in the end.
Range Observer::moving_average(double momentum) const {
  if (!(momentum >= 0 && momentum < 1)) refuse("the momentum is {}; it must be at least 0 and below 1", momentum);
  auto min = static_cast<double>(samples_[0].min), max = static_cast<double>(samples_[0].max);
  for (std::size_t i = 1; i < samples_.size(); ++i) {
    min = momentum * min + (1 - momentum) * static_cast<double>(samples_[i].min);
    max = momentum * max + (1 - momentum) * static_cast<double>(samples_[i].max);
  }
  return with_zero(min, max);
}

// Where nearly all values are zero the percentiles are too. That would lose the tensor: the full range then.
Range Observer::percentile(double percentile) const {
  if (!(percentile > 50 && percentile <= 100)) {
    refuse("the percentile is {}; it must be above 50 and at most 100", percentile);
  }
  const double cut = (100 - percentile) / 100;
  const Range range = with_zero(histogram_.quantile(cut), histogram_.quantile(1 - cut));
  return range.is_zero() ? full_range(histogram_) : range;
}

Quantization activation_quantization(const Range& range, bool symmetric) {
  if (range.is_zero()) return {{1}, {0}};
  const auto min = static_cast<double>(range.min), max = static_cast<double>(range.max);
  if (!(min <= 0 && max >= 0)) refuse("its range {} to {} does not hold zero; widen it until it does", min, max);
  const double exact = symmetric ? std::max(-min, max) / 127 : (max - min) / 255;
  if (!(exact <= static_cast<double>(std::numeric_limits<float>::max()))) {
    refuse("its range {} to {} is not finite; look for an overflow in the network, or give fewer samples", min, max);
  }
  const auto scale = static_cast<float>(exact);
  if (scale < std::numeric_limits<float>::min()) {
    refuse("its range {} to {} is too narrow for a float32 scale; multiply the weights before it, or treat it as zero",
           min, max);
  }
  if (symmetric) return {{scale}, {0}};
  const double zero_point = std::nearbyint(-128 - min / static_cast<double>(scale));
  return {{scale}, {static_cast<std::int64_t>(std::clamp(zero_point, -128.0, 127.0))}};
}

}  // namespace qrun::converter::calibrate
