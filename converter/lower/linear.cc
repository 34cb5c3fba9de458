// Convolution, depthwise convolution, fully connected: multipliers in the precision of the source's reference, and the
// proof that no accumulator leaves int32. docs/arithmetic.md, The real multiplier and Linear operators.

#include <flatbuffers/base.h>

#include <algorithm>
#include <functional>

#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"
#include "converter/lower/window.h"
#include "converter/refusal.h"
#include "kernels/bounds.h"

namespace qrun::converter {
namespace {

constexpr std::size_t kX = 0, kWeights = 1, kBias = 2;

// Where the weights of output channel c lie: `taps` of them from c * channel_step on, tap_step apart; and along which
// dimension channels may have scales of their own.
struct WeightLayout {
  std::int64_t channels, taps, channel_step, tap_step;
  std::size_t dimension;
};

// In which precision the product of the input's and the weights' scale is formed. The division is in double, but of
// what is rounded once: there it is in float32, as ONNX Runtime's.
enum class Product { kFloat, kDouble, kFloatQuotient };

double real_multiplier(Product product, float input, float weights, float output) {
  if (product == Product::kFloatQuotient) return static_cast<double>(input * weights / output);
  if (product == Product::kFloat) return static_cast<double>(input * weights) / static_cast<double>(output);
  return static_cast<double>(input) * static_cast<double>(weights) / static_cast<double>(output);
}

class Linear {
 public:
  Linear(const Operator& op, Lowering& out, const WeightLayout& layout, Activation activation, Rounding rounding)
      : op_(op),
        out_(out),
        layout_(layout),
        x_(affine(out.input(op, kX))),
        y_(affine(out.output(op))),
        weights_(out.input(op, kWeights)) {
    check_weights();
    result_->input_zero_point = x_.zero_point;
    result_->output_zero_point = y_.zero_point;
    result_->clamp = boxed(activation_range(activation, y_));
    result_->rounds_once = rounding == Rounding::kOnce && can_round_once();
  }

  bool is_per_channel() const { return weights_.quantization.scales.size() > 1; }
  bool is_unsigned() const { return weights_.dtype == DType::kUInt8; }

  std::unique_ptr<qfb::AccumulationT> accumulate(Product product) {
    result_->weight_zero_point = static_cast<std::int32_t>(weights_.quantization.zero_points[0]);
    for (const float scale : weights_.quantization.scales) {
      const double real =
          real_multiplier(result_->rounds_once ? Product::kFloatQuotient : product, x_.scale, scale, y_.scale);
      const kernels::Rescale rescale = checked_rescale(real, 0, y_.zero_point, out_.output(op_));
      result_->rescale.push_back(stored(result_->rounds_once ? within_once(rescale) : rescale));
    }
    for (std::int64_t channel = 0; channel < layout_.channels; ++channel) certify(channel);
    return std::move(result_);
  }

  // x, weights and bias, the bias as a vector: sources are loose about its shape.
  std::vector<TensorId> inputs() const {
    std::vector<TensorId> inputs = {op_.inputs[kX], op_.inputs[kWeights], kAbsent};
    const Tensor* bias = bias_tensor();
    if (bias == nullptr) return inputs;
    inputs[kBias] = op_.inputs[kBias];
    if (bias->rank() != 1) {
      Tensor vector = *bias;
      vector.shape = {static_cast<std::int32_t>(layout_.channels)};
      inputs[kBias] = out_.add_tensor(std::move(vector));
    }
    return inputs;
  }

 private:
  const Tensor* bias_tensor() const {
    const bool absent = op_.inputs.size() <= kBias || op_.inputs[kBias] == kAbsent;
    return absent ? nullptr : &out_.input(op_, kBias);
  }

  // Multipliers of a half and more have no right shift to round once in.
  bool can_round_once() const {
    const auto& scales = weights_.quantization.scales;
    return std::ranges::all_of(scales, [&](float scale) {
      const kernels::Rescale rescale = checked_rescale(
          real_multiplier(Product::kFloatQuotient, x_.scale, scale, y_.scale), 0, y_.zero_point, out_.output(op_));
      return rescale.multiplier == 0 || rescale.shift <= kernels::kMaxOnceShift;
    });
  }

  // Of tiny multipliers the last bits, which no result of 8 bits shows, give way to the least shift.
  static kernels::Rescale within_once(kernels::Rescale rescale) {
    for (; rescale.multiplier != 0 && rescale.shift < kernels::kMinOnceShift; ++rescale.shift) rescale.multiplier /= 2;
    return rescale.multiplier == 0 ? kernels::Rescale{0, 0} : rescale;
  }

  void check_weights() const {
    check_same_dtype(out_.input(op_, kX), weights_);
    check_same_dtype(out_.input(op_, kX), out_.output(op_));
    if (!weights_.is_constant) refuse("its weights '{}' must be constant", weights_.name);
    if (weights_.quantization.scales.empty()) refuse("its weights '{}' have no scale", weights_.name);
    if (is_per_channel() && (is_unsigned() || weights_.quantization.dimension != layout_.dimension)) {
      refuse("its weights '{}' are {} with scales along dimension {}; scales per channel need int8 and dimension {}",
             weights_.name, dtype_name(weights_.dtype), weights_.quantization.dimension, layout_.dimension);
    }
    const auto& zero_points = weights_.quantization.zero_points;
    if (std::ranges::adjacent_find(zero_points, std::not_equal_to<>()) != zero_points.end()) {
      refuse("its weights '{}' have different zero points per channel; quantize weights symmetrically", weights_.name);
    }
    const Tensor* bias = bias_tensor();
    if (bias != nullptr &&
        (!bias->is_constant || bias->dtype != DType::kInt32 || bias->elements() != layout_.channels)) {
      refuse("its bias '{}' must be {} int32 constants", bias->name, layout_.channels);
    }
  }

  std::int32_t bias(std::int64_t channel) const {
    const Tensor* bias = bias_tensor();
    return bias == nullptr ? 0 : flatbuffers::ReadScalar<std::int32_t>(bias->data.data() + 4 * channel);
  }

  void certify(std::int64_t channel) {
    const std::int64_t sum =
        kernels::sum_abs_weights(weights_.data.data() + channel * layout_.channel_step, layout_.taps, layout_.tap_step,
                                 is_unsigned() ? 0x80 : 0, result_->weight_zero_point - (is_unsigned() ? 128 : 0));
    const qfb::Rescale& rescale = result_->rescale[is_per_channel() ? static_cast<std::size_t>(channel) : 0];
    const kernels::ChannelBound bound = kernels::channel_bound(
        sum, bias(channel), x_.min, x_.max, x_.zero_point, {rescale.multiplier(), rescale.shift()}, y_.zero_point,
        result_->rounds_once ? kernels::Rounding::kOnce : kernels::Rounding::kTwice);
    if (!bound.proved) {
      refuse(
          "channel {}: the accumulator can reach {}, which leaves 32 bits there or when rescaled (multiplier {}, "
          "shift {}); quantize the model again",
          channel, bound.accumulator, rescale.multiplier(), rescale.shift());
    }
    result_->accumulator_bound.push_back(static_cast<std::uint32_t>(bound.accumulator));
    result_->output_min.push_back(static_cast<std::int32_t>(bound.output_min));
    result_->output_max.push_back(static_cast<std::int32_t>(bound.output_max));
  }

  const Operator& op_;
  Lowering& out_;
  const WeightLayout layout_;
  const Affine x_, y_;
  const Tensor& weights_;
  std::unique_ptr<qfb::AccumulationT> result_ = std::make_unique<qfb::AccumulationT>();
};

// The shape of weights of a given rank.
const Shape& weights_shape(const Operator& op, const Lowering& out, std::size_t rank) {
  const Tensor& weights = out.input(op, kWeights);
  if (weights.rank() == rank) return weights.shape;
  refuse("its weights '{}' have the shape {}; it must have rank {}", weights.name, shape_text(weights.shape), rank);
}

std::unique_ptr<qfb::AccumulationT> accumulate_convolution(Linear& linear) {
  return linear.accumulate(linear.is_unsigned() ? Product::kFloat : Product::kDouble);
}

}  // namespace

void lower(const Conv2D& params, const Operator& op, Lowering& out) {
  const Shape& shape = weights_shape(op, out, 4);
  const Tensor& x = out.input(op, kX);
  qfb::Conv2DT conv;
  conv.window = resolve(params.window, x, shape[1], shape[2]);
  if (x.shape[3] % shape[3] != 0) {
    refuse("its weights have {} channels, which do not divide the input's {}", shape[3], x.shape[3]);
  }
  conv.groups = x.shape[3] / shape[3];
  const std::int64_t taps = std::int64_t{shape[1]} * shape[2] * shape[3];
  Linear linear(op, out, {shape[0], taps, taps, 1, 0}, params.activation, params.rounding);
  conv.accumulation = accumulate_convolution(linear);
  out.emit(std::move(conv), linear.inputs(), op.output());
}

void lower(const DepthwiseConv2D& params, const Operator& op, Lowering& out) {
  const Shape& shape = weights_shape(op, out, 4);
  if (shape[0] != 1) refuse("its weights have the shape {}; it must begin with 1", shape_text(shape));
  qfb::DepthwiseConv2DT depthwise;
  depthwise.window = resolve(params.window, out.input(op, kX), shape[1], shape[2]);
  const std::int64_t taps = std::int64_t{shape[1]} * shape[2];
  Linear linear(op, out, {shape[3], taps, 1, shape[3], 3}, params.activation, params.rounding);
  depthwise.accumulation = accumulate_convolution(linear);
  out.emit(std::move(depthwise), linear.inputs(), op.output());
}

void lower(const FullyConnected& params, const Operator& op, Lowering& out) {
  const Shape& shape = weights_shape(op, out, 2);
  Linear linear(op, out, {shape[0], shape[1], shape[1], 1, 0}, params.activation, params.rounding);
  qfb::FullyConnectedT fully_connected;
  fully_connected.accumulation = linear.accumulate(linear.is_per_channel() ? Product::kDouble : Product::kFloat);
  out.emit(std::move(fully_connected), linear.inputs(), op.output());
}

}  // namespace qrun::converter
