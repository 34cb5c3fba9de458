// Average and maximum pooling, one output at a time.
//
// Source: docs/arithmetic.md, Pooling and reductions. Loading checks that every window has a tap inside the image and
// that its sum fits in int32.

#include "kernels/reference.h"

#include <algorithm>

#include "kernels/indexing.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

// Calls write(pixel, channel, y) for every output of the range.
template <class T, class Write>
void for_each_output(const PoolParams& p, const Operands& operands, Range pixels, Write write) {
  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, p.output_height, p.output_width);
    T* y = output<T>(operands) + std::ptrdiff_t{i} * p.channels;
    for (std::int32_t c = 0; c < p.channels; ++c) write(pixel, c, y[c]);
  }
}

}  // namespace

template <class T>
void average_pool(const PoolParams& p, const Operands& operands, Range pixels) {
  const T* x = input<T>(operands, 0);
  for_each_output<T>(p, operands, pixels, [&](Pixel pixel, std::int32_t c, T& y) {
    std::int32_t sum = 0;
    std::int32_t count = 0;
    for_each_tap(p, 1, 1, pixel, [&](std::int32_t, std::ptrdiff_t input_pixel) {
      sum += x[input_pixel * p.channels + c] - p.origin;
      ++count;
    });
    const std::int32_t half = sum > 0 ? count / 2 : -(count / 2);
    // Every window has a tap inside the image. NOLINTNEXTLINE(clang-analyzer-core.DivideZero)
    y = static_cast<T>(clamp((sum + half) / count + p.origin, p.clamp));
  });
}

template <class T>
void max_pool(const PoolParams& p, const Operands& operands, Range pixels) {
  const T* x = input<T>(operands, 0);
  for_each_output<T>(p, operands, pixels, [&](Pixel pixel, std::int32_t c, T& y) {
    T largest = std::numeric_limits<T>::min();
    for_each_tap(p, 1, 1, pixel, [&](std::int32_t, std::ptrdiff_t input_pixel) {
      largest = std::max(largest, x[input_pixel * p.channels + c]);
    });
    y = static_cast<T>(clamp(largest, p.clamp));
  });
}

template void average_pool<std::int8_t>(const PoolParams&, const Operands&, Range);
template void average_pool<std::uint8_t>(const PoolParams&, const Operands&, Range);
template void max_pool<std::int8_t>(const PoolParams&, const Operands&, Range);
template void max_pool<std::uint8_t>(const PoolParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
