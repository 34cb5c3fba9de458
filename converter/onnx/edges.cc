#include "converter/onnx/edges.h"

#include <algorithm>

#include "converter/onnx/elements.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace {

constexpr std::int64_t kUnsignedOffset = 128;  // from int8 to uint8

// "1,3,?,?": what the file says.
std::string open_shape_text(const onnx::ShapeProto& shape) {
  std::string text;
  for (const auto& dimension : shape.dim()) {
    if (!text.empty()) text += ",";
    text += dimension.has_dim_value()                                     ? std::to_string(dimension.dim_value())
            : dimension.has_dim_param() && !dimension.dim_param().empty() ? dimension.dim_param()
                                                                          : "?";
  }
  return text;
}

bool is_open(const onnx::ShapeProto& shape) {
  return std::ranges::any_of(shape.dim(), [](const auto& one) { return !one.has_dim_value() || one.dim_value() < 0; });
}

bool agrees(const onnx::ShapeProto& shape, const std::vector<std::int64_t>& given) {
  if (static_cast<std::size_t>(shape.dim_size()) != given.size()) return false;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto& dimension = shape.dim(static_cast<int>(i));
    if (dimension.has_dim_value() && dimension.dim_value() > 0 && dimension.dim_value() != given[i]) return false;
  }
  return true;
}

// A shape that would do: 1 for the batch, a guess at an image elsewhere.
std::string example(const onnx::ShapeProto& shape) {
  std::string text;
  for (int i = 0; i < shape.dim_size(); ++i) {
    const auto& dimension = shape.dim(i);
    const bool known = dimension.has_dim_value() && dimension.dim_value() > 0;
    text += (i > 0 ? "," : "") + std::to_string(known ? dimension.dim_value() : i == 0 ? 1 : i == 1 ? 3 : 224);
  }
  return text.empty() ? "1,3,224,224" : text;
}

std::vector<std::int64_t> input_extents(const onnx::ValueInfoProto& input, const std::vector<std::int64_t>* given) {
  const auto& type = input.type().tensor_type();
  const bool has_shape = type.has_shape();
  if (given != nullptr) {
    if (has_shape && !agrees(type.shape(), *given)) {
      refuse("--shape {}: the file says [{}], which the given shape contradicts", input.name(),
             open_shape_text(type.shape()));
    }
    return *given;
  }
  if (!has_shape || is_open(type.shape())) {
    refuse("the input '{}' has the dynamic shape [{}]; give --shape {}={}", input.name(),
           has_shape ? open_shape_text(type.shape()) : "?", input.name(), example(type.shape()));
  }
  std::vector<std::int64_t> extents;
  for (const auto& dimension : type.shape().dim()) extents.push_back(dimension.dim_value());
  return extents;
}

Shape shape_of(const onnx::ValueInfoProto& input, const std::vector<std::int64_t>& extents, OnnxType type) {
  try {
    return checked_shape(extents, type);
  } catch (const Refusal& refusal) {
    refuse("the input '{}': {}", input.name(), refusal.what());
  }
}

Order edge_order(std::size_t rank, bool nhwc) { return nhwc && rank == 4 ? nhwc_order() : identity_order(rank); }

TensorId add_edge(Graph& graph, const std::string& name, const Shape& shape, DType dtype) {
  Tensor tensor;
  tensor.name = name;
  tensor.shape = shape;
  tensor.dtype = dtype;
  return graph.add_tensor(std::move(tensor));
}

Quantization moved_zero_points(Quantization quantization, std::int64_t by) {
  for (std::int64_t& zero_point : quantization.zero_points) zero_point += by;
  return quantization;
}

// Whether the operator's output has its inputs' meaning, byte for byte.
bool keeps_meaning(const Operator& op) {
  if (const auto* pool = std::get_if<Pool2D>(&op.parameters)) return pool->kind == PoolKind::kMax;
  return std::holds_alternative<Reshape>(op.parameters) || std::holds_alternative<Transpose>(op.parameters) ||
         std::holds_alternative<Slice>(op.parameters) || std::holds_alternative<Concatenation>(op.parameters) ||
         std::holds_alternative<Pad>(op.parameters) || std::holds_alternative<Tile>(op.parameters) ||
         std::holds_alternative<Gather>(op.parameters) || std::holds_alternative<ResizeNearest>(op.parameters) ||
         std::holds_alternative<Lookup>(op.parameters);
}

void give(Tensor& to, const Tensor& from) {
  if (!is_8_bit(to.dtype) || !is_8_bit(from.dtype) || !to.quantization.scales.empty() ||
      from.quantization.scales.size() != 1) {
    return;
  }
  const std::int64_t by = to.dtype == from.dtype ? 0 : to.dtype == DType::kUInt8 ? kUnsignedOffset : -kUnsignedOffset;
  to.quantization = moved_zero_points(from.quantization, by);
}

void spread(Graph& graph, Operator& op) {
  const bool changes_sign = std::holds_alternative<Quantize>(op.parameters);
  if (!changes_sign && !keeps_meaning(op)) return;
  for (const TensorId input : op.inputs) {
    give(graph.tensors[input], graph.tensors[op.output()]);
    give(graph.tensors[op.output()], graph.tensors[input]);
  }
}

}  // namespace

Value add_input(Builder& builder, const onnx::ValueInfoProto& input, const std::vector<std::int64_t>* shape,
                bool nhwc) {
  const auto type = static_cast<OnnxType>(input.type().tensor_type().elem_type());
  if (held_as(type) == DType::kOther) refuse("the input '{}' is {}", input.name(), onnx_type_name(type));
  const Shape source_shape = shape_of(input, input_extents(input, shape), type);
  if (std::ranges::count(source_shape, 0) > 0) {
    refuse("the input '{}' has the empty shape {}", input.name(), shape_text(source_shape));
  }
  Graph& graph = builder.graph();
  const Order order = edge_order(source_shape.size(), nhwc);
  Value value = builder.new_value(input.name(), type, source_shape, order);
  if (!is_unsigned_8_bit(type)) {
    graph.tensors[value.id].name = input.name();
    graph.inputs.push_back(value.id);
    return value;
  }
  graph.tensors[value.id].name = input.name() + "/int8";
  graph.inputs.push_back(add_edge(graph, input.name(), permuted(source_shape, order), DType::kUInt8));
  builder.set_kind("graph input");
  builder.emit(Quantize{}, {graph.inputs.back()}, value.id);
  return value;
}

void finish_output(Builder& builder, const Value& value, bool nhwc) {
  Graph& graph = builder.graph();
  if (value.type == OnnxType::kUndefined) return graph.outputs.push_back(value.id);
  builder.set_kind("graph output");
  const Value edge = builder.reordered(value, edge_order(value.rank(), nhwc));
  const Tensor& tensor = builder.tensor(edge);
  const DType dtype = is_unsigned_8_bit(value.type) ? DType::kUInt8 : tensor.dtype;
  const TensorId output = add_edge(graph, value.name, tensor.shape, dtype);
  if (dtype != tensor.dtype) {
    builder.graph().operators.push_back({Quantize{}, {edge.id}, {output}, "graph output"});
  } else {
    graph.tensors[output].quantization = tensor.quantization;
    builder.graph().operators.push_back({Reshape{}, {edge.id}, {output}, "graph output"});
  }
  graph.outputs.push_back(output);
}

void spread_quantization(Graph& graph) {
  for (auto op = graph.operators.rbegin(); op != graph.operators.rend(); ++op) spread(graph, *op);
  for (Operator& op : graph.operators) spread(graph, op);
  for (Tensor& tensor : graph.tensors) {
    if (is_8_bit(tensor.dtype) && !tensor.is_constant && tensor.quantization.scales.empty()) {
      tensor.quantization = {{1.0F}, {tensor.dtype == DType::kUInt8 ? kUnsignedOffset : 0}, 0};
    }
  }
}

}  // namespace qrun::converter
