// Convolution with groups, dilation and a weight zero point, one output at a time.
//
// Source: docs/arithmetic.md, Linear operators. Fully connected is the 1x1 case. No accumulator overflows, in any order
// of its taps: the certificate that loading checks bounds every partial sum.

#include "kernels/reference.h"

#include "kernels/conv/reference_packing.h"
#include "kernels/indexing.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

std::size_t weight_count(const ConvParams& p) {
  return static_cast<std::size_t>(p.output_channels) * static_cast<std::size_t>(p.kernel_height) *
         static_cast<std::size_t>(p.kernel_width) * static_cast<std::size_t>(p.input_channels / p.groups);
}

template <class T>
void conv(const ConvParams& params, const Operands& operands, Range pixels) {
  const T* x = input<T>(operands, 0);
  const PackedConv packed = unpack_conv(operands.constant, params.output_channels);
  const std::int32_t depth = params.input_channels / params.groups;  // input channels that one output channel reads
  const std::int32_t channels_per_group = params.output_channels / params.groups;
  const std::ptrdiff_t taps = std::ptrdiff_t{params.kernel_height} * params.kernel_width;
  const std::int32_t x_zero = params.input_zero_point;
  const std::int32_t w_zero = params.weight_zero_point;

  for (std::int32_t i = pixels.begin; i < pixels.end; ++i) {
    const Pixel pixel = pixel_at(i, params.output_height, params.output_width);
    T* y = output<T>(operands) + std::ptrdiff_t{i} * params.output_channels;
    for (std::int32_t c = 0; c < params.output_channels; ++c) {
      const std::ptrdiff_t first_channel = std::ptrdiff_t{c / channels_per_group} * depth;
      std::int32_t acc = packed.bias[c];
      for_each_tap(params, params.dilation_height, params.dilation_width, pixel,
                   [&](std::int32_t tap, std::ptrdiff_t input_pixel) {
                     const T* a = x + input_pixel * params.input_channels + first_channel;
                     const std::int8_t* w = packed.weights + (c * taps + tap) * depth;
                     for (std::int32_t k = 0; k < depth; ++k) acc += (a[k] - x_zero) * (w[k] - w_zero);
                   });
      y[c] = static_cast<T>(
          clamp(apply(packed.rescale[c], acc, params.rounding) + params.output_zero_point, params.clamp));
    }
  }
}

}  // namespace

constexpr ConvKernel kConvInt8 = conv_kernel<weight_count>("qs8_qc8w_conv__reference", erase<&conv<std::int8_t>>);
constexpr ConvKernel kConvUInt8 = conv_kernel<weight_count>("qu8_qc8w_conv__reference", erase<&conv<std::uint8_t>>);

}  // namespace qrun::kernels::reference
