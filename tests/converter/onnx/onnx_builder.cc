#include "tests/converter/onnx/onnx_builder.h"

#include <bit>

namespace qrun::test {
namespace {

template <class T>
void append(std::string& bytes, T value, std::size_t size) {
  for (std::size_t byte = 0; byte < size; ++byte) {
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * byte)));
  }
}

void set(onnx::AttributeProto& attribute, std::int64_t value) { attribute.set_i(value); }
void set(onnx::AttributeProto& attribute, float value) { attribute.set_f(value); }
void set(onnx::AttributeProto& attribute, const char* value) { attribute.set_s(value); }
void set(onnx::AttributeProto& attribute, const Extents& value) {
  attribute.mutable_ints()->Assign(value.begin(), value.end());
}

std::int64_t count(const std::vector<float>& scales) { return static_cast<std::int64_t>(scales.size()); }

}  // namespace

OnnxBuilder::OnnxBuilder(std::int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  graph();
}

std::string OnnxBuilder::input(const std::string& name, const Extents& shape, OnnxType type) {
  onnx::ValueInfoProto& info = *graph().add_input();
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<std::int32_t>(type));
  tensor.mutable_shape();
  for (const std::int64_t extent : shape) {
    auto& dimension = *tensor.mutable_shape()->add_dim();
    if (extent < 0) {
      dimension.set_dim_param("N");
    } else {
      dimension.set_dim_value(extent);
    }
  }
  return name;
}

onnx::TensorProto& OnnxBuilder::tensor(const std::string& name, const Extents& shape, OnnxType type) {
  onnx::TensorProto& result = *graph().add_initializer();
  result.set_name(name);
  result.mutable_dims()->Assign(shape.begin(), shape.end());
  result.set_data_type(static_cast<std::int32_t>(type));
  return result;
}

std::string OnnxBuilder::reals(const std::string& name, const Extents& shape, const std::vector<float>& values) {
  std::string& raw = *tensor(name, shape, OnnxType::kFloat).mutable_raw_data();
  for (const float value : values) append(raw, std::bit_cast<std::uint32_t>(value), 4);
  return name;
}

std::string OnnxBuilder::integers(const std::string& name, const Extents& values, OnnxType type) {
  std::string& raw = *tensor(name, {static_cast<std::int64_t>(values.size())}, type).mutable_raw_data();
  for (const std::int64_t value : values) append(raw, value, type == OnnxType::kInt32 ? 4 : 8);
  return name;
}

std::string OnnxBuilder::bytes(const std::string& name, const Extents& shape, const std::vector<int>& values,
                               OnnxType type) {
  std::string& raw = *tensor(name, shape, type).mutable_raw_data();
  for (const int value : values) append(raw, value, 1);
  return name;
}

onnx::NodeProto& OnnxBuilder::node(const std::string& type, const Names& inputs, const Names& outputs,
                                   std::initializer_list<Attribute> attributes) {
  onnx::NodeProto& result = *graph().add_node();
  result.set_op_type(type);
  for (const std::string& name : inputs) result.add_input(name);
  for (const std::string& name : outputs) result.add_output(name);
  for (const Attribute& attribute : attributes) {
    onnx::AttributeProto& proto = *result.add_attribute();
    proto.set_name(attribute.name);
    std::visit([&](const auto& value) { set(proto, value); }, attribute.value);
  }
  return result;
}

std::string OnnxBuilder::add(const std::string& type, const Names& inputs, const std::string& output,
                             std::initializer_list<Attribute> attributes) {
  node(type, inputs, {output}, attributes);
  return output;
}

std::string OnnxBuilder::quantize(const std::string& x, const std::string& output, Scale scale) {
  return add(
      "QuantizeLinear",
      {x, reals(output + ".scale", {}, {scale.scale}), bytes(output + ".zero", {}, {scale.zero_point}, scale.type)},
      output);
}

std::string OnnxBuilder::dequantize(const std::string& x, const std::string& output, Scale scale) {
  return add(
      "DequantizeLinear",
      {x, reals(output + ".scale", {}, {scale.scale}), bytes(output + ".zero", {}, {scale.zero_point}, scale.type)},
      output);
}

std::string OnnxBuilder::requantize(const std::string& x, const std::string& output, Scale scale) {
  return dequantize(quantize(x, output, scale), output + ".real", scale);
}

std::string OnnxBuilder::weights(const std::string& name, const Extents& shape, const std::vector<int>& values,
                                 const std::vector<float>& scales, std::int64_t axis) {
  bytes(name, shape, values);
  reals(name + ".scale", scales.size() == 1 ? Extents{} : Extents{count(scales)}, scales);
  return add("DequantizeLinear", {name, name + ".scale"}, name + ".real", {{"axis", axis}});
}

std::string OnnxBuilder::bias(const std::string& name, const Extents& values, const std::vector<float>& scales) {
  integers(name, values, OnnxType::kInt32);
  reals(name + ".scale", scales.size() == 1 ? Extents{} : Extents{count(scales)}, scales);
  return add("DequantizeLinear", {name, name + ".scale"}, name + ".real", {{"axis", std::int64_t{0}}});
}

std::string OnnxBuilder::quantized_input(const std::string& name, const Extents& shape, Scale scale) {
  return requantize(input(name, shape), name + ".q", scale);
}

void OnnxBuilder::quantized_output(const std::string& x, Scale scale, const std::string& name) {
  output(dequantize(quantize(x, name + ".q", scale), name, scale));
}

OnnxBytes OnnxBuilder::finish() const {
  const std::string bytes = model.SerializeAsString();
  return {bytes.begin(), bytes.end()};
}

OnnxBuilder small_onnx_convolution() {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2, 4, 4}, {0.5F, 3});
  const std::string weights = file.weights("weights", {3, 2, 3, 3}, std::vector<int>(54, 7), {0.25F});
  const std::string bias = file.bias("bias", {100, -200, 300}, {0.125F});
  const std::string conv = file.add("Conv", {x, weights, bias}, "conv", {{"pads", Extents{1, 1, 1, 1}}});
  file.quantized_output(file.add("Relu", {conv}, "relu"), {2, -5});
  return file;
}

}  // namespace qrun::test
