// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED.

#include <algorithm>

#include "converter/tflite/operators.h"

namespace qrun::converter {
namespace {

template <class Options>
Window read_window(const Options& options) {
  Window window;
  window.rule = options.padding() == tflite::Padding::SAME ? PaddingRule::kSame : PaddingRule::kValid;
  window.stride_height = options.stride_h();
  window.stride_width = options.stride_w();
  window.dilation_height = options.dilation_h_factor();
  window.dilation_width = options.dilation_w_factor();
  return window;
}

void emit_linear(OperatorReader& reader, Parameters parameters, TensorId weights) {
  reader.emit(std::move(parameters), {reader.input(0), weights, reader.optional_input(2)}, reader.output());
}

// The reference takes the zero points of int8 weights as 0, whatever the file says, where `symmetric`.
TensorId weights_of(OperatorReader& reader, bool symmetric) {
  const Tensor& weights = reader.input_tensor(1);
  const auto& zero_points = weights.quantization.zero_points;
  const bool all_zero = std::ranges::all_of(zero_points, [](std::int64_t zero_point) { return zero_point == 0; });
  if (weights.dtype != DType::kInt8 || !symmetric || all_zero) return reader.input(1);
  Quantization quantization = weights.quantization;
  std::ranges::fill(quantization.zero_points, 0);
  return reader.reinterpreted(reader.input(1), std::move(quantization));
}

}  // namespace

void read_conv_2d(OperatorReader& reader) {
  const auto& options = reader.options<tflite::Conv2DOptions>();
  emit_linear(reader, Conv2D{read_window(options), read_activation(options.fused_activation_function())},
              weights_of(reader, /*symmetric=*/true));
}

void read_depthwise_conv_2d(OperatorReader& reader) {
  // Its depth_multiplier says again what the shapes say.
  const auto& options = reader.options<tflite::DepthwiseConv2DOptions>();
  emit_linear(reader, DepthwiseConv2D{read_window(options), read_activation(options.fused_activation_function())},
              weights_of(reader, /*symmetric=*/true));
}

void read_fully_connected(OperatorReader& reader) {
  // Its keep_num_dims says again what the output's shape says.
  const auto& options = reader.options<tflite::FullyConnectedOptions>();
  if (options.weights_format() != tflite::FullyConnectedWeightsFormat::DEFAULT) {
    throw Refusal("its weights are shuffled; export them in the default format");
  }
  const bool per_channel = reader.input_tensor(1).quantization.scales.size() > 1;
  emit_linear(reader, FullyConnected{read_activation(options.fused_activation_function())},
              weights_of(reader, /*symmetric=*/per_channel));
}

}  // namespace qrun::converter
