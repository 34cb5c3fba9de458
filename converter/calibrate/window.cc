#include "converter/calibrate/window.h"

#include "converter/lower/window.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

Taps taps(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation, std::int64_t before,
          std::int64_t after) {
  const std::int64_t rest = input + before + after - ((kernel - 1) * dilation + 1);
  if (rest < 0) refuse("its window of {} elements is larger than the padded input of {}", kernel, input);
  return {input, rest / stride + 1, kernel, stride, dilation, before};
}

}  // namespace

ImageTaps resolve_taps(const Window& window, const Operands& operands, std::int32_t kernel_height,
                       std::int32_t kernel_width, std::int32_t channels) {
  const Tensor& x = operands.x();
  const auto resolved = resolve(window, x, kernel_height, kernel_width);
  const ImageTaps result{taps(x.shape[1], kernel_height, resolved->stride_height(), resolved->dilation_height(),
                              resolved->pad_top(), resolved->pad_bottom()),
                         taps(x.shape[2], kernel_width, resolved->stride_width(), resolved->dilation_width(),
                              resolved->pad_left(), resolved->pad_right())};
  operands.check_output({x.shape[0], static_cast<std::int32_t>(result.rows.output),
                         static_cast<std::int32_t>(result.columns.output), channels});
  return result;
}

}  // namespace qrun::converter::calibrate
