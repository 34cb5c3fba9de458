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
// An ISA is a traits struct with Stored, Weight, Vector, Constants, kLanes, kTaps, kUsualTerms (3x3), kMinWeight,
// kMaxWeight and interleave, load, load_bias, dot, Requantize<Form>, store.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/direct.inl"
#include "kernels/dwconv/lines.inl"
#include "kernels/dwconv/pack.inl"

namespace qrun::kernels {
namespace {

// The lanes of one group in one strip.
struct GroupCall {
  const std::int32_t* lines;
  const std::ptrdiff_t* offsets;  // of each term's lanes in the lines
  std::int32_t terms;
  std::int32_t max_terms;           // from a row's weights to the next row's
  std::ptrdiff_t first, end, step;  // lanes of the strip: first, first + step, ... < end
  std::uint8_t* output;             // of lane `first`
  std::ptrdiff_t output_step, output_row;
  Clamp clamp;
};

// Two outputs of the same channels at a time share what is loaded: of kRows = 2 rows, which share the line and have
// weights of their own, or of two columns. kTerms: the number of terms, whose weights then stay in registers, or 0
// where it is known at run time only.
template <class Isa, class Finish, int kTerms, int kRows>
[[gnu::noinline]] void compute_group(const GroupCall& call, const typename Isa::Constants* constants,
                                     const typename Isa::Weight* weights) {
  using Vector = typename Isa::Vector;
  constexpr std::ptrdiff_t kGroupLanes = DwShape<Isa>::kGroupLanes;
  constexpr std::ptrdiff_t kVectorWeights = Isa::kLanes * Isa::kTaps;
  static_assert(kGroupVectors == 2);
  // Copies: a store of bytes might alias whatever is still in memory, and reload it.
  const Vector bias[] = {Isa::load_bias(constants[0].bias), Isa::load_bias(constants[1].bias)};
  const Finish finish(constants);
  const typename Isa::Weight* row_weights[] = {
      weights, kRows == 2 ? weights + call.max_terms * kGroupVectors * kVectorWeights : weights};
  constexpr bool kHoldWeights = kTerms * kRows * kGroupVectors <= Isa::kWeightRegisters;
  Vector w[kTerms + 1][kRows][kGroupVectors];
  const std::int32_t* term_lines[kTerms + 1];
#pragma GCC unroll 16
  for (int term = 0; term < kTerms; ++term) {
    term_lines[term] = call.lines + call.offsets[term];
    if constexpr (!kHoldWeights) continue;
    for (int row = 0; row < kRows; ++row) {
      for (int v = 0; v < kGroupVectors; ++v) {
        w[term][row][v] = Isa::load(row_weights[row] + (term * kGroupVectors + v) * kVectorWeights);
      }
    }
  }
  const Clamp range = call.clamp;
  const std::ptrdiff_t end = call.end, step = call.step, output_step = call.output_step;
  std::uint8_t* output = call.output;
  for (std::ptrdiff_t lane = call.first; lane < end; lane += step * 2 / kRows, output += output_step * 2 / kRows) {
    // Where no second column is left, the first is computed twice.
    const bool two_columns = kRows == 1 && lane + step < end;
    const std::ptrdiff_t second = two_columns ? step : 0;
    Vector sums[2][kGroupVectors] = {{bias[0], bias[1]}, {bias[0], bias[1]}};
#pragma GCC unroll 16
    for (int term = 0; term < kTerms; ++term) {
      for (int v = 0; v < kGroupVectors; ++v) {
        const std::int32_t* line = term_lines[term] + lane + v * Isa::kLanes;
        const auto weight = [&](int row) {
          return kHoldWeights ? w[term][row][v]
                              : Isa::load(row_weights[row] + (term * kGroupVectors + v) * kVectorWeights);
        };
        const Vector data = Isa::load(line);
        sums[0][v] = Isa::dot(sums[0][v], data, weight(0));
        sums[1][v] = Isa::dot(sums[1][v], kRows == 2 ? data : Isa::load(line + second), weight(kRows - 1));
      }
    }
    if constexpr (kTerms == 0) {
      std::ptrdiff_t at = 0;
      for (std::int32_t term = 0; term < call.terms; ++term) {
        for (int v = 0; v < kGroupVectors; ++v, at += kVectorWeights) {
          const std::int32_t* line = call.lines + call.offsets[term] + lane + v * Isa::kLanes;
          const Vector data = Isa::load(line), weight = Isa::load(row_weights[0] + at);
          sums[0][v] = Isa::dot(sums[0][v], data, weight);
          sums[1][v] = Isa::dot(sums[1][v], kRows == 2 ? data : Isa::load(line + second),
                                kRows == 2 ? Isa::load(row_weights[1] + at) : weight);
        }
      }
    }
    std::uint8_t* other = output + (kRows == 2 ? call.output_row : two_columns ? output_step : 0);
    const bool whole = end - lane - second >= kGroupLanes;
    alignas(64) std::uint8_t bytes[2][kGroupLanes];
    finish.template store<true>(whole ? output : bytes[0], whole ? other : bytes[1], sums, range, kGroupLanes);
    if (whole) continue;
    const std::ptrdiff_t rest = end - lane < kGroupLanes ? end - lane : kGroupLanes;
    std::memcpy(output, bytes[0], static_cast<std::size_t>(rest));
    std::memcpy(other, bytes[1], static_cast<std::size_t>(kRows == 2 ? rest : end - lane - second));
  }
}

template <class Isa, class Finish>
void compute_group(const GroupCall& call, std::int32_t rows, const typename Isa::Constants* constants,
                   const typename Isa::Weight* weights) {
  constexpr int kUsual = Isa::kUsualTerms;
  if (call.terms == kUsual && rows == 2) return compute_group<Isa, Finish, kUsual, 2>(call, constants, weights);
  if (call.terms == kUsual) return compute_group<Isa, Finish, kUsual, 1>(call, constants, weights);
  if (rows == 2) return compute_group<Isa, Finish, 0, 2>(call, constants, weights);
  compute_group<Isa, Finish, 0, 1>(call, constants, weights);
}

template <class Isa>
void dot_strip(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* packed, const Strip& strip,
               const std::int32_t* lines, std::ptrdiff_t* offsets, std::uint8_t* output) {
  for (std::int32_t term = 0; term < shape.max_terms; ++term) {
    const std::int32_t set = term % shape.taps / p.kernel_width;
    const std::int32_t shift = term % shape.taps % p.kernel_width * p.dilation_width;
    offsets[term] = static_cast<std::ptrdiff_t>(set * shape.phases + shift % shape.phases) *
                        static_cast<std::ptrdiff_t>(shape.line_lanes) +
                    std::ptrdiff_t{shift / shape.phases} * strip.channels;
  }
  const bool whole_row = strip.channels == shape.channels;
  const std::int32_t first_group = strip.channel / shape.kGroupLanes;
  const std::int32_t groups = whole_row ? shape.groups : strip.channels / shape.kGroupLanes;
  GroupCall call{};
  call.lines = lines;
  call.offsets = offsets;
  const std::ptrdiff_t pattern = std::ptrdiff_t{groups} * shape.kGroupLanes;  // lanes from a group to its next place
  call.end = std::ptrdiff_t{strip.x_end - strip.x_begin} * shape.spread * strip.channels;
  call.step = pattern * shape.spread;
  call.output_step = whole_row ? pattern : shape.channels;
  call.output_row = std::ptrdiff_t{p.output_width} * p.output_channels;
  call.max_terms = shape.max_terms;
  call.clamp = p.clamp;
  packed += static_cast<std::size_t>(first_group) * shape.group_bytes();
  for (std::int32_t group = 0; group < groups; ++group, packed += shape.group_bytes()) {
    const auto* header = reinterpret_cast<const GroupHeader*>(packed);
    const auto* constants = reinterpret_cast<const typename Isa::Constants*>(header + 1);
    const auto* weights = reinterpret_cast<const typename Isa::Weight*>(constants + kGroupVectors);
    call.terms = header->terms;
    call.first = std::ptrdiff_t{group} * shape.kGroupLanes;
    call.output = output + call.first;
    with_finish<Isa>(*header, [&](auto type) {
      compute_group<Isa, typename decltype(type)::Finish>(call, strip.rows, constants, weights);
    });
  }
}

template <class Isa>
void run_lines(const ConvParams& p, const DwShape<Isa>& shape, Strip strip, const Operands& operands) {
  auto* lines = reinterpret_cast<std::int32_t*>(operands.scratch);
  auto* offsets = reinterpret_cast<std::ptrdiff_t*>(lines + static_cast<std::size_t>(shape.row_sets * shape.phases) *
                                                                shape.line_lanes);
  const std::int32_t row_end = strip.x_end;
  const std::ptrdiff_t row = std::ptrdiff_t{strip.image} * p.output_height + strip.y;
  for (; strip.x_begin < row_end; strip.x_begin = strip.x_end) {
    strip.x_end = row_end - strip.x_begin < shape.strip ? row_end : strip.x_begin + shape.strip;
    std::uint8_t* output = operands.output + (row * p.output_width + strip.x_begin) * p.output_channels;
    for (strip.channel = 0; strip.channel < shape.channels; strip.channel += strip.channels) {
      const std::int32_t left = shape.channels - strip.channel;
      strip.channels = left < shape.block_channels ? left : shape.block_channels;
      interleave_strip<Isa>(p, shape, operands.input[0], strip, lines);
      dot_strip<Isa>(p, shape, operands.constant, strip, lines, offsets, output + strip.channel);
    }
  }
}

// The depthwise convolution of ConvParams (kernels.h) for the output pixels of `range`, on what dw_pack<Isa> packed.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa>
void dw_run(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const DwShape<Isa> shape(p);
  if (shape.direct) {
    std::memset(operands.scratch, p.input_zero_point,
                static_cast<std::size_t>(p.input_width) * static_cast<std::size_t>(p.input_channels));
  }
  for (std::int32_t unit = range.begin; unit < range.end;) {
    Strip strip{};
    strip.x_begin = unit % p.output_width;
    strip.y = unit / p.output_width % p.output_height;
    strip.image = unit / p.output_width / p.output_height;
    // Whole rows, or a part of one.
    const std::int32_t rest = range.end - unit;
    if (strip.x_begin == 0 && rest >= p.output_width) {
      const std::int32_t left = p.output_height - strip.y, whole = rest / p.output_width;
      strip.rows = left < whole ? left : whole;
      if (strip.rows > shape.most_rows) strip.rows = shape.most_rows;
      strip.x_end = p.output_width;
    } else {
      strip.rows = 1;
      strip.x_end = strip.x_begin + rest < p.output_width ? strip.x_begin + rest : p.output_width;
    }
    if constexpr (Isa::kDirect) {
      if (shape.direct) run_direct<Isa>(p, shape, strip, operands);
    }
    if (!shape.direct) run_lines<Isa>(p, shape, strip, operands);
    unit += strip.rows * (strip.x_end - strip.x_begin);
  }
}

template <class Isa>
constexpr ConvKernel make_dw_kernel(const char* name) {
  return {name, dw_accepts<Isa>, dw_packed_bytes<Isa>, dw_pack<Isa>, dw_scratch_bytes<Isa>, 1, dw_run<Isa>};
}

}  // namespace
}  // namespace qrun::kernels
