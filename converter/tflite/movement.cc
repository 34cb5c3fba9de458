// Data movement but slices: RESHAPE and its kin, TRANSPOSE, CONCATENATION, PACK, PAD, TILE, GATHER, SHAPE.

#include <algorithm>
#include <limits>

#include "converter/tflite/operators.h"

namespace qrun::converter {
namespace {

// The shape of inputs joined along an axis; they agree elsewhere.
Shape joined_shape(const OperatorReader& reader, const std::vector<TensorId>& inputs, std::size_t axis) {
  Shape implied = reader.tensor(inputs[0]).shape;
  std::int64_t extent = 0;
  for (const TensorId input : inputs) {
    Shape shape = reader.tensor(input).shape;
    if (shape.size() == implied.size()) {
      extent += shape[axis];
      shape[axis] = implied[axis];
    }
    if (shape != implied) {
      refuse("its inputs have shapes {} and {}; they may differ along axis {} only", shape_text(implied),
             shape_text(reader.tensor(input).shape), axis);
    }
  }
  implied[axis] = static_cast<std::int32_t>(std::min<std::int64_t>(extent, std::numeric_limits<std::int32_t>::max()));
  return implied;
}

std::vector<TensorId> all_inputs(const OperatorReader& reader) {
  std::vector<TensorId> inputs;
  for (std::size_t i = 0; i < reader.input_count(); ++i) inputs.push_back(reader.input(i));
  if (inputs.empty()) throw Refusal("it has no inputs");
  return inputs;
}

// Refuses values outside [minimum, 2^31); shapes that they lead to are compared in 32 bits.
std::int32_t narrow(std::int64_t value, std::int64_t minimum, const char* what) {
  if (value >= minimum && value <= std::numeric_limits<std::int32_t>::max()) return static_cast<std::int32_t>(value);
  refuse("{} is {}; it must be at least {}", what, value, minimum);
}

}  // namespace

void read_reshape(OperatorReader& reader) { reader.emit_reshape(reader.input(0), reader.output()); }

void read_shape(OperatorReader& reader) {
  const Shape& shape = reader.input_tensor(0).shape;
  reader.emit_constant(reader.output(), {shape.begin(), shape.end()});
}

void read_transpose(OperatorReader& reader) {
  const Tensor& x = reader.input_tensor(0);
  Transpose transpose;
  Shape implied;
  for (const std::int64_t entry : reader.constant(1)) {
    const std::size_t axis = reader.axis(entry, x.rank());
    transpose.permutation.push_back(static_cast<std::int32_t>(axis));
    implied.push_back(x.shape[axis]);
  }
  std::vector<std::int32_t> sorted = transpose.permutation;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.size() != x.rank() || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    refuse("its permutation does not name each of the {} axes once", x.rank());
  }
  reader.emit_movement(std::move(transpose), {reader.input(0)}, reader.output(), implied);
}

void read_concatenation(OperatorReader& reader) {
  const auto& options = reader.options<tflite::ConcatenationOptions>();
  if (read_activation(options.fused_activation_function()) != Activation::kNone) {
    throw Refusal("its fused activation is not supported; apply it to the inputs");
  }
  const std::vector<TensorId> inputs = all_inputs(reader);
  const std::size_t axis = reader.axis(options.axis(), reader.input_tensor(0).rank());
  reader.emit_movement(Concatenation{static_cast<std::int32_t>(axis)}, inputs, reader.output(),
                       joined_shape(reader, inputs, axis));
}

// Each input gets the new axis, of extent 1, then they are joined along it.
void read_pack(OperatorReader& reader) {
  const std::vector<TensorId> sources = all_inputs(reader);
  const std::size_t axis = reader.axis(reader.options<tflite::PackOptions>().axis(), reader.input_tensor(0).rank() + 1);
  std::vector<TensorId> inputs;
  for (const TensorId source : sources) {
    Shape shape = reader.tensor(source).shape;
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(std::min(axis, shape.size())), 1);
    inputs.push_back(reader.temporary(source, shape));
    reader.emit_reshape(source, inputs.back());
  }
  reader.emit_movement(Concatenation{static_cast<std::int32_t>(axis)}, inputs, reader.output(),
                       joined_shape(reader, inputs, axis));
}

void read_pad(OperatorReader& reader) {
  const Tensor& x = reader.input_tensor(0);
  const std::vector<std::int64_t> amounts = reader.constant(1);
  if (amounts.size() != 2 * x.rank()) refuse("it has {} paddings for rank {}", amounts.size(), x.rank());
  Pad pad;
  Shape implied;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    pad.before.push_back(narrow(amounts[2 * i], 0, "a padding"));
    pad.after.push_back(narrow(amounts[2 * i + 1], 0, "a padding"));
    implied.push_back(narrow(std::int64_t{x.shape[i]} + pad.before.back() + pad.after.back(), 0, "the padded extent"));
  }
  if (reader.optional_input(2) != kAbsent) {
    const Tensor& fill = reader.input_tensor(2);
    if (!fill.is_constant || !is_8_bit(fill.dtype) || fill.data.size() != 1 || fill.dtype != x.dtype) {
      refuse("its fill '{}' must be one constant of the input's 8-bit type", fill.name);
    }
    if (fill.quantization != reader.output_tensor().quantization) {
      refuse("its fill '{}' and its output have different quantization", fill.name);
    }
    pad.value = fill.dtype == DType::kInt8 ? static_cast<std::int8_t>(fill.data[0]) : fill.data[0];
  }
  reader.emit_movement(std::move(pad), {reader.input(0)}, reader.output(), implied);
}

void read_tile(OperatorReader& reader) {
  const Tensor& x = reader.input_tensor(0);
  const std::vector<std::int64_t> multiples = reader.constant(1);
  if (multiples.size() != x.rank()) refuse("it has {} multiples for rank {}", multiples.size(), x.rank());
  Tile tile;
  Shape implied;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    tile.repeats.push_back(narrow(multiples[i], 1, "a multiple"));
    implied.push_back(narrow(std::int64_t{x.shape[i]} * tile.repeats.back(), 0, "the tiled extent"));
  }
  reader.emit_movement(std::move(tile), {reader.input(0)}, reader.output(), implied);
}

// The gathered axis becomes the axes of the indices: gathered in one row, then reshaped.
void read_gather(OperatorReader& reader) {
  const auto& options = reader.options<tflite::GatherOptions>();
  const Tensor& x = reader.input_tensor(0);
  const Tensor& indices = reader.input_tensor(1);
  const std::size_t axis = reader.axis(options.axis(), x.rank());
  if (options.batch_dims() != 0) throw Refusal("its batch_dims are not supported; gather along one axis");
  Gather gather{static_cast<std::int32_t>(axis), {}};
  for (const std::int64_t index : integers(indices)) {
    if (index < 0 || index >= x.shape[axis]) refuse("its index {} is outside the axis of {}", index, x.shape[axis]);
    gather.indices.push_back(static_cast<std::int32_t>(index));
  }
  Shape row = x.shape;
  row[axis] = static_cast<std::int32_t>(gather.indices.size());
  const TensorId input = reader.input(0);
  if (reader.output_tensor().shape == row)
    return reader.emit_movement(std::move(gather), {input}, reader.output(), row);
  const TensorId gathered = reader.temporary(input, row);
  reader.emit_movement(std::move(gather), {input}, gathered, row);
  reader.emit_reshape(gathered, reader.output());
}

}  // namespace qrun::converter
