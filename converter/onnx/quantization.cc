#include "converter/onnx/quantization.h"

#include <algorithm>
#include <cmath>

#include "converter/half_even.h"
#include "converter/onnx/operators.h"

namespace qrun::converter {
namespace {

OnnxType quantized_type(NodeReader& reader, std::size_t zero_point) {
  OnnxType type = OnnxType::kUInt8;
  if (reader.has_input(zero_point)) {
    type = reader.input(zero_point).type;
  } else if (const auto stated = static_cast<OnnxType>(reader.integer("output_dtype", 0)); stated != OnnxType{}) {
    type = stated;
  }
  if (!is_8_bit(type)) {
    refuse("it quantizes to {}; only int8 and uint8 are supported: quantize to 8 bits", onnx_type_name(type));
  }
  return type;
}

// A constant in 8 bits, each real divided and rounded half to even as the format says.
std::vector<std::uint8_t> quantized_bytes(const Tensor& real, const Quantization& quantization) {
  const std::vector<float> values = reals(real);
  std::size_t inner = 1;
  for (std::size_t i = quantization.dimension + 1; i < real.rank(); ++i)
    inner *= static_cast<std::size_t>(real.shape[i]);
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t count = quantization.scales.size();
    const std::size_t channel = count == 1 ? 0 : i / inner % count;
    bytes.push_back(static_cast<std::uint8_t>(
        quantize_half_even(values[i], quantization.scales[channel], quantization.zero_points[channel])));
  }
  return bytes;
}

}  // namespace

Quantization read_quantization(NodeReader& reader, const Value& value, std::size_t scale, std::size_t zero_point,
                               std::size_t axis) {
  if (reader.integer("block_size", 0) != 0) {
    throw Refusal("its scales are per block; quantize per tensor, or weights per channel");
  }
  Quantization result;
  result.scales = reader.constant_reals(scale);
  if (reader.has_input(zero_point)) {
    result.zero_points = reader.zero_points(zero_point);
  } else {
    result.zero_points.assign(result.scales.size(), is_unsigned_8_bit(value.type) ? -128 : 0);
  }
  const std::string& name = reader.input(scale).name;
  for (const float one : result.scales) {
    if (!std::isfinite(one) || one <= 0) refuse("its scale '{}' is {}; it must be positive and finite", name, one);
  }
  return along(value, axis, std::move(result), name);
}

Quantization along(const Value& value, std::size_t axis, Quantization quantization, const std::string& name) {
  const std::size_t count = quantization.scales.size();
  if (quantization.zero_points.size() == 1) quantization.zero_points.resize(count, quantization.zero_points[0]);
  if (count == 0 || quantization.zero_points.size() != count) {
    refuse("'{}' has {} scales and {} zero points", name, count, quantization.zero_points.size());
  }
  if (count == 1) return quantization;
  if (axis >= value.rank() || static_cast<std::size_t>(value.shape[axis]) != count) {
    refuse("'{}' has {} entries along axis {} of shape {}", name, count, axis, shape_text(value.shape));
  }
  quantization.dimension = static_cast<std::size_t>(std::ranges::find(value.order, axis) - value.order.begin());
  return quantization;
}

Value dequantized(NodeReader& reader, const Value& value, Quantization quantization) {
  const DType held = reader.tensor(value).dtype;
  if (held != DType::kInt8 && held != DType::kInt32) {
    refuse("'{}' is {}; only 8-bit integers and int32 biases can be dequantized", value.name,
           onnx_type_name(value.type));
  }
  const Value integers = reader.builder().quantized_as(value, std::move(quantization));
  Value real = reader.temporary(OnnxType::kFloat, value.shape, value.order);
  reader.emit(Dequantize{}, {integers}, real);
  return real;
}

Value dequantized_input(NodeReader& reader, std::size_t index, std::size_t axis) {
  const Value& value = reader.input(index);
  return dequantized(reader, value, read_quantization(reader, value, index + 1, index + 2, axis));
}

void quantize_output(NodeReader& reader, const Value& real, std::size_t scale, std::size_t zero_point,
                     std::size_t axis) {
  Value like = real;
  like.type = quantized_type(reader, zero_point);
  const Quantization quantization = read_quantization(reader, like, scale, zero_point, axis);
  if (reader.is_constant(real)) {
    const Value constant = reader.builder().constant(reader.output_name(), like.type, real.shape, {});
    Graph& graph = reader.builder().graph();
    graph.check_room(reader.tensor(real).data.size());
    graph.make_constant(constant.id, quantized_bytes(reader.tensor(real), quantization));
    graph.tensors[constant.id].quantization = quantization;
    return reader.define(constant);
  }
  const Value result = reader.result(like.type, real.shape, real.order);
  reader.builder().graph().tensors[result.id].quantization = quantization;
  reader.emit(Quantize{}, {real}, result);
  reader.define(result);
}

namespace onnx_operators {

void quantize_linear(NodeReader& reader) {
  const Value x = reader.is_constant(reader.input()) ? reader.canonical(0) : reader.input();
  if (!is_real(x.type)) refuse("its input '{}' is {}; it must be real", x.name, onnx_type_name(x.type));
  const std::int64_t axis = reader.integer("axis", 1);
  quantize_output(reader, x, 1, 2, x.rank() <= 1 ? 0 : NodeReader::axis(axis, x.rank()));
}

void dequantize_linear(NodeReader& reader) {
  const Value x = reader.input();
  const std::int64_t axis =
      x.rank() <= 1 ? 0 : static_cast<std::int64_t>(NodeReader::axis(reader.integer("axis", 1), x.rank()));
  reader.finish(dequantized(reader, x, read_quantization(reader, x, 1, 2, static_cast<std::size_t>(axis))));
}

// 8-bit integers that are taken as real numbers, as images are, have a scale of 1.
void cast(NodeReader& reader) {
  const Value& x = reader.input();
  const auto type = static_cast<OnnxType>(reader.integer("to", 0));
  if (type == x.type || (is_real(type) && is_real(x.type))) return reader.finish(x);
  if (is_8_bit(x.type) && is_real(type)) {
    return reader.finish(dequantized(reader, x, {{1.0F}, {is_unsigned_8_bit(x.type) ? -128 : 0}, 0}));
  }
  const Value y = reader.result(type, x.shape, x.order);
  if (is_8_bit(type) && is_real(x.type)) {
    throw Refusal("it casts real numbers to 8 bits, which truncates; use QuantizeLinear with a scale of 1");
  }
  reader.emit(Cast{}, {x}, y);
  reader.define(y);
}

}  // namespace onnx_operators
}  // namespace qrun::converter
