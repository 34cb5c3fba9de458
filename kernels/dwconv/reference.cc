// Depthwise convolution with a channel multiplier, one output at a time.
//
// Source: docs/arithmetic.md, Linear operators. The arithmetic is convolution's; what differs is that an output channel
// reads one input channel and that a tap's weights lie side by side.

#include "kernels/reference.h"

#include "kernels/conv/reference_packing.h"
#include "kernels/indexing.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

std::size_t weight_count(const ConvParams& p) {
  return static_cast<std::size_t>(p.kernel_height) * static_cast<std::size_t>(p.kernel_width) *
         static_cast<std::size_t>(p.output_channels);
}

template <class T>
void depthwise(const ConvParams& params, const Operands& operands, Range pixels) {
  const T* x = input<T>(operands, 0);
  const PackedConv packed = unpack_conv(operands.constant, params.output_channels);
  const std::int32_t multiplier = params.output_channels / params.input_channels;

  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, params.output_height, params.output_width);
    T* y = output<T>(operands) + std::ptrdiff_t{i} * params.output_channels;
    for (std::int32_t c = 0; c < params.output_channels; ++c) {
      const std::int32_t input_channel = c / multiplier;
      std::int32_t acc = packed.bias[c];
      for_each_tap(params, params.dilation_height, params.dilation_width, pixel,
                   [&](std::int32_t tap, std::ptrdiff_t input_pixel) {
                     const T a = x[input_pixel * params.input_channels + input_channel];
                     const std::int8_t w = packed.weights[std::ptrdiff_t{tap} * params.output_channels + c];
                     acc += (a - params.input_zero_point) * (w - params.weight_zero_point);
                   });
      y[c] = static_cast<T>(
          clamp(apply(packed.rescale[c], acc, params.rounding) + params.output_zero_point, params.clamp));
    }
  }
}

}  // namespace

constexpr ConvKernel kDepthwiseInt8 =
    conv_kernel<weight_count>("qs8_qc8w_dwconv__reference", erase<&depthwise<std::int8_t>>);
constexpr ConvKernel kDepthwiseUInt8 =
    conv_kernel<weight_count>("qu8_qc8w_dwconv__reference", erase<&depthwise<std::uint8_t>>);

}  // namespace qrun::kernels::reference
