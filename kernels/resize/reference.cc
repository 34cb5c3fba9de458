// Bilinear resize with weights in 1/1024ths, and nearest neighbour by index tables.
//
// Source: docs/arithmetic.md, Data movement and resize. A weight is outside [0, 1024] only where both taps are the same
// row or column, so a result never leaves the range of its taps and needs no clamp.

#include "kernels/reference.h"

#include <cstring>

#include "kernels/indexing.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {

template <class T>
void resize_bilinear(const ResizeBilinearParams& p, const Operands& operands, Range pixels) {
  const auto* rows = reinterpret_cast<const ResizeTap*>(operands.constant);
  const ResizeTap* columns = rows + p.output_height;
  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, p.output_height, p.output_width);
    const ResizeTap& row = rows[pixel.row];
    const ResizeTap& column = columns[pixel.column];
    const auto input_pixel = [&](std::int32_t y, std::int32_t x) {
      return input<T>(operands, 0) + pixel_index({pixel.batch, y, x}, p.input_height, p.input_width) * p.channels;
    };
    const T* low_low = input_pixel(row.low, column.low);
    const T* low_high = input_pixel(row.low, column.high);
    const T* high_low = input_pixel(row.high, column.low);
    const T* high_high = input_pixel(row.high, column.high);
    T* y = output<T>(operands) + std::ptrdiff_t{i} * p.channels;
    for (std::int32_t c = 0; c < p.channels; ++c) {
      const auto weighted = [&](const T* x, std::int64_t row_weight, std::int64_t column_weight) {
        return (x[c] - p.origin) * row_weight * column_weight;
      };
      const std::int64_t sum = weighted(low_low, row.low_weight, column.low_weight) +
                               weighted(low_high, row.low_weight, column.high_weight) +
                               weighted(high_low, row.high_weight, column.low_weight) +
                               weighted(high_high, row.high_weight, column.high_weight);
      constexpr std::int64_t kHalf = 1 << 19;
      const std::int64_t average = (sum + (sum > 0 ? kHalf : -kHalf)) / (2 * kHalf);
      y[c] = static_cast<T>(average + p.origin);
    }
  }
}

void resize_nearest(const ResizeNearestParams& p, const Operands& operands, Range pixels) {
  const auto* rows = reinterpret_cast<const std::int32_t*>(operands.constant);
  const std::int32_t* columns = rows + p.output_height;
  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, p.output_height, p.output_width);
    const Pixel source = {pixel.batch, rows[pixel.row], columns[pixel.column]};
    std::memcpy(operands.output + std::ptrdiff_t{i} * p.channels,
                operands.input[0] + pixel_index(source, p.input_height, p.input_width) * p.channels,
                static_cast<std::size_t>(p.channels));
  }
}

template void resize_bilinear<std::int8_t>(const ResizeBilinearParams&, const Operands&, Range);
template void resize_bilinear<std::uint8_t>(const ResizeBilinearParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
