// Constants, and what exporters compute shapes with. All of it is known while a file is read.

#include <algorithm>

#include "converter/onnx/operators.h"

namespace qrun::converter::onnx_operators {
namespace {

constexpr std::int64_t kMaxElements = 1 << 22;  // of a constant made from nothing

void define_integers(NodeReader& reader, const std::vector<std::int64_t>& values, const Shape& shape) {
  reader.define(
      reader.builder().constant(reader.output_name(), OnnxType::kInt64, shape, integer_bytes(values, DType::kInt64)));
}

Shape vector_of(std::size_t count) { return {static_cast<std::int32_t>(count)}; }

}  // namespace

void constant(NodeReader& reader) {
  if (reader.has("value")) return reader.define(reader.tensor_attribute("value"));
  if (reader.has("value_int")) return define_integers(reader, {reader.integer("value_int", 0)}, {});
  if (reader.has("value_ints")) {
    const auto values = reader.integers("value_ints");
    return define_integers(reader, values, vector_of(values.size()));
  }
  if (reader.has("value_float")) return reader.finish(reader.real_constant({reader.real("value_float", 0)}, {}));
  if (reader.has("value_floats")) {
    const auto values = reader.reals("value_floats");
    return reader.finish(reader.real_constant(values, vector_of(values.size())));
  }
  throw Refusal("its value is missing, sparse or text; give it as a tensor");
}

void constant_of_shape(NodeReader& reader) {
  const Shape shape = checked_shape(reader.constant_integers(0), OnnxType::kInt64);
  std::int64_t elements = 1;
  for (const std::int32_t extent : shape) elements *= extent;
  if (elements > kMaxElements)
    refuse("it makes {} elements of nothing; at most {} are supported", elements, kMaxElements);
  std::vector<std::uint8_t> element(4, 0), bytes;
  OnnxType type = OnnxType::kFloat;
  if (reader.has("value")) {
    const Value value = reader.tensor_attribute("value");
    type = value.type;
    element.assign(reader.tensor(value).data.begin(), reader.tensor(value).data.end());
  }
  if (element.size() != dtype_bytes(held_as(type))) throw Refusal("its value must have one element");
  reader.builder().graph().check_room(static_cast<std::size_t>(elements) * element.size());
  for (std::int64_t i = 0; i < elements; ++i) bytes.insert(bytes.end(), element.begin(), element.end());
  reader.define(reader.builder().constant(reader.output_name(), type, shape, std::move(bytes)));
}

void shape(NodeReader& reader) {
  const Shape& shape = reader.input().shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto bound = [&](std::int64_t index) {
    return std::clamp<std::int64_t>(index < 0 ? index + rank : index, 0, rank);
  };
  const std::int64_t begin = bound(reader.integer("start", 0)), end = bound(reader.integer("end", rank));
  std::vector<std::int64_t> extents;
  for (std::int64_t i = begin; i < end; ++i) extents.push_back(shape[static_cast<std::size_t>(i)]);
  define_integers(reader, extents, vector_of(extents.size()));
}

void range(NodeReader& reader) {
  const auto only = [&](std::size_t index) {
    const auto values = reader.constant_integers(index);
    if (values.size() != 1) refuse("its input {} has {} values; it must have one", index, values.size());
    return values[0];
  };
  const std::int64_t start = only(0), limit = only(1), step = only(2);
  std::vector<std::int64_t> values;
  if (step == 0) throw Refusal("its step is 0");
  for (std::int64_t value = start; step > 0 ? value < limit : value > limit;) {
    values.push_back(value);
    if (static_cast<std::int64_t>(values.size()) > kMaxElements || __builtin_add_overflow(value, step, &value)) {
      throw Refusal("it makes too many elements");
    }
  }
  define_integers(reader, values, vector_of(values.size()));
}

}  // namespace qrun::converter::onnx_operators
