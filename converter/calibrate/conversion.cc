#include "converter/calibrate/conversion.h"

#include <cmath>

#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

bool is_real(const Tensor& input) { return input.dtype == DType::kFloat32; }
bool is_real(Element element) { return element != Element::kInt8 && element != Element::kUInt8; }

std::vector<float> per_channel(const std::vector<float>& values, std::size_t channels, const char* what) {
  if (values.size() == 1) return std::vector<float>(channels, values[0]);
  if (values.size() == channels) return values;
  refuse("{} {}s are given for {} channels; give one, or one per channel", values.size(), what, channels);
}

}  // namespace

Normalization::Normalization(const Tensor& input, const SampleOptions& options) {
  if (options.mean.empty() || options.deviation.empty()) {
    refuse("the input '{}' is float32: say what pixels stand for with a mean and a deviation (0 and 255 for 0..1)",
           input.name);
  }
  const std::size_t rank = input.rank(), axis = options.channels_first && rank == 4 ? 1 : rank - 1;
  const std::size_t channels = rank == 0 ? 1 : static_cast<std::size_t>(input.shape[axis]);
  mean_ = per_channel(options.mean, channels, "mean");
  deviation_ = per_channel(options.deviation, channels, "deviation");
  for (std::size_t c = 0; c < channels; ++c) {
    if (!std::isfinite(mean_[c]) || !std::isfinite(deviation_[c]) || deviation_[c] <= 0) {
      refuse("the mean {} and the deviation {} make no sense; deviations are above 0", mean_[c], deviation_[c]);
    }
  }
  inner_ = 1;
  for (std::size_t i = axis + 1; i < rank; ++i) inner_ *= static_cast<std::size_t>(input.shape[i]);
}

void Normalization::apply(std::span<float> values) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = i / inner_ % mean_.size();
    values[i] = (values[i] - mean_[channel]) / deviation_[channel];
  }
}

Conversion::Conversion(const Tensor& input, Element element, const SampleOptions& options)
    : input_(input), element_(element) {
  if (is_real(input) ? is_real(element) : dtype_name(input.dtype) == element_name(element)) return;
  if (!is_real(input) || element != Element::kUInt8) {
    refuse("it holds {}; the input '{}' takes {}", element_name(element), input.name, dtype_name(input.dtype));
  }
  normalization_.emplace(input, options);
}

std::vector<float> Conversion::operator()(std::span<const std::uint8_t> bytes) const {
  std::vector<float> values(static_cast<std::size_t>(input_.elements()));
  decode_elements(element_, bytes, values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    refuse("element {} is {}, no finite float32; remove the sample, or mend what made it", i, values[i]);
  }
  if (normalization_) normalization_->apply(values);
  const auto& [scales, zero_points, dimension] = input_.quantization;
  if (!is_real(input_) && !scales.empty()) {
    const auto zero_point = static_cast<float>(zero_points.empty() ? 0 : zero_points[0]);
    for (float& value : values) value = scales[0] * (value - zero_point);
  }
  return values;
}

Element raw_element(const Tensor& input) {
  if (input.dtype == DType::kFloat32) return Element::kFloat32;
  if (input.dtype == DType::kInt8) return Element::kInt8;
  if (input.dtype == DType::kUInt8) return Element::kUInt8;
  refuse("the input '{}' is {}; samples can be given for float32, int8 and uint8", input.name, dtype_name(input.dtype));
}

}  // namespace qrun::converter::calibrate
