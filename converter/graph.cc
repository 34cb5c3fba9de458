#include "converter/graph.h"

#include <flatbuffers/base.h>
#include <fmt/ranges.h>

#include <utility>

#include "converter/refusal.h"

namespace qrun::converter {

std::string_view dtype_name(DType dtype) {
  constexpr std::string_view kNames[] = {"float32", "float16", "int4",  "int8", "uint8",
                                         "int16",   "int32",   "int64", "bool", "of another type"};
  return kNames[static_cast<std::size_t>(dtype)];
}

std::size_t dtype_bytes(DType dtype) {
  constexpr std::size_t kBytes[] = {4, 2, 0, 1, 1, 2, 4, 8, 1, 0};
  return kBytes[static_cast<std::size_t>(dtype)];
}

std::string shape_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

std::int64_t Tensor::elements() const {
  std::int64_t count = 1;
  for (const std::int32_t extent : shape) count *= extent;
  return count;
}

TensorId Graph::add_tensor(Tensor tensor) {
  tensors.push_back(std::move(tensor));
  return tensors.size() - 1;
}

void Graph::make_constant(TensorId id, std::vector<std::uint8_t> data) {
  made_bytes += data.size();
  tensors[id].data = made.emplace_back(std::move(data));
  tensors[id].is_constant = true;
}

void Graph::check_room(std::size_t bytes) const {
  if (!has_room(bytes)) {
    refuse("it makes too many constants: more than {} MiB with those before it", made_limit >> 20);
  }
}

void Graph::take_room(std::size_t bytes) {
  check_room(bytes);
  made_bytes += bytes;
}

std::vector<std::int64_t> integers(const Tensor& tensor) {
  if (!tensor.is_constant) refuse("'{}' must be a constant; fold it into the graph when exporting", tensor.name);
  if (!is_index(tensor.dtype)) refuse("'{}' is {}; it must be int32 or int64", tensor.name, dtype_name(tensor.dtype));
  std::vector<std::int64_t> values;
  const std::size_t bytes = dtype_bytes(tensor.dtype);
  for (std::size_t i = 0; i < tensor.data.size(); i += bytes) {
    const std::uint8_t* element = &tensor.data[i];
    values.push_back(bytes == 4 ? flatbuffers::ReadScalar<std::int32_t>(element)
                                : flatbuffers::ReadScalar<std::int64_t>(element));
  }
  return values;
}

std::vector<float> reals(const Tensor& tensor) {
  std::vector<float> values;
  for (std::size_t i = 0; i < tensor.data.size(); i += sizeof(float)) {
    values.push_back(flatbuffers::ReadScalar<float>(&tensor.data[i]));
  }
  return values;
}

std::vector<std::uint8_t> real_bytes(std::span<const float> values) {
  std::vector<std::uint8_t> data(values.size() * sizeof(float));
  for (std::size_t i = 0; i < values.size(); ++i) flatbuffers::WriteScalar(&data[i * sizeof(float)], values[i]);
  return data;
}

std::vector<std::uint8_t> integer_bytes(std::span<const std::int64_t> values, DType dtype) {
  const std::size_t bytes = dtype_bytes(dtype);
  std::vector<std::uint8_t> data(values.size() * bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      data[i * bytes + byte] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(values[i]) >> (8 * byte));
    }
  }
  return data;
}

std::vector<std::size_t> producers(const Graph& graph) {
  std::vector<std::size_t> result(graph.tensors.size(), kAbsent);
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    for (const TensorId output : graph.operators[i].outputs) result[output] = i;
  }
  return result;
}

std::vector<std::size_t> use_counts(const Graph& graph) {
  std::vector<std::size_t> result(graph.tensors.size(), 0);
  for (const TensorId output : graph.outputs) ++result[output];
  for (const Operator& op : graph.operators) {
    for (const TensorId input : op.inputs) {
      if (input != kAbsent) ++result[input];
    }
  }
  return result;
}

}  // namespace qrun::converter
