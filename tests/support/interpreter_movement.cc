// Data movement and resizing: where each output element comes from.

#include <algorithm>

#include "tests/support/interpreter_ops.h"

namespace qrun::test {
namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

// Sets y[index] = value(index).
template <class Value>
void fill(Operation& op, Value value) {
  for_each_index(op.y.shape, [&](const Index& index) { op.y.values[position(op.y.shape, index)] = value(index); });
}

// One axis of a bilinear resize.
struct Tap {
  std::int64_t low, high, weight;  // of `high`, in 1/1024ths
};

Tap tap_of(std::int64_t i, std::int64_t in, std::int64_t out, const qfb::ResizeBilinearT& params) {
  std::int64_t scale = (1024 * in + out / 2) / out;
  if (params.align_corners && out > 1) scale = (1024 * (in - 1) + (out - 1) / 2) / (out - 1);
  std::int64_t at = i * scale;
  if (params.half_pixel_centers) at += scale / 2 - 512;
  const std::int64_t low = std::min(std::max(at / 1024, std::int64_t{0}), in - 1);
  return {low, std::min((at + 1023) / 1024, in - 1), at - 1024 * low};
}

}  // namespace

void compute(const qfb::ReshapeT&, Operation& op) { op.y.values = op.x().values; }

void compute(const qfb::TransposeT& params, Operation& op) {
  fill(op, [&](const Index& index) {
    Index source(index.size());
    for (std::size_t d = 0; d < index.size(); ++d) source[size(params.permutation[d])] = index[d];
    return at(op.x(), source);
  });
}

void compute(const qfb::SliceT& params, Operation& op) {
  fill(op, [&](Index index) {
    for (std::size_t d = 0; d < index.size(); ++d) index[d] = params.begin[d] + index[d] * params.step[d];
    return at(op.x(), index);
  });
}

void compute(const qfb::ConcatenationT& params, Operation& op) {
  fill(op, [&](Index index) {
    std::int64_t& along = index[size(params.axis)];
    std::size_t i = 0;
    for (; along >= op.x(i).shape[size(params.axis)]; ++i) along -= op.x(i).shape[size(params.axis)];
    return at(op.x(i), index);
  });
}

void compute(const qfb::PadT& params, Operation& op) {
  fill(op, [&](Index index) -> std::int64_t {
    for (std::size_t d = 0; d < index.size(); ++d) {
      index[d] -= params.before[d];
      if (index[d] < 0 || index[d] >= op.x().shape[d]) return params.value;
    }
    return at(op.x(), index);
  });
}

void compute(const qfb::TileT&, Operation& op) {
  fill(op, [&](Index index) {
    for (std::size_t d = 0; d < index.size(); ++d) index[d] %= op.x().shape[d];
    return at(op.x(), index);
  });
}

void compute(const qfb::GatherT& params, Operation& op) {
  fill(op, [&](Index index) {
    std::int64_t& along = index[size(params.axis)];
    along = params.indices[size(along)];
    return at(op.x(), index);
  });
}

void compute(const qfb::ResizeBilinearT& params, Operation& op) {
  const Array& x = op.x();
  const std::int64_t origin = op.output.dtype == qfb::DType::uint8 ? 128 : 0;
  fill(op, [&](const Index& i) {
    const Tap row = tap_of(i[1], x.shape[1], op.y.shape[1], params);
    const Tap column = tap_of(i[2], x.shape[2], op.y.shape[2], params);
    const auto sample = [&](std::int64_t y, std::int64_t xx) { return at(x, {i[0], y, xx, i[3]}) - origin; };
    const std::int64_t sum = sample(row.low, column.low) * (1024 - row.weight) * (1024 - column.weight) +
                             sample(row.high, column.low) * row.weight * (1024 - column.weight) +
                             sample(row.low, column.high) * (1024 - row.weight) * column.weight +
                             sample(row.high, column.high) * row.weight * column.weight;
    return (sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20) + origin;
  });
}

void compute(const qfb::ResizeNearestT& params, Operation& op) {
  fill(op, [&](const Index& i) {
    return at(op.x(), {i[0], params.rows[size(i[1])], params.columns[size(i[2])], i[3]});
  });
}

}  // namespace qrun::test
