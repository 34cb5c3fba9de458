// MEAN, SUM, SOFTMAX, ARG_MAX, ARG_MIN.

#include <algorithm>

#include "converter/tflite/operators.h"

namespace qrun::converter {
namespace {

// Its keep_dims says again what the output's shape says.
void read_reduce(OperatorReader& reader, ReduceKind kind) {
  Reduce reduce{kind, {}};
  for (const std::int64_t axis : reader.constant(1)) {
    reduce.axes.push_back(static_cast<std::int32_t>(reader.axis(axis, reader.input_tensor(0).rank())));
  }
  std::sort(reduce.axes.begin(), reduce.axes.end());
  reduce.axes.erase(std::unique(reduce.axes.begin(), reduce.axes.end()), reduce.axes.end());
  if (reduce.axes.empty()) throw Refusal("it names no axes to reduce");
  reader.emit(std::move(reduce), {reader.input(0)}, reader.output());
}

void read_arg(OperatorReader& reader, bool minimum) {
  const std::size_t axis = reader.axis(reader.constant_scalar(1), reader.input_tensor(0).rank());
  reader.emit(ArgMax{static_cast<std::int32_t>(axis), minimum}, {reader.input(0)}, reader.output());
}

// The reference's softmax has one quantization of its output. What is not quantized as activations are, lowering
// refuses.
void check_scores(const Tensor& y) {
  const Quantization& quantization = y.quantization;
  if (!is_8_bit(y.dtype) || quantization.scales.size() != 1 || quantization.zero_points.size() != 1) return;
  const float scale = quantization.scales[0];
  const std::int64_t zero_point = quantization.zero_points[0], least = y.dtype == DType::kInt8 ? -128 : 0;
  if (scale == 1.0F / 256 && zero_point == least) return;
  refuse("its output has scale {} and zero point {}; a softmax's are 1/256 and {}", scale, zero_point, least);
}

}  // namespace

void read_mean(OperatorReader& reader) { read_reduce(reader, ReduceKind::kMean); }
void read_sum(OperatorReader& reader) { read_reduce(reader, ReduceKind::kSum); }
void read_arg_max(OperatorReader& reader) { read_arg(reader, false); }
void read_arg_min(OperatorReader& reader) { read_arg(reader, true); }

void read_softmax(OperatorReader& reader) {
  check_scores(reader.output_tensor());
  reader.emit(Softmax{reader.options<tflite::SoftmaxOptions>().beta()}, {reader.input(0)}, reader.output());
}

}  // namespace qrun::converter
