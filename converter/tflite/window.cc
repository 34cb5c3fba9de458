// Pools and resizes.

#include <algorithm>
#include <cmath>

#include "converter/tflite/operators.h"

namespace qrun::converter {
namespace {

void read_pool(OperatorReader& reader, PoolKind kind) {
  const auto& options = reader.options<tflite::Pool2DOptions>();
  Pool2D pool{
      kind, options.filter_height(), options.filter_width(), {}, read_activation(options.fused_activation_function())};
  pool.window.rule = options.padding() == tflite::Padding::SAME ? PaddingRule::kSame : PaddingRule::kValid;
  pool.window.stride_height = options.stride_h();
  pool.window.stride_width = options.stride_w();
  reader.emit(pool, {reader.input(0)}, reader.output());
}

// The input row or column of each output one. The reference computes positions in float32.
std::vector<std::int32_t> nearest(std::int32_t input, std::int32_t output, bool align_corners, bool half_pixel) {
  constexpr std::int32_t kMaxExtent = 1 << 16;
  if (std::min(input, output) < 1 || std::max(input, output) > kMaxExtent) {
    refuse("it resizes {} to {} rows or columns; they must be in [1, {}]", input, output, kMaxExtent);
  }
  const bool aligned = align_corners && output > 1;
  const float scale = aligned ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                              : static_cast<float>(input) / static_cast<float>(output);
  const float offset = half_pixel ? 0.5F : 0.0F;
  std::vector<std::int32_t> sources;
  for (std::int32_t i = 0; i < output; ++i) {
    const float position = (static_cast<float>(i) + offset) * scale;
    const auto source = static_cast<std::int32_t>(align_corners ? std::round(position) : std::floor(position));
    sources.push_back(std::clamp(source, 0, input - 1));
  }
  return sources;
}

}  // namespace

void read_average_pool_2d(OperatorReader& reader) { read_pool(reader, PoolKind::kAverage); }
void read_max_pool_2d(OperatorReader& reader) { read_pool(reader, PoolKind::kMax); }

// The size that the second input gives is the output's shape.
void read_resize_bilinear(OperatorReader& reader) {
  const auto& options = reader.options<tflite::ResizeBilinearOptions>();
  reader.emit(ResizeBilinear{options.align_corners(), options.half_pixel_centers()}, {reader.input(0)},
              reader.output());
}

void read_resize_nearest_neighbor(OperatorReader& reader) {
  const auto& options = reader.options<tflite::ResizeNearestNeighborOptions>();
  const Shape& x = reader.input_tensor(0).shape;
  const Shape& y = reader.output_tensor().shape;
  if (x.size() != 4 || y.size() != 4) throw Refusal("its input and output must be images, of rank 4");
  const bool align_corners = options.align_corners(), half_pixel = options.half_pixel_centers();
  reader.emit(
      ResizeNearest{nearest(x[1], y[1], align_corners, half_pixel), nearest(x[2], y[2], align_corners, half_pixel)},
      {reader.input(0)}, reader.output());
}

}  // namespace qrun::converter
