// Where the taps of windows over images lie.

#pragma once

#include <algorithm>
#include <cstdint>

#include "converter/calibrate/kernel.h"

namespace qrun::converter::calibrate {

// Rows or columns of an image under a window.
struct Taps {
  std::int64_t input, output, kernel, stride, dilation, pad;

  // Where tap k of output i is; outside of [0, input) it is padding.
  std::int64_t at(std::int64_t i, std::int64_t k) const { return i * stride + k * dilation - pad; }
  // The taps [first, last) of output i that are in the image.
  std::int64_t first(std::int64_t i) const {
    return std::min(kernel, (std::max<std::int64_t>(0, -at(i, 0)) + dilation - 1) / dilation);
  }
  std::int64_t last(std::int64_t i) const {
    return std::max(first(i), std::min(kernel, (input - at(i, 0) + dilation - 1) / dilation));
  }
  bool is_plain() const { return kernel == 1 && stride == 1 && pad == 0 && input == output; }
};

struct ImageTaps {
  Taps rows, columns;
  bool is_plain() const { return rows.is_plain() && columns.is_plain(); }
};

// Refuses an input or output that is no image, and an output whose extents do not follow.
ImageTaps resolve_taps(const Window& window, const Operands& operands, std::int32_t kernel_height,
                       std::int32_t kernel_width, std::int32_t channels);

}  // namespace qrun::converter::calibrate
