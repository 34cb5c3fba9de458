// Pools and resizes.

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
  reader.emit(ResizeNearest{options.align_corners(), options.half_pixel_centers()}, {reader.input(0)}, reader.output());
}

}  // namespace qrun::converter
