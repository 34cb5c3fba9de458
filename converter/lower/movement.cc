// Data movement: bytes are copied whatever they mean, but for concatenations of uint8, which may rescale.

#include <algorithm>

#include "converter/lower/functions.h"
#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace {

// docs/arithmetic.md, Where the reference is not integer: the reference's float formula, tabulated.
ByteTable concatenation_table(const Affine& x, const Affine& y) {
  const float scale = x.scale * (1 / y.scale);
  const float bias = static_cast<float>(-x.zero_point) * scale;
  return make_table(x, [&](std::int32_t q) { return quantized_byte(static_cast<float>(q) * scale + bias, y); });
}

TensorId rescaled(TensorId id, const Tensor& x, const Tensor& y, Lowering& out) {
  const ByteTable table = concatenation_table(affine(x), affine(y));
  Tensor result = x;
  result.name += "/rescaled";
  result.quantization = y.quantization;
  result.is_constant = false;
  result.data = {};
  const TensorId output = out.add_tensor(std::move(result));
  emit_lookup(table, "rescale", id, output, out);
  return output;
}

}  // namespace

void lower(const Reshape&, const Operator& op, Lowering& out) { out.emit(qfb::ReshapeT(), op.inputs, op.output()); }

void lower(const Transpose& params, const Operator& op, Lowering& out) {
  qfb::TransposeT transpose;
  transpose.permutation = params.permutation;
  out.emit(std::move(transpose), op.inputs, op.output());
}

void lower(const Slice& params, const Operator& op, Lowering& out) {
  qfb::SliceT slice;
  slice.begin = params.begin;
  slice.step = params.step;
  out.emit(std::move(slice), op.inputs, op.output());
}

void lower(const Concatenation& params, const Operator& op, Lowering& out) {
  const Tensor& y = out.output(op);
  std::vector<TensorId> inputs = op.inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = out.input(op, i);
    if (!is_8_bit(y.dtype) || x.quantization == y.quantization) continue;
    if (y.dtype == DType::kInt8) {
      refuse("its input '{}' has another scale or zero point than its output; requantize it first", x.name);
    }
    inputs[i] = rescaled(inputs[i], x, y, out);
  }
  qfb::ConcatenationT concatenation;
  concatenation.axis = params.axis;
  out.emit(concatenation, inputs, op.output());
}

void lower(const Pad& params, const Operator& op, Lowering& out) {
  qfb::PadT pad;
  pad.before = params.before;
  pad.after = params.after;
  pad.value = params.value ? *params.value : affine(out.output(op)).zero_point;
  out.emit(std::move(pad), op.inputs, op.output());
}

void lower(const Tile& params, const Operator& op, Lowering& out) {
  qfb::TileT tile;
  tile.repeats = params.repeats;
  out.emit(std::move(tile), op.inputs, op.output());
}

void lower(const Gather& params, const Operator& op, Lowering& out) {
  qfb::GatherT gather;
  gather.axis = params.axis;
  gather.indices = params.indices;
  out.emit(std::move(gather), op.inputs, op.output());
}

}  // namespace qrun::converter
