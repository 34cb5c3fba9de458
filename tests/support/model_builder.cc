#include "tests/support/model_builder.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "kernels/bounds.h"

namespace qrun::test {

ModelBuilder::ModelBuilder(const std::string& name) {
  model.format_version = 1;
  model.name = name;
}

int ModelBuilder::tensor(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype) {
  auto tensor = std::make_unique<qfb::TensorT>();
  tensor->name = name;
  tensor->shape = std::move(shape);
  tensor->dtype = dtype;
  model.tensors.push_back(std::move(tensor));
  return static_cast<int>(model.tensors.size()) - 1;
}

int ModelBuilder::input(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype) {
  const int index = tensor(name, std::move(shape), dtype);
  auto quantization = std::make_unique<qfb::QuantizationT>();
  quantization->scale_bits = {0x3D000000};  // 1 / 32
  quantization->zero_point = {3};
  model.tensors.back()->quantization = std::move(quantization);
  model.inputs.push_back(index);
  return index;
}

int ModelBuilder::constant(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype,
                           std::vector<std::uint8_t> data) {
  const int index = tensor(name, std::move(shape), dtype);
  model.tensors.back()->data = std::move(data);
  return index;
}

int ModelBuilder::constant(const std::string& name, std::vector<std::int32_t> shape,
                           const std::vector<std::int32_t>& data) {
  std::vector<std::uint8_t> bytes(data.size() * sizeof(std::int32_t));
  std::memcpy(bytes.data(), data.data(), bytes.size());
  return constant(name, std::move(shape), qfb::DType::int32, std::move(bytes));
}

int ModelBuilder::random_constant(const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype) {
  std::size_t size = 1;
  for (const std::int32_t extent : shape) size *= static_cast<std::size_t>(extent);
  std::mt19937 random(static_cast<std::uint32_t>(size));
  std::vector<std::uint8_t> data(size);
  std::generate(data.begin(), data.end(), [&] { return static_cast<std::uint8_t>(random() >> 24); });
  return constant(name, std::move(shape), dtype, std::move(data));
}

std::unique_ptr<qfb::AccumulationT> ModelBuilder::accumulation(int weights, int bias, bool depthwise) const {
  const qfb::TensorT& table = *model.tensors[static_cast<std::size_t>(weights)];
  auto result = std::make_unique<qfb::AccumulationT>();
  const bool is_unsigned = table.dtype == qfb::DType::uint8;
  result->input_zero_point = is_unsigned ? 131 : 3;
  result->weight_zero_point = is_unsigned ? 120 : 0;
  result->output_zero_point = is_unsigned ? 126 : -2;
  result->clamp = full_clamp(table.dtype);
  const std::int32_t channels = depthwise ? table.shape.back() : table.shape.front();
  for (std::int32_t channel = 0; channel < channels; ++channel) result->rescale.push_back(rescale(-8 - channel % 3));
  certify(*result, table, bias < 0 ? nullptr : model.tensors[static_cast<std::size_t>(bias)].get(), depthwise);
  return result;
}

int ModelBuilder::add_operator(qfb::ParametersUnion parameters, std::vector<std::int32_t> inputs,
                               const std::string& name, std::vector<std::int32_t> shape, qfb::DType dtype) {
  auto table = std::make_unique<qfb::OperatorT>();
  table->parameters = std::move(parameters);
  table->inputs = std::move(inputs);
  const int output = tensor(name, std::move(shape), dtype);
  table->outputs = {output};
  model.operators.push_back(std::move(table));
  return output;
}

void certify(qfb::AccumulationT& accumulation, const qfb::TensorT& weights, const qfb::TensorT* bias, bool depthwise) {
  const bool is_unsigned = weights.dtype == qfb::DType::uint8;
  const auto channels = static_cast<std::size_t>(depthwise ? weights.shape.back() : weights.shape.front());
  const std::size_t taps = weights.data.size() / channels;
  accumulation.accumulator_bound.clear();
  accumulation.output_min.clear();
  accumulation.output_max.clear();
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::int64_t sum =
        kernels::sum_abs_weights(weights.data.data() + channel * (depthwise ? 1 : taps),
                                 static_cast<std::int64_t>(taps), static_cast<std::int64_t>(depthwise ? channels : 1),
                                 is_unsigned ? 0x80 : 0, accumulation.weight_zero_point - (is_unsigned ? 128 : 0));
    std::int32_t offset = 0;
    if (bias != nullptr) std::memcpy(&offset, bias->data.data() + 4 * channel, sizeof offset);
    const qfb::Rescale& rescale = accumulation.rescale[accumulation.rescale.size() == 1 ? 0 : channel];
    const kernels::ChannelBound bound = kernels::channel_bound(
        sum, offset, is_unsigned ? 0 : -128, is_unsigned ? 255 : 127, accumulation.input_zero_point,
        {rescale.multiplier(), rescale.shift()}, accumulation.output_zero_point,
        accumulation.rounds_once ? kernels::Rounding::kOnce : kernels::Rounding::kTwice);
    accumulation.accumulator_bound.push_back(static_cast<std::uint32_t>(bound.accumulator));
    accumulation.output_min.push_back(static_cast<std::int32_t>(bound.output_min));
    accumulation.output_max.push_back(static_cast<std::int32_t>(bound.output_max));
  }
}

Bytes finish(const qfb::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  qfb::FinishModelBuffer(builder, qfb::CreateModel(builder, &model));
  const auto* data = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {data, data + builder.GetSize()};
}

qfb::Rescale rescale(std::int32_t shift) { return {3 << 29, shift}; }

std::unique_ptr<qfb::Rescale> new_rescale(std::int32_t shift) { return std::make_unique<qfb::Rescale>(rescale(shift)); }

std::unique_ptr<qfb::Clamp> full_clamp(qfb::DType dtype) {
  return dtype == qfb::DType::uint8 ? std::make_unique<qfb::Clamp>(0, 255) : std::make_unique<qfb::Clamp>(-128, 127);
}

std::unique_ptr<qfb::Window> window(std::int32_t stride, std::int32_t pad) {
  return std::make_unique<qfb::Window>(stride, stride, 1, 1, pad, pad, pad, pad);
}

}  // namespace qrun::test
