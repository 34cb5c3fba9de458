// Image resizing, with positions in float32 as TensorFlow Lite's float kernels have them.

#include <algorithm>
#include <cmath>

#include "converter/calibrate/operators.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

// Between which two rows, or columns, of the input one of the output lies.
struct Place {
  std::size_t low, high;
  float weight;  // of `high`
};

std::vector<Place> places(const ResizeBilinear& params, std::int32_t input, std::int32_t output) {
  const float scale = params.align_corners && output > 1
                          ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                          : static_cast<float>(input) / static_cast<float>(output);
  std::vector<Place> result;
  for (std::int32_t i = 0; i < output; ++i) {
    const float position =
        params.half_pixel_centers ? (static_cast<float>(i) + 0.5F) * scale - 0.5F : static_cast<float>(i) * scale;
    const float last = static_cast<float>(input - 1), bounded = std::clamp(position, 0.0F, last);
    const float low = std::floor(bounded);
    result.push_back({static_cast<std::size_t>(low), static_cast<std::size_t>(std::ceil(bounded)), bounded - low});
  }
  return result;
}

void check_image(const Operands& operands) {
  const Tensor& x = operands.x();
  if (x.rank() != 4 || operands.y().rank() != 4)
    refuse("'{}' has the shape {}; it must be an image", x.name, shape_text(x.shape));
  operands.check_output({x.shape[0], operands.y().shape[1], operands.y().shape[2], x.shape[3]});
}

void mix(const float* a, const float* b, float weight, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a[i] * (1 - weight) + b[i] * weight;
}

std::vector<std::size_t> checked_sources(const std::vector<std::int32_t>& sources, const Operands& operands,
                                         std::size_t axis) {
  const std::int32_t input = operands.x().shape[axis];
  const bool is_inside = std::ranges::all_of(sources, [input](std::int32_t at) { return at >= 0 && at < input; });
  if (!is_inside || sources.size() != extent(operands.y(), axis)) throw Refusal("its table does not fit its shapes");
  return {sources.begin(), sources.end()};
}

}  // namespace

// Row by row: first between two rows of the input, then along the mixed row.
Kernel prepare(const ResizeBilinear& params, const Operands& operands) {
  check_image(operands);
  const Tensor &x = operands.x(), &y = operands.y();
  const std::size_t channels = extent(x, 3), row = extent(x, 2) * channels, image = extent(x, 1) * row;
  const auto compute = [=, rows = places(params, x.shape[1], y.shape[1]),
                        columns = places(params, x.shape[2], y.shape[2])](std::span<const Reals> inputs,
                                                                          std::span<float> out) {
    std::vector<float> mixed(row);
    float* next = out.data();
    for (std::size_t at = 0; at < inputs[0].size(); at += image) {
      for (const Place& r : rows) {
        const float* first = inputs[0].data() + at;
        mix(first + r.low * row, first + r.high * row, r.weight, mixed);
        for (const Place& c : columns) {
          mix(&mixed[c.low * channels], &mixed[c.high * channels], c.weight, {next, channels});
          next += channels;
        }
      }
    }
  };
  return {compute, 1};
}

Kernel prepare(const ResizeNearest& params, const Operands& operands) {
  check_image(operands);
  const Tensor& x = operands.x();
  const std::size_t channels = extent(x, 3), row = extent(x, 2) * channels, image = extent(x, 1) * row;
  const auto compute = [=, rows = checked_sources(params.rows, operands, 1),
                        columns = checked_sources(params.columns, operands, 2)](std::span<const Reals> inputs,
                                                                                std::span<float> out) {
    float* next = out.data();
    for (std::size_t at = 0; at < inputs[0].size(); at += image) {
      for (const std::size_t r : rows) {
        for (const std::size_t c : columns) {
          next = std::copy_n(inputs[0].data() + at + r * row + c * channels, channels, next);
        }
      }
    }
  };
  return {compute, 1};
}

}  // namespace qrun::converter::calibrate
