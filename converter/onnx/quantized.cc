// QOperator form and the integer operators: each is its real operator between Dequantize and Quantize, which the passes
// make integers of again.

#include <cmath>

#include "converter/onnx/linear.h"
#include "converter/onnx/operators.h"
#include "converter/onnx/pool.h"
#include "converter/onnx/quantization.h"

namespace qrun::converter::onnx_operators {
namespace {

// An int32 bias is in units of input scale times weight scale.
std::optional<Value> bias_of(NodeReader& reader, std::size_t index, std::size_t x_scale, std::size_t w_scale) {
  if (!reader.has_input(index)) return std::nullopt;
  const Value& bias = reader.input(index);
  const float scale = reader.constant_real(x_scale);
  Quantization quantization;
  for (const float one : reader.constant_reals(w_scale)) quantization.scales.push_back(scale * one);
  quantization.zero_points.assign(quantization.scales.size(), 0);
  if (quantization.scales.size() > 1 && bias.shape != Shape{static_cast<std::int32_t>(quantization.scales.size())}) {
    refuse("its bias '{}' has the shape {} for {} scales", bias.name, shape_text(bias.shape),
           quantization.scales.size());
  }
  return dequantized(reader, bias, std::move(quantization));
}

// Integers less their zero point, as the real numbers that they are.
Value integers_of(NodeReader& reader, std::size_t index, std::size_t zero_point, std::size_t axis) {
  const Value& value = reader.input(index);
  if (!is_8_bit(value.type)) refuse("'{}' is {}; it must be 8-bit", value.name, onnx_type_name(value.type));
  const std::int64_t zero = is_unsigned_8_bit(value.type) ? -128 : 0;
  Quantization quantization;
  quantization.zero_points = reader.has_input(zero_point) ? reader.zero_points(zero_point) : std::vector{zero};
  quantization.scales.assign(quantization.zero_points.size(), 1);
  return dequantized(reader, value, along(value, axis, std::move(quantization), value.name));
}

}  // namespace

void q_linear_conv(NodeReader& reader) {
  const Value x = dequantized_input(reader, 0), weights = dequantized_input(reader, 3);
  quantize_output(reader, convolve(reader, x, weights, bias_of(reader, 8, 1, 4)), 6, 7);
}

void q_linear_mat_mul(NodeReader& reader) {
  const Value x = dequantized_input(reader, 0), weights = dequantized_input(reader, 3, 1);
  quantize_output(reader, multiply(reader, x, weights, false), 6, 7);
}

// Inputs: A, its scale and zero point, B and its, C, the output's scale and zero point. Without these the result is
// real.
void q_gemm(NodeReader& reader) {
  if (reader.integer("transA", 0) != 0) throw Refusal("it transposes its first factor; put a Transpose before it");
  const bool transposed = reader.integer("transB", 0) != 0;
  const float alpha = reader.real("alpha", 1);
  const Value x = dequantized_input(reader, 0), weights = dequantized_input(reader, 3, transposed ? 0 : 1);
  Value y = multiply(reader, x, weights, transposed, bias_of(reader, 6, 1, 4));
  if (alpha != 1) y = reader.emit_binary(Mul{Activation::kNone}, y, reader.real_constant({alpha}, {}));
  if (!reader.has_input(7)) return reader.finish(y);
  quantize_output(reader, y, 7, 8);
}

void q_linear_binary(NodeReader& reader) {
  const Value a = dequantized_input(reader, 0), b = dequantized_input(reader, 3);
  const Value y = reader.type() == "QLinearAdd" ? reader.emit_binary(Add{Activation::kNone}, a, b)
                                                : reader.emit_binary(Mul{Activation::kNone}, a, b);
  quantize_output(reader, y, 6, 7);
}

// Inputs: the output's scale and zero point, then three for each part.
void q_linear_concat(NodeReader& reader) {
  std::vector<Value> parts;
  for (std::size_t i = 2; i + 2 < reader.input_count(); i += 3) parts.push_back(dequantized_input(reader, i));
  quantize_output(reader, concatenate(reader, parts), 0, 1);
}

void q_linear_average_pool(NodeReader& reader) {
  if (reader.integer("channels_last", 0) != 0) throw Refusal("its images are [N,H,W,C]; export with channels first");
  quantize_output(reader, average(reader, dequantized_input(reader, 0)), 3, 4);
}

void q_linear_global_average_pool(NodeReader& reader) {
  if (reader.integer("channels_last", 0) != 0) throw Refusal("its images are [N,H,W,C]; export with channels first");
  quantize_output(reader, global_average(reader, dequantized_input(reader, 0)), 3, 4);
}

void q_linear_leaky_relu(NodeReader& reader) {
  const Value x = dequantized_input(reader, 0), y = reader.temporary(x.type, x.shape, x.order);
  reader.emit(LeakyRelu{reader.real("alpha", 0.01F)}, {x}, y);
  quantize_output(reader, y, 3, 4);
}

void q_linear_sigmoid(NodeReader& reader) {
  const Value x = dequantized_input(reader, 0), y = reader.temporary(x.type, x.shape, x.order);
  reader.emit(Function{"logistic"}, {x}, y);
  quantize_output(reader, y, 3, 4);
}

void q_linear_softmax(NodeReader& reader) {
  const bool coerces = reader.integer("opset", 13) < 13;
  quantize_output(reader, softmax_of(reader, dequantized_input(reader, 0), reader.integer("axis", -1), coerces), 3, 4);
}

// Their results are whole numbers, which the graph treats as reals until they are quantized.
void conv_integer(NodeReader& reader) {
  const Value x = integers_of(reader, 0, 2, 0), weights = integers_of(reader, 1, 3, 0);
  reader.finish(convolve(reader, x, weights, std::nullopt));
}

void mat_mul_integer(NodeReader& reader) {
  const Value x = integers_of(reader, 0, 2, 0), weights = integers_of(reader, 1, 3, 1);
  reader.finish(multiply(reader, x, weights, false));
}

}  // namespace qrun::converter::onnx_operators
