#include "tests/support/interpreter.h"

#include <cstring>
#include <type_traits>
#include <utility>

#include "tests/support/interpreter_ops.h"

namespace qrun::test {
namespace {

template <class T>
void append_as(std::int64_t value, std::vector<std::uint8_t>& bytes) {
  const T element = static_cast<T>(value);
  const auto* data = reinterpret_cast<const std::uint8_t*>(&element);
  bytes.insert(bytes.end(), data, data + sizeof element);
}

template <class T>
void read_as(const std::uint8_t* bytes, std::vector<std::int64_t>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, bytes + i * sizeof element, sizeof element);
    values[i] = element;
  }
}

// Calls visit with a T() of the dtype's C++ type.
template <class Visit>
void with_type(qfb::DType dtype, Visit visit) {
  switch (dtype) {
    case qfb::DType::int8:
      return visit(std::int8_t{});
    case qfb::DType::uint8:
      return visit(std::uint8_t{});
    case qfb::DType::int32:
      return visit(std::int32_t{});
    case qfb::DType::int64:
      return visit(std::int64_t{});
  }
}

}  // namespace

std::int64_t element_count(const std::vector<std::int32_t>& shape) {
  std::int64_t count = 1;
  for (const std::int32_t extent : shape) count *= extent;
  return count;
}

std::vector<std::uint8_t> to_bytes(const Array& array, qfb::DType dtype) {
  std::vector<std::uint8_t> bytes;
  with_type(dtype, [&](auto type) {
    for (const std::int64_t value : array.values) append_as<decltype(type)>(value, bytes);
  });
  return bytes;
}

Array from_bytes(const std::uint8_t* bytes, const qfb::TensorT& tensor) {
  Array array{tensor.shape, std::vector<std::int64_t>(static_cast<std::size_t>(element_count(tensor.shape)))};
  with_type(tensor.dtype, [&](auto type) { read_as<decltype(type)>(bytes, array.values); });
  return array;
}

std::vector<Array> interpret(const qfb::ModelT& model, const std::vector<Array>& inputs) {
  std::vector<Array> tensors;
  for (const auto& tensor : model.tensors) {
    const bool is_constant = !tensor->data.empty();
    tensors.push_back(is_constant ? from_bytes(tensor->data.data(), *tensor) : Array{tensor->shape, {}});
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) tensors[static_cast<std::size_t>(model.inputs[i])] = inputs[i];
  for (const auto& op : model.operators) {
    const auto output = static_cast<std::size_t>(op->outputs[0]);
    Operation operation{{}, {}, *model.tensors[output], tensors[output]};
    for (const std::int32_t index : op->inputs) {
      if (index < 0) continue;
      operation.inputs.push_back(&tensors[static_cast<std::size_t>(index)]);
      operation.input_dtypes.push_back(model.tensors[static_cast<std::size_t>(index)]->dtype);
    }
    operation.y.values.assign(static_cast<std::size_t>(element_count(operation.y.shape)), 0);
    compute(op->parameters, operation);
  }
  return tensors;
}

}  // namespace qrun::test
