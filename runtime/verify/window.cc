#include "runtime/verify/window.h"

#include <algorithm>

namespace qrun::runtime::verify {
namespace {

constexpr std::int64_t kLargest = 65535;  // stride, dilation or pad: far beyond any network, far from overflow

Status check_axis(const WindowAxis& axis) {
  QRUN_RETURN_IF_ERROR(check_in(text("kernel ", axis.name), axis.kernel, {1, kernels::kInt32Max}));
  QRUN_RETURN_IF_ERROR(check_in(text("stride_", axis.name), axis.stride, {1, kLargest}));
  QRUN_RETURN_IF_ERROR(check_in(text("dilation_", axis.name), axis.dilation, {1, kLargest}));
  QRUN_RETURN_IF_ERROR(check_in(text("pad before ", axis.name), axis.pad_before, {0, kLargest}));
  QRUN_RETURN_IF_ERROR(check_in(text("pad after ", axis.name), axis.pad_after, {0, kLargest}));
  // A loop's last step goes beyond the padded input by a stride or a dilation.
  if (axis.padded_input() + std::max(axis.stride, axis.dilation) > kernels::kInt32Max) {
    return refuse("the input's ", axis.name, " is ", axis.padded_input(), " with its padding; that is too large");
  }
  if (axis.effective_kernel() > axis.padded_input()) {
    return refuse("the kernel's ", axis.name, " is ", axis.effective_kernel(), " with dilation, but the input's is ",
                  axis.padded_input(), " with padding; no window fits");
  }
  return {};
}

}  // namespace

WindowAxes window_axes(const qfb::Window& window, const TensorView& x, std::int64_t kernel_height,
                       std::int64_t kernel_width) {
  return {{"height", x.shape[1], kernel_height, window.stride_height(), window.dilation_height(), window.pad_top(),
           window.pad_bottom()},
          {"width", x.shape[2], kernel_width, window.stride_width(), window.dilation_width(), window.pad_left(),
           window.pad_right()}};
}

Status check_window(const WindowAxes& axes) {
  QRUN_RETURN_IF_ERROR(check_axis(axes.height));
  return check_axis(axes.width);
}

}  // namespace qrun::runtime::verify
