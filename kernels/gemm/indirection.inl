// Where the activations of a block of output pixels are: one pointer per pixel and tap, made in scratch as blocks go.
//
// Why here: convolution needs no im2col copy. Taps outside the image point to a row of input zero points. Where an ISA
// wants its activations widened, or a tap's channels do not fill its K groups, the block's rows are gathered instead:
// contiguous, K long, converted and filled up with zeros, one pointer per pixel. Nothing outside the image is read.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// The output pixel of a unit, stepped in order.
struct PixelCursor {
  PixelCursor(const ConvParams& p, std::int32_t unit)
      : x(unit % p.output_width),
        y(unit / p.output_width % p.output_height),
        image(unit / p.output_width / p.output_height) {}

  void step(const ConvParams& p) {
    if (++x < p.output_width) return;
    x = 0;
    if (++y < p.output_height) return;
    y = 0;
    ++image;
  }

  std::int32_t x, y, image;
};

// Calls visit(ky, source of the row's first column or null where it is outside, input column of its first tap).
template <class Visit>
void for_each_kernel_row(const ConvParams& p, const std::uint8_t* input, const PixelCursor& pixel, Visit visit) {
  const std::ptrdiff_t row_bytes = std::ptrdiff_t{p.input_width} * p.input_channels;
  const std::uint8_t* image = input + pixel.image * (p.input_height * row_bytes);
  const std::int32_t column = pixel.x * p.stride_width - p.pad_left;
  for (std::int32_t ky = 0; ky < p.kernel_height; ++ky) {
    const std::int32_t row = pixel.y * p.stride_height - p.pad_top + ky * p.dilation_height;
    visit(row >= 0 && row < p.input_height ? image + row * row_bytes : nullptr, column);
  }
}

// pointers[tap * stride + unit] for `count` units from `first`; `input` is the group's first channel of the first
// pixel.
void make_indirection(const ConvParams& p, const std::uint8_t* input, const std::uint8_t* padding, std::int32_t first,
                      std::int32_t count, const std::uint8_t** pointers, std::ptrdiff_t stride) {
  PixelCursor pixel(p, first);
  for (std::int32_t unit = 0; unit < count; ++unit, pixel.step(p)) {
    const std::uint8_t** pointer = pointers + unit;
    for_each_kernel_row(p, input, pixel, [&](const std::uint8_t* row, std::int32_t column) {
      for (std::int32_t kx = 0; kx < p.kernel_width; ++kx, column += p.dilation_width, pointer += stride) {
        const bool inside = row != nullptr && column >= 0 && column < p.input_width;
        *pointer = inside ? row + std::ptrdiff_t{column} * p.input_channels : padding;
      }
    });
  }
}

template <int kCount, class To, class From>
void convert_block(To* to, const From* from) {
  From block[kCount];
  std::memcpy(block, from, sizeof(block));
  for (int i = 0; i < kCount; ++i) to[i] = block[i];
}

// to[i] = from[i] for i < count; the last block overlaps the one before, so nothing past the end is touched.
template <class To, class From>
void convert(To* to, const From* from, std::int32_t count) {
  if (count >= 16) {
    for (std::int32_t i = 0; i < count - 16; i += 16) convert_block<16>(to + i, from + i);
    convert_block<16>(to + count - 16, from + count - 16);
  } else if (count >= 8) {
    convert_block<8>(to, from);
    convert_block<8>(to + count - 8, from + count - 8);
  } else if (count >= 4) {
    convert_block<4>(to, from);
    convert_block<4>(to + count - 4, from + count - 4);
  } else {
    for (std::int32_t i = 0; i < count; ++i) to[i] = from[i];
  }
}

// gathered[unit][packed_depth]. A kernel row whose taps are neighbours inside the image is one run.
template <class Isa>
void gather(const ConvParams& p, const GemmShape<Isa>& shape, const std::uint8_t* input, const std::uint8_t* padding,
            std::int32_t first, std::int32_t count, typename Isa::Activation* gathered) {
  using Stored = typename Isa::Stored;
  const bool dense = p.dilation_width == 1 && p.groups == 1;
  const std::int32_t reach = (p.kernel_width - 1) * p.dilation_width;
  PixelCursor pixel(p, first);
  for (std::int32_t unit = 0; unit < count; ++unit, pixel.step(p)) {
    typename Isa::Activation* to = gathered + static_cast<std::size_t>(unit) * shape.packed_depth;
    typename Isa::Activation* const end = to + shape.packed_depth;
    for_each_kernel_row(p, input, pixel, [&](const std::uint8_t* row, std::int32_t column) {
      const auto* from = reinterpret_cast<const Stored*>(row) + std::ptrdiff_t{column} * p.input_channels;
      if (dense && row != nullptr && column >= 0 && column + reach < p.input_width) {
        convert(to, from, p.kernel_width * shape.channels);
        to += p.kernel_width * shape.channels;
        return;
      }
      for (std::int32_t kx = 0; kx < p.kernel_width; ++kx, column += p.dilation_width) {
        const bool inside = row != nullptr && column >= 0 && column < p.input_width;
        const std::uint8_t* tap = inside ? row + std::ptrdiff_t{column} * p.input_channels : padding;
        convert(to, reinterpret_cast<const Stored*>(tap), shape.channels);
        to += shape.channels;
      }
    });
    while (to < end) *to++ = 0;
  }
}

}  // namespace
}  // namespace qrun::kernels
