// Sliding windows, of convolutions and pools.

#pragma once

#include "runtime/verify/check.h"

namespace qrun::runtime::verify {

// One spatial axis of a window over an image.
struct WindowAxis {
  std::string_view name;  // "height" or "width"
  std::int64_t input, kernel, stride, dilation, pad_before, pad_after;

  std::int64_t effective_kernel() const { return (kernel - 1) * dilation + 1; }
  std::int64_t padded_input() const { return input + pad_before + pad_after; }
  // The windows that lie wholly inside the padded image, which check_window has found to be at least one.
  std::int64_t output() const { return (padded_input() - effective_kernel()) / stride + 1; }
};

struct WindowAxes {
  WindowAxis height, width;
};

// Splits into axes; `x` has rank 4.
WindowAxes window_axes(const qfb::Window& window, const TensorView& x, std::int64_t kernel_height,
                       std::int64_t kernel_width);

// Ranges such that every position a kernel computes fits in 32 bits, and that there is at least one window.
Status check_window(const WindowAxes& axes);

}  // namespace qrun::runtime::verify
