#include "converter/calibrate/bias.h"

#include <cmath>

#include "converter/refusal.h"

namespace qrun::converter::calibrate {

std::vector<float> corrected_bias(std::span<const float> bias, std::span<const double> real_means,
                                  std::span<const double> quantized_means) {
  const std::size_t channels = real_means.size();
  if (quantized_means.size() != channels || (!bias.empty() && bias.size() != channels)) {
    refuse("its bias has {} channels, its real means have {} and its quantized ones {}; they must be the same",
           bias.size(), channels, quantized_means.size());
  }
  std::vector<float> corrected;
  for (std::size_t c = 0; c < channels; ++c) {
    const double before = bias.empty() ? 0 : static_cast<double>(bias[c]);
    corrected.push_back(static_cast<float>(before + real_means[c] - quantized_means[c]));
    if (!std::isfinite(corrected[c])) {
      refuse("the corrected bias of channel {} is {}; look for an overflow in the network", c, corrected[c]);
    }
  }
  return corrected;
}

void InputMeans::add(std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) sums_[i % sums_.size()] += static_cast<double>(values[i]);
  rows_ += values.size() / sums_.size();
}

std::vector<double> InputMeans::means() const {
  std::vector<double> means;
  for (const double sum : sums_) means.push_back(rows_ == 0 ? 0 : sum / static_cast<double>(rows_));
  return means;
}

std::map<TensorId, InputMeans> input_means(const Graph& graph) {
  std::map<TensorId, InputMeans> result;
  for (const Operator& op : graph.operators) {
    if (!is_linear(op.parameters)) continue;
    const Tensor &x = graph.tensors[op.inputs[0]], &weights = graph.tensors[op.inputs[1]];
    if (!weights.is_constant || weights.dtype != DType::kFloat32 || x.shape.empty()) continue;
    const bool is_dense = std::holds_alternative<FullyConnected>(op.parameters);
    result.emplace(op.output(), static_cast<std::size_t>(is_dense ? weights.shape[1] : x.shape.back()));
  }
  return result;
}

std::vector<double> output_means(const Parameters& linear, const Shape& shape, std::span<const float> weights,
                                 std::span<const double> means) {
  const bool is_depthwise = std::holds_alternative<DepthwiseConv2D>(linear);
  const auto outputs = static_cast<std::size_t>(is_depthwise ? shape.back() : shape[0]);
  const std::size_t each = weights.size() / outputs;
  const std::size_t depth = is_depthwise ? 1 : static_cast<std::size_t>(shape.back());
  const std::size_t outputs_of_group = outputs / (means.size() / depth);
  std::vector<double> result(outputs);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t output = is_depthwise ? i % outputs : i / each;
    const std::size_t input = output / outputs_of_group * depth + (is_depthwise ? 0 : i % depth);
    result[output] += static_cast<double>(weights[i]) * means[input];
  }
  return result;
}

}  // namespace qrun::converter::calibrate
