#include "converter/integers/linear.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

constexpr std::size_t kX = 0, kWeights = 1, kBias = 2;

// The same operator on integers: it clamps, and rounds its results once, as their definition in reals does.
Parameters integer_parameters(const Parameters& parameters, Activation activation) {
  if (const auto* conv = std::get_if<Conv2D>(&parameters)) return Conv2D{conv->window, activation, Rounding::kOnce};
  if (const auto* depthwise = std::get_if<DepthwiseConv2D>(&parameters)) {
    return DepthwiseConv2D{depthwise->window, activation, Rounding::kOnce};
  }
  return FullyConnected{activation, Rounding::kOnce};
}

// The weights' channels: along which axis they lie.
std::size_t channel_axis(const Parameters& parameters) {
  return std::holds_alternative<DepthwiseConv2D>(parameters) ? 3 : 0;
}

double at(const std::vector<double>& values, std::size_t channel) { return values[values.size() == 1 ? 0 : channel]; }

// The weights with what an epilogue's scale makes of them, channel by channel: another scale, a sign, or nothing at
// all.
class Channels {
 public:
  Channels(Context& context, const Operator& op, TensorId weights)
      : context_(context), tensor_(context.tensor(weights)), axis_(channel_axis(op.parameters)) {
    count_ = static_cast<std::size_t>(tensor_.shape[axis_]);
    if (tensor_.quantization.scales.empty()) refuse("its weights '{}' have no scale", tensor_.name);
    if (tensor_.quantization.scales.size() > 1 && tensor_.quantization.dimension != axis_) {
      refuse("its weights '{}' have scales along another axis than the output channels'; quantize per output channel",
             tensor_.name);
    }
    inner_ = 1;
    for (std::size_t i = axis_ + 1; i < tensor_.rank(); ++i) inner_ *= static_cast<std::size_t>(tensor_.shape[i]);
  }

  std::size_t count() const { return count_; }
  float scale(std::size_t channel) const {
    const auto& scales = tensor_.quantization.scales;
    return scales[scales.size() == 1 ? 0 : channel];
  }

  bool has_one_zero_point() const {
    const auto& zero_points = tensor_.quantization.zero_points;
    return std::ranges::all_of(zero_points, [&](std::int64_t one) { return one == zero_points[0]; });
  }

  // The weights for a scale per channel, of which negative ones turn the weights' signs and zeros clear them. All
  // channels then share one zero point, which is 0 where it can be.
  TensorId scaled(const std::vector<double>& by, float resolution) {
    context_.graph().take_room(count_ * (sizeof(float) + sizeof(std::int64_t)));
    Quantization quantization{{}, {}, axis_};
    std::vector<int> signs;
    for (std::size_t channel = 0; channel < count_; ++channel) {
      const double factor = at(by, channel);
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
    return context_.add_constant(tensor_.name, tensor_.shape, DType::kInt8, std::move(quantization), std::move(data));
  }

 private:
  // Calls visit(channel, place, weight less its zero point).
  template <class Visit>
  void each_weight(Visit visit) const {
    const auto& zero_points = tensor_.quantization.zero_points;
    for (std::size_t i = 0; i < tensor_.data.size(); ++i) {
      const std::size_t channel = i / inner_ % count_;
      visit(channel, i, static_cast<std::int8_t>(tensor_.data[i]) - zero_points[zero_points.size() == 1 ? 0 : channel]);
    }
  }

  // The one nearest to 0 with which all signed weights fit 8 bits.
  std::int64_t common_zero_point(const std::vector<int>& signs) const {
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

  Context& context_;
  const Tensor& tensor_;
  std::size_t axis_, count_ = 0, inner_ = 1;
};

// A bias as the source has it: reals, and where these are dequantized, the integers and their scales.
struct Bias {
  std::vector<double> reals;
  std::vector<std::int64_t> integers;  // less their zero point
  std::vector<float> scales;

  float scale(std::size_t channel) const { return scales[scales.size() == 1 ? 0 : channel]; }
};

Bias read_bias(Context& context, const Operator& op, std::size_t channels) {
  Bias bias{std::vector<double>(channels, 0), {}, {}};
  if (op.inputs.size() <= kBias || op.inputs[kBias] == kAbsent) return bias;
  const TensorId id = op.inputs[kBias];
  const Tensor& tensor = context.tensor(context.twin(id).value_or(id));
  if (!tensor.is_constant || static_cast<std::size_t>(tensor.elements()) != channels) {
    refuse("its bias '{}' must be {} constants", tensor.name, channels);
  }
  if (tensor.dtype == DType::kFloat32) {
    const std::vector<float> values = reals(tensor);
    bias.reals.assign(values.begin(), values.end());
    return bias;
  }
  bias.scales = tensor.quantization.scales;
  if (tensor.dtype != DType::kInt32 || (bias.scales.size() != 1 && bias.scales.size() != channels)) {
    refuse("its bias '{}' is {} with {} scales; it must be float32, or int32 with one scale or one per channel",
           tensor.name, dtype_name(tensor.dtype), bias.scales.size());
  }
  bias.integers = converter::integers(tensor);
  for (std::size_t i = 0; i < channels; ++i) {
    bias.integers[i] -= tensor.quantization.zero_points[bias.scales.size() == 1 ? 0 : i];
    bias.reals[i] = static_cast<double>(bias.integers[i]) * static_cast<double>(bias.scale(i));
  }
  return bias;
}

// The bias of one channel in steps of the accumulator, `unit`. Integers in this unit are kept: their scale is the
// product in float32, which does not tell large ones apart.
double bias_steps(const Bias& bias, const Epilogue& epilogue, std::size_t channel, double unit) {
  const double scale = at(epilogue.scale, channel), offset = at(epilogue.offset, channel);
  const bool keeps =
      !bias.integers.empty() && scale == 1 && offset == 0 && bias.scale(channel) == static_cast<float>(unit);
  if (keeps) return static_cast<double>(bias.integers[channel]);
  return std::nearbyint((scale * bias.reals[channel] + offset) / unit);
}

// What the products of a channel's weights can sum to, at most.
std::int64_t greatest_sum(const Tensor& weights, const Quantization& x, std::size_t axis, std::size_t channel) {
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < weights.rank(); ++i) inner *= static_cast<std::size_t>(weights.shape[i]);
  const auto count = static_cast<std::size_t>(weights.shape[axis]);
  const auto& zero_points = weights.quantization.zero_points;
  const std::int64_t zero_point = zero_points[zero_points.size() == 1 ? 0 : channel];
  std::int64_t sum = 0;
  for (std::size_t i = channel * inner; i < weights.data.size(); i += count * inner) {
    for (std::size_t j = i; j < i + inner; ++j) {
      sum += std::abs(static_cast<std::int8_t>(weights.data[j]) - zero_point);
    }
  }
  return sum * std::max(std::abs(-128 - x.zero_points[0]), std::abs(127 - x.zero_points[0]));
}

// A bias so large that the accumulator could leave 32 bits, as quantizers give channels with next to no weights, says
// that the channel's result is always the same: where it still is with the largest bias that fits, that one serves.
double within_accumulator(double bias, std::int64_t sum, double output_steps, const Quantization& y, Activation clamp) {
  const double limit = static_cast<double>(std::numeric_limits<std::int32_t>::max() - sum);
  if (std::fabs(bias) <= limit) return bias;
  const double scale = static_cast<double>(y.scales[0]), zero_point = static_cast<double>(y.zero_points[0]);
  const double least = std::max(-128.0, static_cast<double>(clamp.min) / scale + zero_point) - 1;
  const double greatest = std::min(127.0, static_cast<double>(clamp.max) / scale + zero_point) + 1;
  const double nearest = (limit - static_cast<double>(sum)) * output_steps;  // of the results to 0
  if (bias < 0 && zero_point - nearest <= least) return -limit;
  if (bias > 0 && zero_point + nearest >= greatest) return limit;
  return bias;
}

// The epilogue's scales, 0 for channels whose weights move their result by less than 1/32 step and whose bias has no
// room in units of theirs: pruned by training, they are nothing but that bias.
std::vector<double> living_scales(const Tensor& weights, const Quantization& x, const Quantization& y, std::size_t axis,
                                  const Epilogue& epilogue, const Bias& bias) {
  constexpr double kNothing = 1.0 / 32;
  std::vector<double> result = epilogue.scale;
  const auto& scales = weights.quantization.scales;
  for (std::size_t channel = 0; channel < bias.reals.size(); ++channel) {
    const double factor = at(epilogue.scale, channel);
    const double unit = std::fabs(factor) * static_cast<double>(x.scales[0]) *
                        static_cast<double>(scales[scales.size() == 1 ? 0 : channel]);
    const auto sum = static_cast<double>(greatest_sum(weights, x, axis, channel));
    const double real = std::fabs(factor * bias.reals[channel] + at(epilogue.offset, channel));
    const bool has_room = real <= unit * (static_cast<double>(std::numeric_limits<std::int32_t>::max()) - sum);
    if (has_room || sum * unit >= kNothing * static_cast<double>(y.scales[0])) continue;
    if (result.size() == 1) result.resize(bias.reals.size(), result[0]);
    result[channel] = 0;
  }
  return result;
}

// The bias in units of the accumulator, kept as it is where these are its own.
TensorId integer_bias(Context& context, const Operator& op, const Tensor& weights, const Quantization& x,
                      const Quantization& y, const Epilogue& epilogue, const Bias& bias, const std::string& name) {
  const std::size_t channels = static_cast<std::size_t>(weights.shape[channel_axis(op.parameters)]);
  const auto& scales = weights.quantization.scales;
  std::vector<std::int64_t> values;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double unit =
        static_cast<double>(x.scales[0]) * static_cast<double>(scales[scales.size() == 1 ? 0 : channel]);
    const std::int64_t sum = greatest_sum(weights, x, channel_axis(op.parameters), channel);
    const double steps = within_accumulator(bias_steps(bias, epilogue, channel, unit), sum,
                                            unit / static_cast<double>(y.scales[0]), y, epilogue.clamp);
    if (!(std::fabs(steps) <= std::numeric_limits<std::int32_t>::max())) {
      refuse(
          "channel {}: its bias {:g} is {:g} steps of the accumulator and leaves 32 bits; quantize the model again "
          "with more representative data",
          channel, steps * unit, steps);
    }
    values.push_back(static_cast<std::int64_t>(steps));
  }
  if (std::ranges::all_of(values, [](std::int64_t value) { return value == 0; })) return kAbsent;
  return context.add_constant(name, {static_cast<std::int32_t>(channels)}, DType::kInt32, {},
                              integer_bytes(values, DType::kInt32));
}

std::string bias_name(Context& context, const Operator& op, TensorId output) {
  const bool named = op.inputs.size() > kBias && op.inputs[kBias] != kAbsent;
  if (!named) return context.tensor(output).name + "/bias";
  const TensorId id = op.inputs[kBias];
  return context.tensor(context.twin(id).value_or(id)).name;
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
  const Quantization x_quantization = context.tensor(x).quantization,
                     y_quantization = context.tensor(output).quantization;
  const float x_scale = x_quantization.scales.at(0);
  Channels channels(context, op, weights);
  const float y_scale = y_quantization.scales.at(0);
  const Bias bias = read_bias(context, op, channels.count());
  const std::vector<double> scales = living_scales(context.tensor(weights), x_quantization, y_quantization,
                                                   channel_axis(op.parameters), epilogue, bias);
  if (scales != std::vector<double>{1} || !channels.has_one_zero_point()) {
    // Where nothing but an offset is left, its unit is a small part of an output step.
    constexpr float kPart = 1.0F / 1024;
    weights = channels.scaled(scales, std::max(y_scale * kPart / x_scale, std::numeric_limits<float>::min()));
  }
  const TensorId bias_id = integer_bias(context, op, context.tensor(weights), x_quantization, y_quantization, epilogue,
                                        bias, bias_name(context, op, output));
  context.emit(integer_parameters(op.parameters, epilogue.clamp), {x, weights, bias_id}, output, op.kind);
}

namespace {

// A depthwise convolution of images, by weights that are all `weight` and have a scale for each channel.
void emit_depthwise(Context& context, TensorId x, const Window& window, std::int32_t rows, std::int32_t columns,
                    std::int8_t weight, Epilogue epilogue, TensorId output, const std::string& kind) {
  const std::int32_t channels = context.tensor(x).shape[3];
  const auto count =
      static_cast<std::size_t>(channels) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  context.graph().check_room(count);
  context.graph().take_room(static_cast<std::size_t>(channels) * sizeof(double));
  const TensorId integers = context.add_constant(context.tensor(output).name + "/weights", {1, rows, columns, channels},
                                                 DType::kInt8, {{1.0F / static_cast<float>(weight)}, {0}, 0},
                                                 std::vector<std::uint8_t>(count, static_cast<std::uint8_t>(weight)));
  const TensorId weights = context.add_tensor(context.tensor(output).name + "/real_weights",
                                              {1, rows, columns, channels}, DType::kFloat32, {});
  const TensorId real_x = context.add_tensor(context.tensor(x).name, context.tensor(x).shape, DType::kFloat32, {});
  context.set_twin(weights, integers);
  context.set_twin(real_x, x);
  const Operator op{DepthwiseConv2D{window, Activation::kNone}, {real_x, weights, kAbsent}, {output}, kind};
  if (epilogue.scale.size() == 1) epilogue.scale.resize(static_cast<std::size_t>(channels), epilogue.scale[0]);
  emit_linear(context, op, epilogue, output);
}

}  // namespace

// Weights of 64 leave six bits below the input's step for the offsets.
void emit_channel_scale(Context& context, TensorId x, const Epilogue& epilogue, TensorId output,
                        const std::string& kind) {
  constexpr std::int8_t kWeight = 64;
  const Tensor& source = context.tensor(x);
  const Tensor& target = context.tensor(output);
  const std::int32_t channels = source.shape.empty() ? 1 : source.shape.back();
  const Shape image = {1, 1, static_cast<std::int32_t>(source.elements() / channels), channels};
  const TensorId from = context.add_tensor(source.name + "/rows", image, DType::kInt8, source.quantization);
  const TensorId to = context.add_tensor(target.name + "/rows", image, DType::kInt8, target.quantization);
  context.emit(Reshape{}, {x}, from, kind);
  emit_depthwise(context, from, {}, 1, 1, kWeight, epilogue, to, kind);
  context.emit(Reshape{}, {to}, output, kind);
}

void emit_window_mean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId output) {
  const auto& pool = std::get<Pool2D>(op.parameters);
  Epilogue mean = epilogue;
  const double taps = static_cast<double>(pool.kernel_height) * static_cast<double>(pool.kernel_width);
  for (double& scale : mean.scale) scale /= taps;
  emit_depthwise(context, x, pool.window, pool.kernel_height, pool.kernel_width, 1, mean, output, op.kind);
}

}  // namespace qrun::converter::integral
