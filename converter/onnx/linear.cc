#include "converter/onnx/linear.h"

#include <algorithm>
#include <cmath>

#include "converter/onnx/operators.h"
#include "converter/onnx/window.h"

namespace qrun::converter {
namespace {

std::vector<std::int64_t> kernel_of(const Value& weights) {
  if (weights.rank() < 3) refuse("its weights '{}' have the shape {}", weights.name, shape_text(weights.shape));
  return {weights.shape.begin() + 2, weights.shape.end()};
}

// Bias vectors of FullyConnected; others are added behind it.
bool is_vector(const Value& value, std::int32_t extent) {
  return !value.shape.empty() && value.shape.back() == extent &&
         std::all_of(value.shape.begin(), value.shape.end() - 1, [](std::int32_t one) { return one == 1; });
}

Value as_vector(NodeReader& reader, const Value& value) {
  if (value.rank() == 1) return value;
  if (value.shape.empty() || !is_vector(value, value.shape.back())) {
    refuse("its bias '{}' has the shape {}; it must be a vector", value.name, shape_text(value.shape));
  }
  Value result = reader.temporary(value.type, {value.shape.back()});
  reader.emit_movement(Reshape{}, {reader.builder().canonical(value)}, result);
  return result;
}

std::optional<Value> optional_input(NodeReader& reader, std::size_t index) {
  return reader.has_input(index) ? std::optional(reader.input(index)) : std::nullopt;
}

}  // namespace

Value with_axis(NodeReader& reader, const Value& value, std::size_t axis) {
  Value result = value;
  result.shape.insert(result.shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  for (std::size_t& entry : result.order) entry += entry >= axis ? 1 : 0;
  result.order.insert(result.order.begin() + 1, axis);
  Value y = reader.temporary(value.type, result.shape, result.order);
  reader.emit_movement(Reshape{}, {value}, y);
  return y;
}

Value without_axis(NodeReader& reader, const Value& value, std::size_t axis) {
  Value result = value;
  result.shape.erase(result.shape.begin() + static_cast<std::ptrdiff_t>(axis));
  std::erase(result.order, axis);
  for (std::size_t& entry : result.order) entry -= entry > axis ? 1 : 0;
  Value y = reader.temporary(value.type, result.shape, result.order);
  reader.emit_movement(Reshape{}, {value}, y);
  return y;
}

Value convolve(NodeReader& reader, const Value& x, const Value& weights, const std::optional<Value>& bias) {
  const WindowAxes axes = read_window(reader, x, kernel_of(weights));
  const std::int64_t groups = reader.integer("group", 1);
  const std::int32_t channels = x.shape[1], outputs = weights.shape[0];
  if (groups < 1 || channels % groups != 0 || outputs % groups != 0 || weights.shape[1] != channels / groups) {
    refuse("its weights '{}' have the shape {}, which {} groups of {} channels do not allow", weights.name,
           shape_text(weights.shape), groups, channels);
  }
  const Value image = as_image(reader, x);
  const Value filters = weights.rank() == 3 ? with_axis(reader, weights, 2) : weights;
  const bool is_depthwise = groups > 1 && groups == channels;
  const Order order = is_depthwise ? Order{1, 2, 3, 0} : nhwc_order();
  std::vector<Value> inputs = {image, reader.builder().reordered(filters, order)};
  if (bias) inputs.push_back(as_vector(reader, *bias));
  const auto extent = [](const WindowAxis& axis) { return static_cast<std::int32_t>(axis.output()); };
  const Value y = reader.temporary(x.type, {x.shape[0], outputs, extent(axes[0]), extent(axes[1])}, nhwc_order());
  if (is_depthwise) {
    reader.emit(DepthwiseConv2D{window_of(axes), Activation::kNone}, inputs, y);
  } else {
    reader.emit(Conv2D{window_of(axes), Activation::kNone}, inputs, y);
  }
  return like_source(reader, y, x);
}

Value multiply(NodeReader& reader, const Value& x, const Value& weights, bool transposed,
               const std::optional<Value>& bias) {
  if (weights.rank() != 2 || x.rank() < 1) {
    refuse("it multiplies '{}' {} by '{}' {}; the second must be a constant matrix of rank 2", x.name,
           shape_text(x.shape), weights.name, shape_text(weights.shape));
  }
  const std::int32_t depth = weights.shape[transposed ? 1 : 0], outputs = weights.shape[transposed ? 0 : 1];
  if (x.shape.back() != depth) {
    refuse("it multiplies '{}' {} by '{}' {}: the inner extents differ", x.name, shape_text(x.shape), weights.name,
           shape_text(weights.shape));
  }
  const Value rows = x.order.back() == x.rank() - 1 ? x : reader.builder().canonical(x);
  std::vector<Value> inputs = {rows, reader.builder().reordered(weights, transposed ? Order{0, 1} : Order{1, 0})};
  if (bias) inputs.push_back(as_vector(reader, *bias));
  Shape shape = x.shape;
  shape.back() = outputs;
  Value y = reader.temporary(x.type, shape, rows.order);
  reader.emit(FullyConnected{Activation::kNone}, inputs, y);
  return y;
}

Value scale_channels(NodeReader& reader, const Value& x, const std::vector<float>& a, const std::vector<float>& b) {
  Shape shape(x.rank() > 1 ? x.rank() - 1 : 1, 1);
  shape[0] = static_cast<std::int32_t>(a.size());
  const Value scaled = reader.emit_binary(Mul{Activation::kNone}, x, reader.real_constant(a, shape));
  return reader.emit_binary(Add{Activation::kNone}, scaled, reader.real_constant(b, shape));
}

namespace onnx_operators {

void conv(NodeReader& reader) {
  reader.finish(convolve(reader, reader.input(0), reader.input(1), optional_input(reader, 2)));
}

void mat_mul(NodeReader& reader) { reader.finish(multiply(reader, reader.input(0), reader.input(1), false)); }

// alpha and beta become a scale and an offset behind the product.
void gemm(NodeReader& reader) {
  if (reader.integer("transA", 0) != 0) throw Refusal("it transposes its first factor; put a Transpose before it");
  const bool transposed = reader.integer("transB", 0) != 0;
  const float alpha = reader.real("alpha", 1), beta = reader.real("beta", 1);
  const Value& weights = reader.input(1);
  std::optional<Value> bias = optional_input(reader, 2);
  const std::int32_t outputs = weights.rank() == 2 ? weights.shape[transposed ? 0 : 1] : 0;
  const bool fused = alpha == 1 && beta == 1 && bias && is_vector(*bias, outputs);
  Value y = multiply(reader, reader.input(0), weights, transposed, fused ? bias : std::nullopt);
  if (alpha != 1) y = reader.emit_binary(Mul{Activation::kNone}, y, reader.real_constant({alpha}, {}));
  if (bias && !fused) {
    if (beta != 1) bias = reader.emit_binary(Mul{Activation::kNone}, *bias, reader.real_constant({beta}, {}));
    y = reader.emit_binary(Add{Activation::kNone}, y, *bias);
  }
  reader.finish(y);
}

void batch_normalization(NodeReader& reader) {
  if (reader.integer("training_mode", 0) != 0) throw Refusal("it is in training mode; export for inference");
  const auto scale = reader.constant_reals(1), bias = reader.constant_reals(2);
  const auto mean = reader.constant_reals(3), variance = reader.constant_reals(4);
  const Value& x = reader.input();
  const std::size_t channels = x.rank() < 2 ? 1 : static_cast<std::size_t>(x.shape[1]);
  for (const auto* values : {&scale, &bias, &mean, &variance}) {
    if (values->size() != channels) refuse("it has {} parameters for {} channels", values->size(), channels);
  }
  const double epsilon = static_cast<double>(reader.real("epsilon", 1e-5F));
  std::vector<float> a, b;
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = static_cast<double>(scale[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
    a.push_back(static_cast<float>(factor));
    b.push_back(static_cast<float>(static_cast<double>(bias[c]) - static_cast<double>(mean[c]) * factor));
  }
  reader.finish(scale_channels(reader, x, a, b));
}

}  // namespace onnx_operators
}  // namespace qrun::converter
