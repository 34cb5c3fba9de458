#include "converter/tflite/tensors.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "converter/refusal.h"

namespace qrun::converter {
namespace {

DType dtype_of(tflite::TensorType type) {
  switch (type) {
    case tflite::TensorType::FLOAT32:
      return DType::kFloat32;
    case tflite::TensorType::FLOAT16:
      return DType::kFloat16;
    case tflite::TensorType::INT4:
      return DType::kInt4;
    case tflite::TensorType::INT8:
      return DType::kInt8;
    case tflite::TensorType::UINT8:
      return DType::kUInt8;
    case tflite::TensorType::INT16:
      return DType::kInt16;
    case tflite::TensorType::INT32:
      return DType::kInt32;
    case tflite::TensorType::INT64:
      return DType::kInt64;
    case tflite::TensorType::BOOL:
      return DType::kBool;
    default:
      return DType::kOther;
  }
}

Quantization quantization_of(TfliteFile& file, const tflite::Tensor& source, std::size_t rank) {
  Quantization result;
  const auto* quantization = source.quantization();
  if (quantization == nullptr) return result;
  if (const auto* scales = quantization->scale(); scales != nullptr) {
    file.spend(scales->size() * sizeof(float));
    result.scales.assign(scales->begin(), scales->end());
  }
  if (const auto* zero_points = quantization->zero_point(); zero_points != nullptr) {
    file.spend(zero_points->size() * sizeof(std::int64_t));
    // One by one: FlatBuffers' verifier lets 64-bit elements lie where only 32-bit ones may.
    for (flatbuffers::uoffset_t i = 0; i < zero_points->size(); ++i) {
      result.zero_points.push_back(
          flatbuffers::ReadScalar<std::int64_t>(zero_points->Data() + i * sizeof(std::int64_t)));
    }
  }
  if (result.zero_points.empty()) result.zero_points.assign(result.scales.size(), 0);
  // Of a vector there is only one dimension, whatever the file says: some name the weights' here.
  if (rank > 1) result.dimension = static_cast<std::size_t>(std::max(quantization->quantized_dimension(), 0));
  return result;
}

Shape shape_of(const tflite::Tensor& source) {
  constexpr std::size_t kMaxRank = 32;
  if (source.shape() == nullptr) return {};
  if (source.shape()->size() > kMaxRank)
    refuse("its rank is {}; at most {} makes sense", source.shape()->size(), kMaxRank);
  return {source.shape()->begin(), source.shape()->end()};
}

bool is_dynamic(const Shape& shape) {
  return std::any_of(shape.begin(), shape.end(), [](std::int32_t extent) { return extent < 0; });
}

void check_size(const Tensor& tensor) {
  constexpr std::int64_t kMaxBytes = std::numeric_limits<std::int32_t>::max();
  auto bytes = static_cast<std::int64_t>(std::max<std::size_t>(dtype_bytes(tensor.dtype), 1));
  for (const std::int32_t extent : tensor.shape) {
    if (extent > 0 && bytes > kMaxBytes / extent) {
      refuse("its shape {} takes 2 GiB or more", shape_text(tensor.shape));
    }
    bytes *= extent;
  }
}

void read_data(const TfliteFile& file, const tflite::Tensor& source, Tensor& tensor) {
  tensor.data = file.buffer(source.buffer());
  if (tensor.data.empty()) return;
  tensor.is_constant = true;
  const std::size_t bytes = static_cast<std::size_t>(tensor.elements()) * dtype_bytes(tensor.dtype);
  if (dtype_bytes(tensor.dtype) != 0 && tensor.data.size() != bytes) {
    refuse("its data has {} bytes; shape {} of {} takes {}", tensor.data.size(), shape_text(tensor.shape),
           dtype_name(tensor.dtype), bytes);
  }
}

std::string obstacle(const tflite::Tensor& source, const Tensor& tensor) {
  if (is_dynamic(tensor.shape)) {
    return fmt::format("'{}' has the dynamic shape {}; export the model with fixed input shapes", tensor.name,
                       shape_text(tensor.shape));
  }
  if (source.is_variable()) {
    return fmt::format("'{}' is a variable; pass state through inputs and outputs instead", tensor.name);
  }
  if (source.sparsity() != nullptr) return fmt::format("'{}' is sparse; export dense weights", tensor.name);
  return {};
}

}  // namespace

std::vector<std::string> read_tflite_tensors(TfliteFile& file, Graph& graph) {
  std::vector<std::string> obstacles;
  const auto* sources = file.graph().tensors();
  if (sources == nullptr) return obstacles;
  for (const tflite::Tensor* source : *sources) {
    Tensor tensor;
    if (source->name() != nullptr) {
      file.spend(source->name()->size());
      tensor.name = source->name()->str();
    }
    try {
      tensor.shape = shape_of(*source);
      tensor.dtype = dtype_of(source->type());
      tensor.quantization = quantization_of(file, *source, tensor.rank());
      obstacles.push_back(obstacle(*source, tensor));
      if (!is_dynamic(tensor.shape)) check_size(tensor);
      if (obstacles.back().empty()) read_data(file, *source, tensor);
    } catch (const Refusal& refusal) {
      refuse("tensor {} '{}': {}", graph.tensors.size(), tensor.name, refusal.what());
    }
    graph.add_tensor(std::move(tensor));
  }
  return obstacles;
}

}  // namespace qrun::converter
