// Pools: tap by tap over all channels of a pixel, like depthwise convolution. Averages count the taps in the image.

#include <algorithm>

#include "converter/calibrate/operators.h"
#include "converter/calibrate/window.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

struct Pool {
  PoolKind kind;
  ImageTaps taps;
  std::size_t channels;
  Activation activation;

  void compute_pixel(const float* image, std::int64_t i, std::int64_t j, std::span<float> y) const;
  void compute(const float* image, float* y) const;
};

void add(const float* __restrict x, std::span<float> y) {
  for (std::size_t c = 0; c < y.size(); ++c) y[c] += x[c];
}

void raise(const float* __restrict x, std::span<float> y) {
  for (std::size_t c = 0; c < y.size(); ++c) y[c] = y[c] < x[c] ? x[c] : y[c];
}

void Pool::compute_pixel(const float* image, std::int64_t i, std::int64_t j, std::span<float> y) const {
  const Taps &rows = taps.rows, &columns = taps.columns;
  if (kind == PoolKind::kMax) std::ranges::fill(y, -kInfinity);
  for (std::int64_t r = rows.first(i); r < rows.last(i); ++r) {
    for (std::int64_t c = columns.first(j); c < columns.last(j); ++c) {
      const auto pixel = static_cast<std::size_t>(rows.at(i, r) * columns.input + columns.at(j, c));
      (kind == PoolKind::kMax ? raise : add)(image + pixel * channels, y);
    }
  }
  const std::int64_t count = (rows.last(i) - rows.first(i)) * (columns.last(j) - columns.first(j));
  const float divisor = kind == PoolKind::kMax ? 1.0F : static_cast<float>(count);
  for (float& value : y) value = clamped(value / divisor, activation);
}

void Pool::compute(const float* image, float* y) const {
  for (std::int64_t i = 0; i < taps.rows.output; ++i) {
    for (std::int64_t j = 0; j < taps.columns.output; ++j, y += channels) compute_pixel(image, i, j, {y, channels});
  }
}

void check_taps(const Taps& taps) {
  for (std::int64_t i = 0; i < taps.output; ++i) {
    if (taps.first(i) == taps.last(i)) throw Refusal("a window of it lies in the padding; pad by less than the window");
  }
}

}  // namespace

Kernel prepare(const Pool2D& params, const Operands& operands) {
  const Tensor& x = operands.x();
  const std::int32_t channels = x.shape.empty() ? 0 : x.shape.back();
  const Pool pool{params.kind,
                  resolve_taps(params.window, operands, params.kernel_height, params.kernel_width, channels),
                  static_cast<std::size_t>(channels), params.activation};
  check_taps(pool.taps.rows);
  check_taps(pool.taps.columns);
  const std::size_t batch = extent(x, 0), x_step = elements(x) / batch, y_step = elements(operands.y()) / batch;
  const auto compute = [=](std::span<const Reals> inputs, std::span<float> y) {
    for (std::size_t n = 0; n < batch; ++n) pool.compute(inputs[0].data() + n * x_step, y.data() + n * y_step);
  };
  return {compute, 1};
}

}  // namespace qrun::converter::calibrate
