// Depthwise convolution with channels along the lanes: one algorithm for every instruction set.
//
// An output row is a line of lanes, lane x * C + c, so that any channel count fills vectors. Two stages a strip of it:
//   interleave  lays the kernel's rows side by side, kTaps of them to a 32-bit lane, columns in the order of lanes:
//               line[column][channel] = {row 0, row 1, ...} of that column and channel; padding is the zero point
//   dot         adds up, for each output lane, one dot product per kernel column (and per kTaps kernel rows)
// Output column x and kernel column kx meet at input column x * stride + kx * dilation. Where vectors run over more
// than one pixel, columns are kept by their phase, column % stride, so that in its phase every kernel column is a plain
// shift of the line, whatever stride and dilation; else a stride is a longer step along the line.
//
// Where the kernel is small enough, direct.inl keeps all of it in registers instead.
//
// An ISA is a traits struct with Stored, Weight, Vector, Bias (a Vector, or what converts to one), Constants, kLanes,
// kTaps, kUsualTerms (3x3), kWeightRegisters, kMinWeight, kMaxWeight, interleave, load, load_bias, dot,
// Requantize<Form>, store, Finish<Form, words>, kWordForms (forms, of Form's first ones, that Finish<Form, true>
// serves), where there are any allows_words, and kDirect; where kDirect, also splat and column.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/direct.inl"
#include "kernels/dwconv/dot.inl"
#include "kernels/dwconv/lines.inl"
#include "kernels/dwconv/pack.inl"
#include "kernels/dwconv/strip.inl"

namespace qrun::kernels {
namespace {

// The ways that a kernel can go; by one of them alone it declines what goes by the other.
enum class Paths { kLines, kDirect, kBoth };

// Output columns [strip.x_begin, strip.x_end) of strip.rows rows, all channels.
template <class Isa>
void run_lines(const ConvParams& p, const DwPacked<Isa>& packed, Strip strip, const Operands& operands) {
  const DwShape<Isa>& shape = packed.shape;
  auto* lines = reinterpret_cast<std::int32_t*>(operands.scratch);
  auto* offsets = reinterpret_cast<std::ptrdiff_t*>(lines + shape.line_rows * shape.row_lanes());
  const std::int32_t x_end = strip.x_end;
  const std::ptrdiff_t row = std::ptrdiff_t{strip.image} * p.output_height + strip.y;
  for (; strip.x_begin < x_end; strip.x_begin = strip.x_end) {
    strip.x_end = x_end - strip.x_begin < shape.strip ? x_end : strip.x_begin + shape.strip;
    std::uint8_t* output = operands.output + (row * p.output_width + strip.x_begin) * p.output_channels;
    const std::uint8_t* group = packed.groups;
    for (strip.channel = 0; strip.channel < shape.channels; strip.channel += strip.channels) {
      const std::int32_t left = shape.channels - strip.channel;
      strip.channels = left < shape.block_channels ? left : shape.block_channels;
      interleave_strip<Isa>(p, shape, operands.input[0], strip, lines);
      group = dot_strip<Isa>(p, shape, group, strip, lines, offsets, output + strip.channel);
    }
  }
}

// The depthwise convolution of ConvParams (kernels.h) for the output pixels of `range`, on what dw_pack<Isa> packed.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa, Paths kPaths>
void dw_run(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const DwPacked<Isa> packed(operands.constant);
  const DwShape<Isa>& shape = packed.shape;
  for (std::int32_t unit = range.begin; unit < range.end;) {
    const Strip strip = first_strip(p, {unit, range.end}, shape.most_rows);
    if constexpr (kPaths != Paths::kLines) {
      if (shape.direct) run_direct<Isa>(p, packed, strip, operands);
    }
    if constexpr (kPaths != Paths::kDirect) {
      if (!shape.direct) run_lines<Isa>(p, packed, strip, operands);
    }
    unit += pixels_of(strip);
  }
}

template <class Isa, Paths kPaths>
bool dw_accepts(const ConvParams& params, const ConvConstants&) {
  const DwShape<Isa> shape(params);
  return can_pack(params, shape) && (kPaths != Paths::kDirect || shape.direct);
}

// In cycles: a dot product of each term and vector, and about 4 to requantize and store; loading them is as much again.
template <class Isa>
std::int64_t dw_cost(const ConvParams& params) {
  const DwShape<Isa> shape(params);
  return std::int64_t{pixel_count(params)} * divide_up(shape.channels, Isa::kLanes) * (shape.taps * 2 + 4);
}

template <class Isa, Paths kPaths = Isa::kDirect ? Paths::kBoth : Paths::kLines>
constexpr ConvKernel make_dw_kernel(const char* name) {
  return {
      .name = name,
      .accepts = dw_accepts<Isa, kPaths>,
      .cost = dw_cost<Isa>,
      .packed_bytes = dw_packed_bytes<Isa>,
      .pack = dw_pack<Isa>,
      .scratch_bytes = dw_scratch_bytes<Isa>,
      .units = dw_units,
      .run = dw_run<Isa, kPaths>,
  };
}

}  // namespace
}  // namespace qrun::kernels
