#include "tests/converter/tflite_builder.h"

#include <algorithm>
#include <memory>

namespace qrun::test {

TfliteBuilder::TfliteBuilder() {
  model.version = 3;
  model.subgraphs.push_back(std::make_unique<tflite::SubGraphT>());
  model.buffers.push_back(std::make_unique<tflite::BufferT>());  // number 0 is always empty
}

int TfliteBuilder::tensor(const std::string& name, std::vector<std::int32_t> shape, Quant quant, Type type) {
  auto result = std::make_unique<tflite::TensorT>();
  result->name = name;
  result->shape = std::move(shape);
  result->type = type;
  if (quant.scale != 0) {
    result->quantization = std::make_unique<tflite::QuantizationParametersT>();
    result->quantization->scale = {quant.scale};
    result->quantization->zero_point = {quant.zero_point};
  }
  graph().tensors.push_back(std::move(result));
  return static_cast<int>(graph().tensors.size()) - 1;
}

int TfliteBuilder::input(const std::string& name, std::vector<std::int32_t> shape, Quant quant, Type type) {
  graph().inputs.push_back(tensor(name, std::move(shape), quant, type));
  return graph().inputs.back();
}

int TfliteBuilder::constant(const std::string& name, std::vector<std::int32_t> shape, std::vector<std::uint8_t> data,
                            Quant quant, Type type) {
  const int result = tensor(name, std::move(shape), quant, type);
  at(result).buffer = static_cast<std::uint32_t>(model.buffers.size());
  model.buffers.push_back(std::make_unique<tflite::BufferT>());
  model.buffers.back()->data = std::move(data);
  return result;
}

int TfliteBuilder::indices(const std::string& name, std::vector<std::int32_t> shape,
                           const std::vector<std::int32_t>& values) {
  return constant(name, std::move(shape), bytes_of(values), {}, Type::INT32);
}

int TfliteBuilder::add(Code code, std::vector<int> inputs, const std::string& name, std::vector<std::int32_t> shape,
                       Quant quant, Type type) {
  const int output = tensor(name, std::move(shape), quant, type);
  add_operator(code, std::move(inputs), {output});
  return output;
}

tflite::OperatorT& TfliteBuilder::add_operator(Code code, std::vector<int> inputs, std::vector<int> outputs) {
  auto op_code = std::make_unique<tflite::OperatorCodeT>();
  op_code->builtin_code = code;
  op_code->deprecated_builtin_code = static_cast<std::int8_t>(std::min(static_cast<int>(code), 127));
  model.operator_codes.push_back(std::move(op_code));
  auto op = std::make_unique<tflite::OperatorT>();
  op->opcode_index = static_cast<std::uint32_t>(model.operator_codes.size()) - 1;
  op->inputs = std::move(inputs);
  op->outputs = std::move(outputs);
  graph().operators.push_back(std::move(op));
  return *graph().operators.back();
}

TfliteBytes TfliteBuilder::finish() const {
  flatbuffers::FlatBufferBuilder builder;
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, &model));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

std::vector<std::uint8_t> bytes_of(const std::vector<std::int32_t>& values) {
  std::vector<std::uint8_t> bytes;
  for (const std::int32_t value : values) {
    for (int byte = 0; byte < 4; ++byte) {
      bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(value) >> (8 * byte)));
    }
  }
  return bytes;
}

TfliteBuilder small_convolution() {
  TfliteBuilder file;
  const int x = file.input("x", {1, 4, 4, 2}, {0.5F, 3});
  const int weights = file.constant("weights", {3, 3, 3, 2}, std::vector<std::uint8_t>(54, 7), {0.25F, 0});
  const int bias = file.indices("bias", {3}, {100, -200, 300});
  tflite::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  options.fused_activation_function = tflite::ActivationFunctionType::RELU;
  file.output(file.add(Code::CONV_2D, options, {x, weights, bias}, "y", {1, 4, 4, 3}, {2, -5}));
  return file;
}

}  // namespace qrun::test
