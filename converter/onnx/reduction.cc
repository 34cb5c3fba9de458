// ReduceMean, ReduceSum, Softmax, ArgMax, ArgMin.

#include <algorithm>

#include "converter/onnx/operators.h"
#include "converter/onnx/pool.h"

namespace qrun::converter {
namespace {

std::int32_t position(const Value& x, std::size_t axis) {
  return static_cast<std::int32_t>(std::ranges::find(x.order, axis) - x.order.begin());
}

// x without these axes, or with 1 in their places.
Value reduced(NodeReader& reader, const Value& x, const std::vector<bool>& drops, bool keeps, OnnxType type) {
  Shape shape;
  std::vector<std::size_t> renumbered(x.rank());
  for (std::size_t i = 0; i < x.rank(); ++i) {
    renumbered[i] = shape.size();
    if (keeps || !drops[i]) shape.push_back(drops[i] ? 1 : x.shape[i]);
  }
  Order order;
  for (const std::size_t axis : x.order) {
    if (keeps || !drops[axis]) order.push_back(renumbered[axis]);
  }
  return reader.temporary(type, shape, order);
}

// All axes where the node names none, unless it then does nothing.
std::vector<bool> reduced_axes(NodeReader& reader, const Value& x) {
  const auto named = reader.parameter("axes", 1);
  std::vector<bool> drops(x.rank(), !named || named->empty());
  for (const std::int64_t axis : named.value_or(std::vector<std::int64_t>{})) {
    drops[NodeReader::axis(axis, x.rank())] = true;
  }
  return drops;
}

Value reshaped(NodeReader& reader, const Value& x, const Shape& shape) {
  Value source = reader.builder().canonical(x);
  if (source.shape == shape) return source;
  Value y = reader.temporary(x.type, shape);
  reader.emit_movement(Reshape{}, {source}, y);
  return y;
}

}  // namespace

Value softmax_of(NodeReader& reader, const Value& x, std::int64_t axis, bool coerces) {
  const std::size_t first = NodeReader::axis(axis, x.rank());
  Value source = x;
  if (coerces) {
    std::int32_t outer = 1, inner = 1;
    for (std::size_t i = 0; i < x.rank(); ++i) (i < first ? outer : inner) *= x.shape[i];
    source = reshaped(reader, x, {outer, inner});
  } else if (x.order.back() != first) {
    Order order = identity_order(x.rank());
    std::erase(order, first);
    order.push_back(first);
    source = reader.builder().reordered(x, order);
  }
  const Value y = reader.temporary(x.type, source.shape, source.order);
  reader.emit(Softmax{1}, {source}, y);
  return coerces ? reshaped(reader, y, x.shape) : y;
}

namespace onnx_operators {

void reduce(NodeReader& reader) {
  const Value& x = reader.input();
  const auto named = reader.parameter("axes", 1);
  if (reader.integer("noop_with_empty_axes", 0) != 0 && (!named || named->empty())) return reader.finish(x);
  const std::vector<bool> drops = reduced_axes(reader, x);
  Reduce reduce{reader.type() == "ReduceMean" ? ReduceKind::kMean : ReduceKind::kSum, {}};
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (drops[x.order[i]]) reduce.axes.push_back(static_cast<std::int32_t>(i));
  }
  const Value y = reduced(reader, x, drops, reader.integer("keepdims", 1) != 0, x.type);
  reader.emit(std::move(reduce), {x}, y);
  reader.finish(y);
}

void softmax(NodeReader& reader) {
  const bool coerces = reader.opset() < 13;
  reader.finish(softmax_of(reader, reader.input(), reader.integer("axis", coerces ? 1 : -1), coerces));
}

void arg_max(NodeReader& reader) {
  const Value& x = reader.input();
  if (reader.integer("select_last_index", 0) != 0) throw Refusal("its select_last_index is not supported");
  const std::size_t axis = NodeReader::axis(reader.integer("axis", 0), x.rank());
  std::vector<bool> drops(x.rank(), false);
  drops[axis] = true;
  const Value y = reduced(reader, x, drops, false, OnnxType::kInt64);
  reader.emit(ArgMax{position(x, axis), reader.type() == "ArgMin"}, {x}, y);
  if (reader.integer("keepdims", 1) == 0) return reader.finish(y);
  Shape shape = x.shape;
  shape[axis] = 1;
  reader.finish(reshaped(reader, y, shape));
}

}  // namespace onnx_operators
}  // namespace qrun::converter
