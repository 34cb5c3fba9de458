// The first stage of a depthwise convolution: the kernel's rows side by side, kTaps of them to a 32-bit lane.
//
// Why here: every dot product of the second stage then reads one vector, whatever the stride, dilation and padding. A
// column outside the image, or a row, is the zero point, which contributes nothing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/pack.inl"
#include "kernels/dwconv/strip.inl"

namespace qrun::kernels {
namespace {

// One phase of one row set: all columns of it that the strip's outputs need.
template <class Isa>
void interleave_line(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* const (&rows)[Isa::kTaps],
                     const Strip& strip, std::int32_t phase, std::int32_t* line) {
  const auto zero_point = static_cast<typename Isa::Stored>(p.input_zero_point);
  const std::ptrdiff_t lanes = strip.channels, row_bytes = std::ptrdiff_t{p.input_width} * p.input_channels;
  const std::int32_t count = shape.columns_of(strip.x_end - strip.x_begin);
  const auto column_of = [&](std::int32_t i) {
    return (strip.x_begin * shape.spread + i) * shape.phases + phase - p.pad_left;
  };
  // [begin, end) are inside the image.
  const auto first_at = [&](std::int32_t column) {
    const std::int32_t i = divide_up(column - column_of(0) + count * shape.phases, shape.phases) - count;
    return i < 0 ? 0 : i > count ? count : i;
  };
  const std::int32_t begin = first_at(0), end = first_at(p.input_width);
  constexpr const std::uint8_t* kOutside[Isa::kTaps] = {};
  Isa::interleave(line, kOutside, 0, begin * lanes, 0, zero_point);
  const auto offset_of = [&](std::int32_t i) {
    return std::ptrdiff_t{column_of(i)} * p.input_channels + strip.channel;
  };
  if (shape.phases == 1 && strip.channels == p.input_channels) {
    if (begin < end) {
      Isa::interleave(line + begin * lanes, rows, offset_of(begin), (end - begin) * lanes, row_bytes, zero_point);
    }
  } else {
    for (std::int32_t i = begin; i < end; ++i) {
      Isa::interleave(line + i * lanes, rows, offset_of(i), lanes, row_bytes, zero_point);
    }
  }
  Isa::interleave(line + end * lanes, kOutside, 0, (count - end) * lanes, 0, zero_point);
}

// lines[row set][phase] of the output rows from y on, as many as share them or the strip has; phases that no kernel
// column meets are left alone.
template <class Isa>
void interleave_rows(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* input, const Strip& strip,
                     std::int32_t y, std::int32_t* lines) {
  const std::int32_t left = strip.y + strip.rows - y;
  const std::int32_t kernel_rows = p.kernel_height + (left < shape.rows ? left : shape.rows) - 1;
  const std::ptrdiff_t row_bytes = std::ptrdiff_t{p.input_width} * p.input_channels;
  const std::uint8_t* image = input + strip.image * (p.input_height * row_bytes);
  for (std::int32_t set = 0; set < shape.row_sets; ++set) {
    const std::uint8_t* rows[Isa::kTaps] = {};
    for (std::int32_t i = 0; i < Isa::kTaps; ++i) {
      const std::int32_t ky = set * Isa::kTaps + i;
      const std::int32_t row = y * p.stride_height - p.pad_top + ky * p.dilation_height;
      if (ky < kernel_rows && row >= 0 && row < p.input_height) rows[i] = image + row * row_bytes;
    }
    for (std::int32_t kx = 0; kx < p.kernel_width; ++kx) {
      const std::int32_t phase = kx * p.dilation_width % shape.phases;
      bool seen = false;
      for (std::int32_t k = 0; k < kx; ++k) seen = seen || k * p.dilation_width % shape.phases == phase;
      if (seen) continue;
      interleave_line<Isa>(p, shape, rows, strip, phase,
                           lines + static_cast<std::size_t>(set * shape.phases + phase) * shape.line_lanes);
    }
  }
}

// The lines of all the strip's rows, one after the other.
template <class Isa>
void interleave_strip(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* input, const Strip& strip,
                      std::int32_t* lines) {
  for (std::int32_t y = strip.y; y < strip.y + strip.rows; y += shape.rows, lines += shape.row_lanes()) {
    interleave_rows<Isa>(p, shape, input, strip, y, lines);
  }
}

}  // namespace
}  // namespace qrun::kernels
