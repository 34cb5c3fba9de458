#include "converter/integers/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/integers/bias.h"
#include "converter/integers/weights.h"
#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

constexpr std::size_t kX = 0, kWeights = 1;

// The same operator on integers: it clamps, and rounds its results once, as their definition in reals does.
Parameters integer_parameters(const Parameters& parameters, Activation activation) {
  if (const auto* conv = std::get_if<Conv2D>(&parameters)) return Conv2D{conv->window, activation, Rounding::kOnce};
  if (const auto* depthwise = std::get_if<DepthwiseConv2D>(&parameters)) {
    return DepthwiseConv2D{depthwise->window, activation, Rounding::kOnce};
  }
  return FullyConnected{activation, Rounding::kOnce};
}

// The epilogue's scales, 0 for channels whose weights move their result by less than 1/32 step and whose bias has no
// room in units of theirs: pruned by training, they are nothing but that bias.
std::vector<double> living_scales(const ChannelWeights& weights, const Quantization& x, float y_scale,
                                  const Epilogue& epilogue, const Bias& bias) {
  constexpr double kNothing = 1.0 / 32;
  std::vector<double> result = epilogue.scale;
  for (std::size_t channel = 0; channel < weights.count(); ++channel) {
    const double factor = of_channel(epilogue.scale, channel);
    const double unit =
        std::fabs(factor) * static_cast<double>(x.scales[0]) * static_cast<double>(weights.scale(channel));
    const auto sum = static_cast<double>(weights.greatest_sum(channel, x));
    const double real = std::fabs(factor * bias.reals[channel] + of_channel(epilogue.offset, channel));
    const bool has_room = real <= unit * (static_cast<double>(std::numeric_limits<std::int32_t>::max()) - sum);
    if (has_room || sum * unit >= kNothing * static_cast<double>(y_scale)) continue;
    if (result.size() == 1) result.resize(weights.count(), result[0]);
    result[channel] = 0;
  }
  return result;
}

}  // namespace

TensorId operand(Context& context, const Operator& op, std::size_t index) {
  const TensorId id = op.inputs[index];
  if (const std::optional<TensorId> twin = context.twin(id)) return *twin;
  const Tensor& tensor = context.tensor(id);
  if (tensor.is_constant) refuse("'{}' is a {} constant; quantize it to int8", tensor.name, dtype_name(tensor.dtype));
  const Operator* source = context.producer(id);
  refuse(
      "its input '{}'{} is not quantized; put QuantizeLinear and DequantizeLinear between them (quantize the model "
      "again, with all operators)",
      tensor.name, source == nullptr ? "" : ", which " + source->kind + " computes,");
}

void emit_linear(Context& context, const Operator& op, const Epilogue& epilogue, TensorId output) {
  const TensorId x = operand(context, op, kX);
  TensorId weights = operand(context, op, kWeights);
  if (!context.is_constant(weights)) {
    refuse("both its factors are computed; one of them must be constant weights");
  }
  const Quantization x_quantization = context.tensor(x).quantization;
  const float x_scale = x_quantization.scales.at(0), y_scale = context.tensor(output).quantization.scales.at(0);
  const ChannelWeights given(context.tensor(weights), op.parameters);
  const Bias bias = read_bias(context, op, given.count());
  const std::vector<double> scales = living_scales(given, x_quantization, y_scale, epilogue, bias);
  if (scales != std::vector<double>{1} || !given.has_one_zero_point()) {
    // Where nothing but an offset is left, its unit is a small part of an output step.
    constexpr float kPart = 1.0F / 1024;
    weights = given.scaled(context, scales, std::max(y_scale * kPart / x_scale, std::numeric_limits<float>::min()));
  }
  const ChannelWeights taken(context.tensor(weights), op.parameters);
  const TensorId bias_id = integer_bias(context, op, bias, taken, x_quantization, epilogue, output);
  context.emit(integer_parameters(op.parameters, epilogue.clamp), {x, weights, bias_id}, output, op.kind);
}

}  // namespace qrun::converter::integral
