#include "converter/calibrate/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "converter/half_even.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

std::int8_t rounded(float real, float scale, WeightRange range) {
  const std::int32_t value = quantize_half_even(real, scale, 0);
  return static_cast<std::int8_t>(range == WeightRange::kNarrow ? std::max(value, -127) : value);
}

void check_finite(std::span<const float> weights) {
  const auto bad = std::find_if(weights.begin(), weights.end(), [](float weight) { return !std::isfinite(weight); });
  if (bad != weights.end()) {
    refuse("its weight {} is {}; train or export the network again", bad - weights.begin(), *bad);
  }
}

// What the weights of each channel need of a scale; 0 for zeros.
std::vector<float> needed_scales(std::span<const float> weights, const Channels& channels, WeightRange range) {
  const float negative = range == WeightRange::kNarrow ? 127 : 128;
  std::vector<float> scales(channels.count, 0.0F);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    float& scale = scales[channels.of(i)];
    scale = std::max(scale, weights[i] < 0 ? -weights[i] / negative : weights[i] / 127);
  }
  return scales;
}

Quantization symmetric(std::vector<float> scales, const Channels& channels) {
  std::vector<std::int64_t> zero_points(scales.size(), 0);
  return {std::move(scales), std::move(zero_points), channels.dimension};
}

}  // namespace

Channels channels_along(const Shape& shape, std::size_t dimension) {
  Channels channels{static_cast<std::size_t>(shape[dimension]), 1, dimension};
  for (std::size_t axis = dimension + 1; axis < shape.size(); ++axis) {
    channels.stride *= static_cast<std::size_t>(shape[axis]);
  }
  return channels;
}

QuantizedWeights quantize_weights(std::span<const float> weights, const Channels& channels,
                                  const WeightScheme& scheme) {
  check_finite(weights);
  const Channels whole{1, std::max<std::size_t>(weights.size(), 1), 0};
  const Channels& groups = scheme.per_channel ? channels : whole;
  const std::size_t limits = scheme.least_scales.size();
  if (limits > 1 && limits != groups.count) refuse("{} scales have {} lower limits", groups.count, limits);
  std::vector<float> scales = needed_scales(weights, groups, scheme.range);
  const float greatest = scales.empty() ? 0 : *std::max_element(scales.begin(), scales.end());
  for (std::size_t c = 0; c < scales.size(); ++c) {
    if (scales[c] == 0) scales[c] = greatest > 0 ? greatest : 1;
    if (limits > 0) scales[c] = std::max(scales[c], scheme.least_scales[limits == 1 ? 0 : c]);
    scales[c] = std::max(scales[c], std::numeric_limits<float>::min());  // below, a scale has few bits or none
  }
  QuantizedWeights result;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    result.values.push_back(rounded(weights[i], scales[groups.of(i)], scheme.range));
  }
  result.quantization = symmetric(std::move(scales), groups);
  return result;
}

QuantizedWeights quantize_with_scale(std::span<const float> weights, float scale, WeightRange range) {
  check_finite(weights);
  if (!std::isfinite(scale) || scale <= 0) refuse("the scale is {}; it must be positive and finite", scale);
  QuantizedWeights result{{}, {{scale}, {0}}};
  for (const float weight : weights) result.values.push_back(rounded(weight, scale, range));
  return result;
}

ScaledRows quantize_by_factors(std::span<const float> weights, const Channels& rows) {
  check_finite(weights);
  std::vector<float> factors(rows.count, 0.0F), scales;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    factors[rows.of(i)] = std::max(factors[rows.of(i)], std::fabs(weights[i]));
  }
  for (float& factor : factors) {
    factor = factor == 0 ? 1 : std::min(127 / factor, std::numeric_limits<float>::max());
    scales.push_back(1 / factor);
  }
  ScaledRows result{{{}, symmetric(std::move(scales), rows)}, factors};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    result.weights.values.push_back(rounded(weights[i] * factors[rows.of(i)], 1, WeightRange::kNarrow));
  }
  return result;
}

std::vector<float> real_weights(const QuantizedWeights& weights, const Channels& channels) {
  const std::vector<float>& scales = weights.quantization.scales;
  std::vector<float> result;
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    result.push_back(scales[scales.size() == 1 ? 0 : channels.of(i)] * static_cast<float>(weights.values[i]));
  }
  return result;
}

}  // namespace qrun::converter::calibrate
