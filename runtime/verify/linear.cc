// Convolution, depthwise convolution, fully connected: operands, window, and each channel's overflow certificate.

#include "kernels/bounds.h"
#include "runtime/verify/operators.h"
#include "runtime/verify/window.h"

namespace qrun::runtime::verify {
namespace {

constexpr std::size_t kWeights = 1;
constexpr std::size_t kBias = 2;

// Where the weights of output channel c lie: `taps` of them from c * channel_step on, tap_step apart.
struct WeightLayout {
  std::int64_t channels, taps, channel_step, tap_step;
};

Status check_operands(const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 2, 1));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  const TensorView& weights = *op.inputs[kWeights];
  QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), weights));
  QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), op.y()));
  if (weights.data == nullptr) return refuse("the weights ", weights.label(), " must be a constant");
  return {};
}

const TensorView* bias_of(const OperatorView& op) { return op.inputs.size() > kBias ? op.inputs[kBias] : nullptr; }

Status check_bias(const OperatorView& op, std::int64_t channels) {
  const TensorView* bias = bias_of(op);
  if (bias == nullptr) return {};
  if (bias->dtype != qfb::DType::int32 || bias->data == nullptr) {
    return refuse("the bias ", bias->label(), " must be an int32 constant");
  }
  if (bias->rank() == 1 && bias->shape[0] == channels) return {};
  return refuse("the bias ", bias->label(), " has shape ", bias->shape, "; the weights imply [", channels, "]");
}

Status check_parameters(const qfb::Accumulation* accumulation, const OperatorView& op, std::int64_t channels) {
  if (accumulation == nullptr) return refuse("accumulation is missing");
  QRUN_RETURN_IF_ERROR(check_zero_point("input_zero_point", accumulation->input_zero_point(), op.x().dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("weight_zero_point", accumulation->weight_zero_point(), op.x().dtype));
  QRUN_RETURN_IF_ERROR(check_zero_point("output_zero_point", accumulation->output_zero_point(), op.y().dtype));
  QRUN_RETURN_IF_ERROR(check_clamp(accumulation->clamp(), op.y().dtype));
  if (accumulation->rounds_once()) QRUN_RETURN_IF_ERROR(check_version_of("rounds_once", op, 2));
  const auto* rescales = accumulation->rescale();
  const bool per_tensor = rescales != nullptr && rescales->size() == 1;
  const auto count = static_cast<std::size_t>(channels);
  QRUN_RETURN_IF_ERROR(check_count("rescale", rescales, per_tensor ? 1 : count));
  for (const qfb::Rescale* rescale : *rescales) {
    QRUN_RETURN_IF_ERROR(check_rescale("rescale", rescale));
    if (accumulation->rounds_once() && !kernels::allows_rounding_once(native(*rescale))) {
      return refuse("rescale's shift is ", rescale->shift(), "; to round once it must be in [", kernels::kMinOnceShift,
                    ", ", kernels::kMaxOnceShift, "]");
    }
  }
  QRUN_RETURN_IF_ERROR(check_count("accumulator_bound", accumulation->accumulator_bound(), count));
  QRUN_RETURN_IF_ERROR(check_count("output_min", accumulation->output_min(), count));
  return check_count("output_max", accumulation->output_max(), count);
}

kernels::ChannelBound derive_bound(const qfb::Accumulation& accumulation, const OperatorView& op,
                                   const WeightLayout& layout, std::int64_t channel) {
  const TensorView& weights = *op.inputs[kWeights];
  const bool is_unsigned = weights.dtype == qfb::DType::uint8;
  const std::int64_t sum =
      kernels::sum_abs_weights(weights.data + channel * layout.channel_step, layout.taps, layout.tap_step,
                               is_unsigned ? 0x80 : 0, accumulation.weight_zero_point() - (is_unsigned ? 128 : 0));
  const TensorView* bias = bias_of(op);
  const auto c = static_cast<flatbuffers::uoffset_t>(channel);
  const auto& rescales = *accumulation.rescale();
  const Interval input = range_of(op.x().dtype);
  return kernels::channel_bound(
      sum, bias == nullptr ? 0 : flatbuffers::ReadScalar<std::int32_t>(bias->data + 4 * channel),
      static_cast<std::int32_t>(input.min), static_cast<std::int32_t>(input.max), accumulation.input_zero_point(),
      native(*rescales[rescales.size() == 1 ? 0 : c]), accumulation.output_zero_point(), rounding(accumulation));
}

Status check_stored(std::string_view field, std::int64_t channel, std::int64_t stored, std::int64_t derived) {
  if (stored == derived) return {};
  return refuse("channel ", channel, ": ", field, " is ", stored, ", but the weights give ", derived,
                "; the file was altered, convert it again");
}

Status check_certificate(const qfb::Accumulation& accumulation, const OperatorView& op, const WeightLayout& layout) {
  QRUN_RETURN_IF_ERROR(op.budget->spend(layout.channels * layout.taps));
  for (std::int64_t channel = 0; channel < layout.channels; ++channel) {
    const kernels::ChannelBound bound = derive_bound(accumulation, op, layout, channel);
    if (!bound.proved) {
      return refuse("channel ", channel, ": the accumulator can reach ", bound.accumulator,
                    ", which overflows 32 bits there or in its rescale");
    }
    const auto c = static_cast<flatbuffers::uoffset_t>(channel);
    const std::int64_t stored_bound = (*accumulation.accumulator_bound())[c];
    QRUN_RETURN_IF_ERROR(check_stored("accumulator_bound", channel, stored_bound, bound.accumulator));
    QRUN_RETURN_IF_ERROR(check_stored("output_min", channel, (*accumulation.output_min())[c], bound.output_min));
    QRUN_RETURN_IF_ERROR(check_stored("output_max", channel, (*accumulation.output_max())[c], bound.output_max));
  }
  return {};
}

Status check_accumulation(const qfb::Accumulation* accumulation, const OperatorView& op, const WeightLayout& layout) {
  QRUN_RETURN_IF_ERROR(check_bias(op, layout.channels));
  QRUN_RETURN_IF_ERROR(check_parameters(accumulation, op, layout.channels));
  return check_certificate(*accumulation, op, layout);
}

// Image operands, the window and the output's shape, which has as many channels as axis `channel_axis` of the weights.
Status check_image(const qfb::Window* window, const OperatorView& op, std::size_t channel_axis) {
  const TensorView& weights = *op.inputs[kWeights];
  QRUN_RETURN_IF_ERROR(check_rank(op.x(), 4));
  QRUN_RETURN_IF_ERROR(check_rank(weights, 4));
  if (window == nullptr) return refuse("window is missing");
  const WindowAxes axes = window_axes(*window, op.x(), weights.shape[1], weights.shape[2]);
  QRUN_RETURN_IF_ERROR(check_window(axes));
  return check_output_shape(op.y(),
                            {op.x().shape[0], axes.height.output(), axes.width.output(), weights.shape[channel_axis]});
}

}  // namespace

Status check(const qfb::Conv2D& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_operands(op));
  QRUN_RETURN_IF_ERROR(check_image(params.window(), op, 0));
  const TensorView& weights = *op.inputs[kWeights];
  const std::int32_t input_channels = op.x().shape[3], channels = weights.shape[0], groups = params.groups();
  QRUN_RETURN_IF_ERROR(check_in("groups", groups, {1, channels}));
  if (input_channels % groups != 0 || channels % groups != 0) {
    return refuse("groups is ", groups, "; it must divide ", input_channels, " input and ", channels,
                  " output channels");
  }
  if (weights.shape[3] != input_channels / groups) {
    return refuse("the weights ", weights.label(), " have ", weights.shape[3], " channels; the input and groups imply ",
                  input_channels / groups);
  }
  const std::int64_t taps = weights.elements / channels;
  return check_accumulation(params.accumulation(), op, {channels, taps, taps, 1});
}

Status check(const qfb::DepthwiseConv2D& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_operands(op));
  QRUN_RETURN_IF_ERROR(check_image(params.window(), op, 3));
  const TensorView& weights = *op.inputs[kWeights];
  const std::int32_t input_channels = op.x().shape[3], channels = weights.shape[3];
  if (weights.shape[0] != 1 || channels % input_channels != 0) {
    return refuse("the weights ", weights.label(), " have shape ", weights.shape,
                  "; it must begin with 1 and end with a multiple of ", input_channels, ", the input's channels");
  }
  return check_accumulation(params.accumulation(), op, {channels, weights.elements / channels, 1, channels});
}

Status check(const qfb::FullyConnected& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_operands(op));
  const TensorView& weights = *op.inputs[kWeights];
  QRUN_RETURN_IF_ERROR(check_rank(weights, 2));
  const std::int64_t channels = weights.shape[0], depth = weights.shape[1];
  if (op.x().elements % depth != 0) {
    return refuse("the input ", op.x().label(), " has ", op.x().elements, " elements; the weights need a multiple of ",
                  depth);
  }
  if (const std::int64_t implied = op.x().elements / depth * channels; op.y().elements != implied) {
    return refuse("the output's shape is ", op.y().shape, "; its inputs imply ", implied, " elements");
  }
  return check_accumulation(params.accumulation(), op, {channels, depth, depth, 1});
}

}  // namespace qrun::runtime::verify
