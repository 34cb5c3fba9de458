#include "converter/integers/bias.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

// Integers where the source has such.
TensorId bias_tensor(Context& context, const Operator& op) {
  constexpr std::size_t kBias = 2;
  if (op.inputs.size() <= kBias || op.inputs[kBias] == kAbsent) return kAbsent;
  return context.twin(op.inputs[kBias]).value_or(op.inputs[kBias]);
}

// The bias of one channel in steps of the accumulator, `unit`. Integers in this unit are kept: their scale is the
// product in float32, which does not tell large ones apart.
double bias_steps(const Bias& bias, const Epilogue& epilogue, std::size_t channel, double unit) {
  const double scale = of_channel(epilogue.scale, channel), offset = of_channel(epilogue.offset, channel);
  const bool keeps = !bias.integers.empty() && scale == 1 && offset == 0 &&
                     of_channel(bias.scales, channel) == static_cast<float>(unit);
  if (keeps) return static_cast<double>(bias.integers[channel]);
  return std::nearbyint((scale * bias.reals[channel] + offset) / unit);
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

}  // namespace

Bias read_bias(Context& context, const Operator& op, std::size_t channels) {
  Bias bias{std::vector<double>(channels, 0), {}, {}};
  const TensorId id = bias_tensor(context, op);
  if (id == kAbsent) return bias;
  const Tensor& tensor = context.tensor(id);
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
    bias.reals[i] = static_cast<double>(bias.integers[i]) * static_cast<double>(of_channel(bias.scales, i));
  }
  return bias;
}

TensorId integer_bias(Context& context, const Operator& op, const Bias& bias, const ChannelWeights& weights,
                      const Quantization& x, const Epilogue& epilogue, TensorId output) {
  const Quantization y = context.tensor(output).quantization;
  std::vector<std::int64_t> values;
  for (std::size_t channel = 0; channel < weights.count(); ++channel) {
    const double unit = static_cast<double>(x.scales[0]) * static_cast<double>(weights.scale(channel));
    const double steps = within_accumulator(bias_steps(bias, epilogue, channel, unit), weights.greatest_sum(channel, x),
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
  const TensorId named = bias_tensor(context, op);
  const std::string name = named != kAbsent ? context.tensor(named).name : context.tensor(output).name + "/bias";
  return context.add_constant(name, {static_cast<std::int32_t>(values.size())}, DType::kInt32, {},
                              integer_bytes(values, DType::kInt32));
}

}  // namespace qrun::converter::integral
