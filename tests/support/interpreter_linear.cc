// Convolution, depthwise convolution, fully connected.

#include <cstdlib>

#include "tests/support/interpreter_ops.h"

namespace qrun::test {
namespace {

// The product with 2^(shift - 31) times the multiplier, rounded to the nearest integer, of two to the even one.
std::int64_t rescaled_once(const qfb::Rescale& rescale, std::int64_t x) {
  if (rescale.multiplier() == 0) return 0;
  const std::int64_t one = std::int64_t{1} << (31 - rescale.shift());
  const std::int64_t magnitude = std::abs(x * rescale.multiplier());
  std::int64_t nearest = magnitude / one;
  const std::int64_t twice_the_rest = magnitude % one * 2;
  if (twice_the_rest > one || (twice_the_rest == one && nearest % 2 == 1)) ++nearest;
  return x < 0 ? -nearest : nearest;
}

// The scalar part that the three share, for output channel c.
std::int64_t finish(const qfb::AccumulationT& params, const Operation& op, std::int64_t c, std::int64_t sum) {
  const auto channel = static_cast<std::size_t>(c);
  const std::int64_t bias = op.inputs.size() > 2 ? op.x(2).values[channel] : 0;
  const qfb::Rescale& rescale = params.rescale[params.rescale.size() == 1 ? 0 : channel];
  const std::int64_t y = params.rounds_once ? rescaled_once(rescale, sum + bias) : rescaled(rescale, sum + bias);
  return clamped(y + params.output_zero_point, *params.clamp);
}

// Calls visit(ky, kx, row, column) for the taps of output pixel (oy, ox) that lie inside the image.
template <class Visit>
void for_each_tap(const qfb::Window& window, const Array& x, std::int32_t height, std::int32_t width, std::int64_t oy,
                  std::int64_t ox, Visit visit) {
  for (std::int64_t ky = 0; ky < height; ++ky) {
    for (std::int64_t kx = 0; kx < width; ++kx) {
      const std::int64_t row = oy * window.stride_height() - window.pad_top() + ky * window.dilation_height();
      const std::int64_t column = ox * window.stride_width() - window.pad_left() + kx * window.dilation_width();
      if (row >= 0 && row < x.shape[1] && column >= 0 && column < x.shape[2]) visit(ky, kx, row, column);
    }
  }
}

}  // namespace

void compute(const qfb::Conv2DT& params, Operation& op) {
  const Array &x = op.x(0), &w = op.x(1);
  const qfb::AccumulationT& a = *params.accumulation;
  const std::int64_t depth = w.shape[3];
  for_each_index(op.y.shape, [&](const Index& i) {
    const std::int64_t group = i[3] / (w.shape[0] / params.groups);
    std::int64_t sum = 0;
    for_each_tap(*params.window, x, w.shape[1], w.shape[2], i[1], i[2],
                 [&](std::int64_t ky, std::int64_t kx, std::int64_t row, std::int64_t column) {
                   for (std::int64_t c = 0; c < depth; ++c) {
                     sum += (at(x, {i[0], row, column, group * depth + c}) - a.input_zero_point) *
                            (at(w, {i[3], ky, kx, c}) - a.weight_zero_point);
                   }
                 });
    op.y.values[position(op.y.shape, i)] = finish(a, op, i[3], sum);
  });
}

void compute(const qfb::DepthwiseConv2DT& params, Operation& op) {
  const Array &x = op.x(0), &w = op.x(1);
  const qfb::AccumulationT& a = *params.accumulation;
  const std::int64_t multiplier = w.shape[3] / x.shape[3];
  for_each_index(op.y.shape, [&](const Index& i) {
    std::int64_t sum = 0;
    for_each_tap(*params.window, x, w.shape[1], w.shape[2], i[1], i[2],
                 [&](std::int64_t ky, std::int64_t kx, std::int64_t row, std::int64_t column) {
                   sum += (at(x, {i[0], row, column, i[3] / multiplier}) - a.input_zero_point) *
                          (at(w, {0, ky, kx, i[3]}) - a.weight_zero_point);
                 });
    op.y.values[position(op.y.shape, i)] = finish(a, op, i[3], sum);
  });
}

void compute(const qfb::FullyConnectedT& params, Operation& op) {
  const Array &x = op.x(0), &w = op.x(1);
  const qfb::AccumulationT& a = *params.accumulation;
  const auto depth = static_cast<std::size_t>(w.shape[1]);
  const auto channels = static_cast<std::size_t>(w.shape[0]);
  for (std::size_t i = 0; i < op.y.values.size(); ++i) {
    const std::size_t row = i / channels, c = i % channels;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < depth; ++k) {
      sum += (x.values[row * depth + k] - a.input_zero_point) * (w.values[c * depth + k] - a.weight_zero_point);
    }
    op.y.values[i] = finish(a, op, static_cast<std::int64_t>(c), sum);
  }
}

}  // namespace qrun::test
