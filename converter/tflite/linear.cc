// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED.

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

void emit_linear(OperatorReader& reader, Parameters parameters) {
  reader.emit(std::move(parameters), {reader.input(0), reader.input(1), reader.optional_input(2)}, reader.output());
}

}  // namespace

void read_conv_2d(OperatorReader& reader) {
  const auto& options = reader.options<tflite::Conv2DOptions>();
  emit_linear(reader, Conv2D{read_window(options), read_activation(options.fused_activation_function())});
}

void read_depthwise_conv_2d(OperatorReader& reader) {
  // Its depth_multiplier says again what the shapes say.
  const auto& options = reader.options<tflite::DepthwiseConv2DOptions>();
  emit_linear(reader, DepthwiseConv2D{read_window(options), read_activation(options.fused_activation_function())});
}

void read_fully_connected(OperatorReader& reader) {
  // Its keep_num_dims says again what the output's shape says.
  const auto& options = reader.options<tflite::FullyConnectedOptions>();
  if (options.weights_format() != tflite::FullyConnectedWeightsFormat::DEFAULT) {
    throw Refusal("its weights are shuffled; export them in the default format");
  }
  emit_linear(reader, FullyConnected{read_activation(options.fused_activation_function())});
}

}  // namespace qrun::converter
