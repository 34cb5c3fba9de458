#include "converter/integers/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/refusal.h"

namespace qrun::converter::integral {

ChannelWeights::ChannelWeights(const Tensor& tensor, const Parameters& parameters)
    : tensor_(tensor),
      axis_(std::holds_alternative<DepthwiseConv2D>(parameters) ? 3 : 0),
      count_(static_cast<std::size_t>(tensor.shape[axis_])) {
  if (tensor.quantization.scales.empty()) refuse("its weights '{}' have no scale", tensor.name);
  if (tensor.quantization.scales.size() > 1 && tensor.quantization.dimension != axis_) {
    refuse("its weights '{}' have scales along another axis than the output channels'; quantize per output channel",
           tensor.name);
  }
  for (std::size_t i = axis_ + 1; i < tensor.rank(); ++i) inner_ *= static_cast<std::size_t>(tensor.shape[i]);
}

bool ChannelWeights::has_one_zero_point() const {
  const auto& zero_points = tensor_.quantization.zero_points;
  return std::ranges::all_of(zero_points, [&](std::int64_t one) { return one == zero_points[0]; });
}

std::int64_t ChannelWeights::greatest_sum(std::size_t channel, const Quantization& x) const {
  const std::int64_t zero_point = of_channel(tensor_.quantization.zero_points, channel);
  std::int64_t sum = 0;
  for (std::size_t i = channel * inner_; i < tensor_.data.size(); i += count_ * inner_) {
    for (std::size_t j = i; j < i + inner_; ++j) {
      sum += std::abs(static_cast<std::int8_t>(tensor_.data[j]) - zero_point);
    }
  }
  return sum * std::max(std::abs(-128 - x.zero_points[0]), std::abs(127 - x.zero_points[0]));
}

TensorId ChannelWeights::scaled(Context& context, const std::vector<double>& factors, float resolution) const {
  context.graph().take_room(count_ * (sizeof(float) + sizeof(std::int64_t)));
  Quantization quantization{{}, {}, axis_};
  std::vector<int> signs;
  for (std::size_t channel = 0; channel < count_; ++channel) {
    const double factor = of_channel(factors, channel);
    const float magnitude = static_cast<float>(std::fabs(factor) * static_cast<double>(scale(channel)));
    const bool is_zero = !(magnitude >= std::numeric_limits<float>::min());
    quantization.scales.push_back(is_zero ? resolution : magnitude);
    signs.push_back(is_zero ? 0 : factor < 0 ? -1 : 1);
  }
  const std::int64_t common = common_zero_point(signs);
  quantization.zero_points.assign(count_, common);
  std::vector<std::uint8_t> data(tensor_.data.size());
  each_weight([&](std::size_t channel, std::size_t i, std::int64_t weight) {
    data[i] = static_cast<std::uint8_t>(signs[channel] * weight + common);
  });
  return context.add_constant(tensor_.name, tensor_.shape, DType::kInt8, std::move(quantization), std::move(data));
}

template <class Visit>
void ChannelWeights::each_weight(Visit visit) const {
  for (std::size_t i = 0; i < tensor_.data.size();) {
    for (std::size_t channel = 0; channel < count_; ++channel) {
      const std::int64_t zero_point = of_channel(tensor_.quantization.zero_points, channel);
      for (std::size_t j = 0; j < inner_; ++j, ++i) {
        visit(channel, i, static_cast<std::int8_t>(tensor_.data[i]) - zero_point);
      }
    }
  }
}

// The one nearest to 0 with which all signed weights fit 8 bits.
std::int64_t ChannelWeights::common_zero_point(const std::vector<int>& signs) const {
  std::int64_t least = 0, greatest = 0;
  each_weight([&](std::size_t channel, std::size_t, std::int64_t weight) {
    least = std::min(least, signs[channel] * weight);
    greatest = std::max(greatest, signs[channel] * weight);
  });
  if (greatest - least > 255) {
    refuse(
        "its weights '{}' reach from {} to {} once all channels have one sign and one zero point, more than 8 bits "
        "hold; quantize weights symmetrically, in [-127, 127]",
        tensor_.name, least, greatest);
  }
  return std::clamp<std::int64_t>(0, -128 - least, 127 - greatest);
}

}  // namespace qrun::converter::integral
