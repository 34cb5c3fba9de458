#include "converter/onnx/node_reader.h"

#include <flatbuffers/base.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace qrun::converter {
namespace {

// numpy's rules; -1 stands for extents that do not agree.
std::int32_t broadcast_extent(std::int32_t a, std::int32_t b) { return a == b || b == 1 ? a : a == 1 ? b : -1; }

Shape broadcast_shape(Shape a, Shape b) {
  const std::size_t rank = std::max(a.size(), b.size());
  a.insert(a.begin(), rank - a.size(), 1);
  b.insert(b.begin(), rank - b.size(), 1);
  Shape result;
  for (std::size_t i = 0; i < rank; ++i) {
    result.push_back(broadcast_extent(a[i], b[i]));
    if (result.back() < 0) refuse("its inputs' shapes {} and {} do not broadcast", shape_text(a), shape_text(b));
  }
  return result;
}

// Constants may be empty, as lists of pads are; nothing that is computed may.
void check_result(const Shape& shape, OnnxType type) {
  checked_shape({shape.begin(), shape.end()}, type);
  if (std::ranges::count(shape, 0) > 0) {
    refuse("its result has the shape {}; empty tensors are not supported", shape_text(shape));
  }
}

}  // namespace

const onnx::AttributeProto* NodeReader::find(std::string_view name) const {
  for (const onnx::AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

std::int64_t NodeReader::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* attribute = find(name);
  return attribute == nullptr ? otherwise : attribute->i();
}

float NodeReader::real(std::string_view name, float otherwise) const {
  const auto* attribute = find(name);
  return attribute == nullptr ? otherwise : attribute->f();
}

std::string NodeReader::text(std::string_view name, const std::string& otherwise) const {
  const auto* attribute = find(name);
  return attribute == nullptr ? otherwise : attribute->s();
}

std::vector<std::int64_t> NodeReader::integers(std::string_view name) const {
  const auto* attribute = find(name);
  if (attribute == nullptr) return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

std::vector<float> NodeReader::reals(std::string_view name) const {
  const auto* attribute = find(name);
  if (attribute == nullptr) return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

Value NodeReader::tensor_attribute(std::string_view name) {
  const auto* attribute = find(name);
  if (attribute == nullptr || !attribute->has_t()) refuse("its attribute '{}' is missing from the file", name);
  return builder_.constant(output_name(), static_cast<OnnxType>(attribute->t().data_type()), shape_of(attribute->t()),
                           file_.data(attribute->t()));
}

bool NodeReader::has_input(std::size_t index) const {
  return index < input_count() && !node_.input(static_cast<int>(index)).empty();
}

bool NodeReader::has_output(std::size_t index) const {
  return index < output_count() && !node_.output(static_cast<int>(index)).empty();
}

const Value& NodeReader::input(std::size_t index) const {
  if (!has_input(index)) refuse("its input {} is missing from the file", index);
  return values_.find(node_.input(static_cast<int>(index)))->second;
}

std::vector<std::int64_t> NodeReader::constant_integers(std::size_t index) {
  const Tensor& tensor = this->tensor(canonical(index));
  builder_.graph().take_room(tensor.data.size());
  return converter::integers(tensor);
}

std::vector<float> NodeReader::constant_reals(std::size_t index) {
  const Tensor& tensor = this->tensor(canonical(index));
  if (!tensor.is_constant) refuse("'{}' must be a constant; fold it into the graph when exporting", tensor.name);
  if (tensor.dtype != DType::kFloat32) refuse("'{}' is {}; it must be float32", tensor.name, dtype_name(tensor.dtype));
  builder_.graph().take_room(tensor.data.size());
  return converter::reals(tensor);
}

float NodeReader::constant_real(std::size_t index) {
  const std::vector<float> values = constant_reals(index);
  if (values.size() != 1) refuse("'{}' has {} values; it must have one", input(index).name, values.size());
  return values[0];
}

std::vector<std::int64_t> NodeReader::zero_points(std::size_t index) {
  const Value value = canonical(index);
  const Tensor& tensor = this->tensor(value);
  if (!tensor.is_constant) refuse("its zero point '{}' must be a constant", value.name);
  if (tensor.dtype == DType::kInt32) return converter::integers(tensor);
  if (tensor.dtype != DType::kInt8) {
    refuse("its zero point '{}' is {}; only 8-bit quantization is supported", value.name, onnx_type_name(value.type));
  }
  builder_.graph().take_room(tensor.data.size() * sizeof(std::int64_t));
  std::vector<std::int64_t> result;
  for (const std::uint8_t byte : tensor.data) result.push_back(static_cast<std::int8_t>(byte));
  return result;
}

std::int64_t NodeReader::zero_point(std::size_t index) {
  const std::vector<std::int64_t> values = zero_points(index);
  if (values.size() != 1) refuse("'{}' has {} values; it must have one", input(index).name, values.size());
  return values[0];
}

std::optional<std::vector<std::int64_t>> NodeReader::parameter(std::string_view attribute, std::size_t input_index) {
  if (has_input(input_index)) return constant_integers(input_index);
  if (has(attribute)) return integers(attribute);
  return std::nullopt;
}

std::size_t NodeReader::axis(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) refuse("its axis {} does not exist; the rank is {}", axis, rank);
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

const std::string& NodeReader::output_name(std::size_t index) const {
  if (!has_output(index)) refuse("its output {} is missing from the file", index);
  return node_.output(static_cast<int>(index));
}

Value NodeReader::result(OnnxType type, Shape shape, Order order, std::size_t index) {
  check_result(shape, type);
  return builder_.new_value(output_name(index), type, std::move(shape), std::move(order));
}

// A node may become many operators: their names do not repeat all of a very long one.
std::string NodeReader::temporary_name() {
  constexpr int kLongest = 200;
  return fmt::format("{:.{}}/{}", output_name(), kLongest, temporaries_++);
}

Value NodeReader::temporary(OnnxType type, Shape shape, Order order) {
  check_result(shape, type);
  Value value = builder_.new_value(temporary_name(), type, std::move(shape), std::move(order));
  last_temporary_ = value.id;
  return value;
}

Value NodeReader::real_constant(const std::vector<float>& values, Shape shape) {
  return builder_.constant(temporary_name(), OnnxType::kFloat, std::move(shape), real_bytes(values));
}

void NodeReader::define(Value value, std::size_t index) {
  values_.insert_or_assign(output_name(index), std::move(value));
}

// The same tensor under the output's name.
void NodeReader::define_as(const Value& value, std::size_t index) {
  Value renamed = value;
  renamed.name = output_name(index);
  // Messages then speak of the source's tensor.
  if (value.id == last_temporary_) builder_.rename(renamed);
  define(std::move(renamed), index);
}

void NodeReader::emit(Parameters parameters, const std::vector<Value>& inputs, const Value& output) {
  std::vector<TensorId> ids;
  ids.reserve(inputs.size());
  for (const Value& input : inputs) ids.push_back(input.id);
  builder_.emit(std::move(parameters), std::move(ids), output.id);
}

void NodeReader::emit_movement(Parameters parameters, const std::vector<Value>& inputs, const Value& output) {
  for (const Value& input : inputs) {
    if (input.type != output.type) {
      refuse("'{}' is {} and '{}' is {}; they must be the same", input.name, onnx_type_name(input.type), output.name,
             onnx_type_name(output.type));
    }
  }
  const Quantization& quantization = tensor(inputs[0]).quantization;
  if (quantization.scales.size() <= 1) builder_.graph().tensors[output.id].quantization = quantization;
  emit(std::move(parameters), inputs, output);
}

void NodeReader::emit_unary(Parameters parameters, const Value& x) {
  const Value y = result(x.type, x.shape, x.order);
  emit(std::move(parameters), {x}, y);
  define(y);
}

// A constant per channel goes into the kernels where the channels are the last axis of the other operand.
Order NodeReader::binary_order(const Value& leader, const Value& other, std::size_t rank) const {
  if (leader.rank() != rank) return identity_order(rank);
  const bool is_channels = is_constant(other) && is_real(other.type) && tensor(other).elements() > 1 &&
                           std::ranges::count_if(other.shape, [](std::int32_t extent) { return extent != 1; }) == 1;
  if (!is_channels || is_constant(leader)) return leader.order;
  const auto channels = std::ranges::find_if(other.shape, [](std::int32_t extent) { return extent != 1; });
  const auto axis = static_cast<std::size_t>(channels - other.shape.begin()) + rank - other.rank();
  if (leader.order.back() == axis || leader.shape[axis] == 1) return leader.order;
  Order order = identity_order(rank);
  std::erase(order, axis);
  order.push_back(axis);
  return order;
}

Value NodeReader::emit_binary(Parameters parameters, const Value& a, const Value& b, bool is_output) {
  const Shape shape = broadcast_shape(a.shape, b.shape);
  // The order of the one that has all axes, and is not a constant.
  const auto weight = [&](const Value& value) {
    return std::tuple(value.rank() == shape.size(), !is_constant(value), !is_identity(value.order));
  };
  const bool a_leads = weight(a) >= weight(b);
  const Order order = binary_order(a_leads ? a : b, a_leads ? b : a, shape.size());
  const auto fitted = [&](Value value) {
    if (value.rank() == shape.size()) return builder_.reordered(value, order);
    value = builder_.canonical(value);
    Shape extended = value.shape;
    extended.insert(extended.begin(), shape.size() - extended.size(), 1);
    const Value result = temporary(value.type, extended);
    emit_movement(Reshape{}, {value}, result);
    return builder_.reordered(result, order);
  };
  const Value x1 = fitted(a), x2 = fitted(b);
  if (x1.type != x2.type) {
    refuse("'{}' is {} and '{}' is {}; they must be the same", a.name, onnx_type_name(a.type), b.name,
           onnx_type_name(b.type));
  }
  Value y = is_output ? result(x1.type, shape, order) : temporary(x1.type, shape, order);
  emit(std::move(parameters), {x1, x2}, y);
  return y;
}

}  // namespace qrun::converter
