#include "converter/onnx/builder.h"

#include <algorithm>
#include <numeric>

#include "converter/passes/fold_constants.h"

namespace qrun::converter {
namespace {

std::string suffix(const Order& order) {
  if (is_identity(order)) return {};
  if (order == nhwc_order()) return "/nhwc";
  std::string result = "/axes";
  for (const std::size_t axis : order) result += "_" + std::to_string(axis);
  return result;
}

// Whether the extents above 1 keep their turn.
bool moves_nothing(const Shape& shape, const Order& from, const Order& to) {
  const auto moving = [&](const Order& order) {
    Order axes;
    std::ranges::copy_if(order, std::back_inserter(axes), [&](std::size_t axis) { return shape[axis] != 1; });
    return axes;
  };
  return moving(from) == moving(to);
}

}  // namespace

Order identity_order(std::size_t rank) {
  Order order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

const Order& nhwc_order() {
  static const Order order = {0, 2, 3, 1};
  return order;
}

bool is_identity(const Order& order) { return std::ranges::is_sorted(order); }

Shape permuted(const Shape& shape, const Order& order) {
  Shape result;
  for (const std::size_t axis : order) result.push_back(shape[axis]);
  return result;
}

Value Builder::new_value(std::string name, OnnxType type, Shape shape, Order order) {
  Tensor tensor;
  tensor.name = name + suffix(order);
  tensor.shape = permuted(shape, order);
  tensor.dtype = held_as(type);
  return {std::move(name), graph_.add_tensor(std::move(tensor)), std::move(shape), std::move(order), type};
}

void Builder::rename(const Value& value) { graph_.tensors[value.id].name = value.name + suffix(value.order); }

Value Builder::constant(std::string name, OnnxType type, Shape shape, std::vector<std::uint8_t> data) {
  const Order order = identity_order(shape.size());
  graph_.check_room(data.size());
  Value value = new_value(std::move(name), type, std::move(shape), order);
  graph_.make_constant(value.id, std::move(data));
  return value;
}

void Builder::emit(Parameters parameters, std::vector<TensorId> inputs, TensorId output) {
  Operator op{std::move(parameters), std::move(inputs), {output}, kind_};
  if (!fold_constants(graph_, op)) graph_.operators.push_back(std::move(op));
}

Value Builder::reordered(const Value& value, const Order& order) {
  if (value.order == order) return value;
  Value result = value;
  result.order = order;
  std::vector<std::int32_t> permutation;
  for (const std::size_t axis : order) {
    permutation.push_back(static_cast<std::int32_t>(std::ranges::find(value.order, axis) - value.order.begin()));
  }
  const auto [known, is_new] = reordered_.try_emplace({value.id, Order(permutation.begin(), permutation.end())});
  if (is_new) {
    known->second = new_value(value.name, value.type, value.shape, order).id;
    graph_.tensors[known->second].quantization = tensor(value).quantization;
    Quantization& quantization = graph_.tensors[known->second].quantization;
    if (quantization.scales.size() > 1) {
      const auto axis = static_cast<std::int32_t>(quantization.dimension);
      quantization.dimension = static_cast<std::size_t>(std::ranges::find(permutation, axis) - permutation.begin());
    }
    if (moves_nothing(value.shape, value.order, order)) {
      emit(Reshape{}, {value.id}, known->second);
    } else {
      emit(Transpose{std::move(permutation)}, {value.id}, known->second);
    }
  }
  result.id = known->second;
  return result;
}

Value Builder::quantized_as(const Value& value, Quantization quantization) {
  Tensor& source = graph_.tensors[value.id];
  if (source.quantization == quantization) return value;
  if (source.quantization.scales.empty()) {
    source.quantization = std::move(quantization);
    return value;
  }
  Value result = new_value(value.name, value.type, value.shape, value.order);
  graph_.tensors[result.id].quantization = std::move(quantization);
  emit(Reshape{}, {value.id}, result.id);
  return result;
}

}  // namespace qrun::converter
