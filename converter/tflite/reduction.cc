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

}  // namespace

void read_mean(OperatorReader& reader) { read_reduce(reader, ReduceKind::kMean); }
void read_sum(OperatorReader& reader) { read_reduce(reader, ReduceKind::kSum); }
void read_arg_max(OperatorReader& reader) { read_arg(reader, false); }
void read_arg_min(OperatorReader& reader) { read_arg(reader, true); }

void read_softmax(OperatorReader& reader) {
  reader.emit(Softmax{reader.options<tflite::SoftmaxOptions>().beta()}, {reader.input(0)}, reader.output());
}

}  // namespace qrun::converter
