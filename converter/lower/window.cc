#include "converter/lower/window.h"

#include <algorithm>

#include "converter/refusal.h"

namespace qrun::converter {
namespace {

struct Axis {
  std::int64_t input, kernel, stride, dilation, pad_before, pad_after;
};

std::int32_t checked(std::int64_t value, std::int64_t minimum, const char* what) {
  constexpr std::int64_t kMax = 65535;
  if (value < minimum || value > kMax) refuse("its {} is {}; it must be in [{}, {}]", what, value, minimum, kMax);
  return static_cast<std::int32_t>(value);
}

// The explicit pads, with the rule's added. The odd one goes after.
Axis padded(Axis axis, PaddingRule rule) {
  checked(axis.stride, 1, "stride");
  checked(axis.dilation, 1, "dilation");
  if (axis.kernel < 1) refuse("its kernel has the extent {}", axis.kernel);
  if (rule == PaddingRule::kSame) {
    const std::int64_t input = axis.input + axis.pad_before + axis.pad_after;
    const std::int64_t output = (input + axis.stride - 1) / axis.stride;
    const std::int64_t kernel = (axis.kernel - 1) * axis.dilation + 1;
    const std::int64_t total = std::max<std::int64_t>(0, (output - 1) * axis.stride + kernel - input);
    axis.pad_before += total / 2;
    axis.pad_after += total - total / 2;
  }
  checked(axis.pad_before, 0, "padding");
  checked(axis.pad_after, 0, "padding");
  return axis;
}

}  // namespace

std::unique_ptr<qfb::Window> resolve(const Window& window, const Tensor& x, std::int32_t kernel_height,
                                     std::int32_t kernel_width) {
  if (x.rank() != 4) refuse("'{}' has the shape {}; it must have rank 4", x.name, shape_text(x.shape));
  const Axis rows = padded(
      {x.shape[1], kernel_height, window.stride_height, window.dilation_height, window.pad_top, window.pad_bottom},
      window.rule);
  const Axis columns =
      padded({x.shape[2], kernel_width, window.stride_width, window.dilation_width, window.pad_left, window.pad_right},
             window.rule);
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  return std::make_unique<qfb::Window>(window.stride_height, window.stride_width, window.dilation_height,
                                       window.dilation_width, narrow(rows.pad_before), narrow(columns.pad_before),
                                       narrow(rows.pad_after), narrow(columns.pad_after));
}

}  // namespace qrun::converter
