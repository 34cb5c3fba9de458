// Depthwise convolution: tap by tap over all channels of a pixel, which compilers make vectors of.

#include <memory>

#include "converter/calibrate/operators.h"
#include "converter/calibrate/window.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

struct Depthwise {
  ImageTaps taps;
  std::size_t channels, multiplier;
  std::vector<float> weights;  // [KH, KW, channels * multiplier]
  std::vector<float> bias;
  Activation activation;

  std::size_t outputs() const { return channels * multiplier; }
  void add_tap(const float* x, const float* w, float* y) const;
  void compute_pixel(const float* image, std::int64_t i, std::int64_t j, float* y) const;
  void compute(const float* image, float* y) const;
};

// The common case is a loop of its own so that it becomes vectors.
void Depthwise::add_tap(const float* __restrict x, const float* __restrict w, float* __restrict y) const {
  if (multiplier == 1) {
    for (std::size_t c = 0; c < channels; ++c) y[c] += x[c] * w[c];
    return;
  }
  for (std::size_t c = 0; c < channels; ++c, w += multiplier, y += multiplier) {
    for (std::size_t m = 0; m < multiplier; ++m) y[m] += x[c] * w[m];
  }
}

void Depthwise::compute_pixel(const float* image, std::int64_t i, std::int64_t j, float* y) const {
  const Taps &rows = taps.rows, &columns = taps.columns;
  for (std::int64_t r = rows.first(i); r < rows.last(i); ++r) {
    for (std::int64_t c = columns.first(j); c < columns.last(j); ++c) {
      const auto pixel = static_cast<std::size_t>(rows.at(i, r) * columns.input + columns.at(j, c));
      const auto tap = static_cast<std::size_t>(r * columns.kernel + c);
      add_tap(image + pixel * channels, weights.data() + tap * outputs(), y);
    }
  }
  finish_rows(y, 1, outputs(), bias, activation);
}

void Depthwise::compute(const float* image, float* y) const {
  for (std::int64_t i = 0; i < taps.rows.output; ++i) {
    for (std::int64_t j = 0; j < taps.columns.output; ++j, y += outputs()) compute_pixel(image, i, j, y);
  }
}

}  // namespace

Kernel prepare(const DepthwiseConv2D& params, const Operands& operands) {
  const Tensor& x = operands.x();
  const Tensor& weights = operands.input(1);
  if (x.rank() != 4 || weights.rank() != 4 || weights.shape[0] != 1 || weights.shape[3] % x.shape[3] != 0) {
    refuse("its weights '{}' have the shape {}, which an input of shape {} does not allow", weights.name,
           shape_text(weights.shape), shape_text(x.shape));
  }
  const std::size_t channels = extent(x, 3), outputs = extent(weights, 3);
  const auto depthwise = std::make_shared<const Depthwise>(
      Depthwise{resolve_taps(params.window, operands, weights.shape[1], weights.shape[2], weights.shape[3]), channels,
                outputs / channels, operands.constant(1), operands.bias(2, outputs), params.activation});
  const std::size_t batch = extent(x, 0), x_step = elements(x) / batch, y_step = elements(operands.y()) / batch;
  const auto compute = [=](std::span<const Reals> inputs, std::span<float> y) {
    for (std::size_t n = 0; n < batch; ++n) depthwise->compute(inputs[0].data() + n * x_step, y.data() + n * y_step);
  };
  return {compute, 1};
}

}  // namespace qrun::converter::calibrate
