// Where an element lies: strided dimensions, NHWC pixels, and the taps of a sliding window.
//
// Offsets are ptrdiff_t: a tensor's bytes fit the address space, products of its extents need not fit int32. All is
// static: see quantize.h.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace qrun::kernels {

// Offset of the element of rank `index`, counted in row-major order over extent[0..dims).
static constexpr std::ptrdiff_t strided_offset(std::int32_t index, std::int32_t dims, const std::int32_t* extent,
                                               const std::int32_t* stride) {
  std::ptrdiff_t offset = 0;
  for (std::int32_t d = dims - 1; d >= 0; --d) {
    offset += std::ptrdiff_t{index % extent[d]} * stride[d];
    index /= extent[d];
  }
  return offset;
}

struct Pixel {
  std::int32_t batch, row, column;
};

// The pixel of rank `index` in [batch, height, width] order.
static constexpr Pixel pixel_at(std::int32_t index, std::int32_t height, std::int32_t width) {
  return {index / width / height, index / width % height, index % width};
}

// The inverse of pixel_at.
static constexpr std::ptrdiff_t pixel_index(Pixel pixel, std::int32_t height, std::int32_t width) {
  return (std::ptrdiff_t{pixel.batch} * height + pixel.row) * width + pixel.column;
}

// Calls visit(tap, index of the input pixel) for each tap of the output pixel's window that is inside the image; a tap
// is ky * kernel_width + kx. Window: ConvParams, or any struct that names its geometry the same way.
template <class Window, class Visit>
static void for_each_tap(const Window& window, std::int32_t dilation_height, std::int32_t dilation_width, Pixel pixel,
                         Visit visit) {
  const std::int32_t top = pixel.row * window.stride_height - window.pad_top;
  const std::int32_t left = pixel.column * window.stride_width - window.pad_left;
  for (std::int32_t ky = 0; ky < window.kernel_height; ++ky) {
    const std::int32_t row = top + ky * dilation_height;
    if (row < 0 || row >= window.input_height) continue;
    for (std::int32_t kx = 0; kx < window.kernel_width; ++kx) {
      const std::int32_t column = left + kx * dilation_width;
      if (column < 0 || column >= window.input_width) continue;
      visit(ky * window.kernel_width + kx,
            pixel_index({pixel.batch, row, column}, window.input_height, window.input_width));
    }
  }
}

}  // namespace qrun::kernels
