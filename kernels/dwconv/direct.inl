// Depthwise convolution whose kernel has three columns and at most kTaps rows: columns stay in registers.
//
// Why here: the kernels of most networks. A column of kGroupLanes channels is read once, its rows are laid side by
// side, and it meets all three kernel columns in registers, so that no line goes through memory. A group of channels
// does its share of many rows at a time, whose constants are loaded once.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/dwconv/finish.inl"
#include "kernels/dwconv/lines.inl"
#include "kernels/dwconv/pack.inl"

namespace qrun::kernels {
namespace {

// Output pixels [x_begin, x_end) of rows [y_begin, y_end), in channels [channel, channel + channels).
struct DirectCall {
  const ConvParams* params;
  const std::uint8_t* input;    // the image
  const std::uint8_t* outside;  // a row of zero points
  std::uint8_t* output;         // the image
  std::int32_t y_begin, y_end, x_begin, x_end;
  std::int32_t channel, channels;
};

// Two outputs at a time share what is loaded: of two rows at stride 1, of two columns at stride 2. Where there is no
// second one, it goes nowhere. kSplit: some weights have a second term (pack.inl); these
// stay in memory. row_weights: from the weights of a row to those of the other.
template <class Isa, class Finish, int kStride, bool kWhole, bool kSplit>
[[gnu::noinline]] void compute_columns(const DirectCall& call, const typename Isa::Constants* constants,
                                       const typename Isa::Weight* weights, std::ptrdiff_t row_weights) {
  using Vector = typename Isa::Vector;
  constexpr int kRows = kStride == 1 ? 2 : 1, kColumns = 2 / kRows;
  constexpr int kOther = (kColumns - 1) * kStride;  // columns from an output's window to the other's
  constexpr int kWindow = kDirectColumns + kOther;  // columns of both
  constexpr int kNew = kColumns * kStride;          // that the next two outputs do not share
  constexpr int kWarmUp = (kWindow + kNew - 1) / kNew;
  const ConvParams& p = *call.params;
  const Finish finish(constants);
  const typename Isa::Bias bias[] = {Isa::load_bias(constants[0].bias), Isa::load_bias(constants[1].bias)};
  const auto weights_of = [&](int row, int term, int v) {
    return Isa::load(weights + row * row_weights + term * kTermWeights<Isa> + v * (Isa::kLanes * Isa::kTaps));
  };
  Vector w[kDirectColumns][kRows][kGroupVectors];
  for (int row = 0; row < kRows; ++row) {
    for (int kx = 0; kx < kDirectColumns; ++kx) {
      for (int v = 0; v < kGroupVectors; ++v) w[kx][row][v] = weights_of(row, kx, v);
    }
  }
  const Clamp range = p.clamp;
  const Vector zero_point = Isa::splat(p.input_zero_point);
  const std::ptrdiff_t pixel = p.input_channels;
  const std::ptrdiff_t input_row = p.input_width * pixel, output_row = p.output_width * pixel;
  const std::int32_t width = p.input_width, x_end = call.x_end, channels = call.channels;
  for (std::int32_t y = call.y_begin; y < call.y_end; y += kRows) {
    const bool other_row = kRows == 2 && y + 1 < call.y_end;
    const std::uint8_t* rows[Isa::kTaps];
    for (std::int32_t i = 0; i < Isa::kTaps; ++i) {
      // A row that no output needs meets weights of zero, or a sum that goes nowhere: any will do.
      const std::int32_t ky = i < p.kernel_height + (other_row ? 1 : 0) ? i : 0;
      const std::int32_t row = y * p.stride_height - p.pad_top + ky * p.dilation_height;
      rows[i] = (row >= 0 && row < p.input_height ? call.input + row * input_row : call.outside) + call.channel;
    }
    std::int32_t column = call.x_begin * kStride - p.pad_left - (kWarmUp * kNew - kWindow);
    std::ptrdiff_t offset = column * pixel;
    Vector window[kWindow][kGroupVectors] = {};
    const auto slide = [&] {
      for (int i = 0; i < kWindow - kNew; ++i) {
        for (int v = 0; v < kGroupVectors; ++v) window[i][v] = window[i + kNew][v];
      }
#pragma GCC unroll 4
      for (int i = kWindow - kNew; i < kWindow; ++i, ++column, offset += pixel) {
        if (column >= 0 && column < width) {
          Isa::template column<kWhole>(window[i], rows, offset, channels);
        } else {
          for (Vector& vector : window[i]) vector = zero_point;
        }
      }
    };
#pragma GCC unroll 1
    for (int i = 0; i < kWarmUp; ++i) slide();
    std::uint8_t* output = call.output + y * output_row + call.x_begin * pixel + call.channel;
    for (std::int32_t x = call.x_begin; x < x_end; x += kColumns, output += kColumns * pixel) {
      Vector sums[2][kGroupVectors];
      for (int v = 0; v < kGroupVectors; ++v) {
        sums[0][v] = sums[1][v] = bias[v];
        for (int kx = 0; kx < kDirectColumns; ++kx) {
          sums[0][v] = Isa::dot(sums[0][v], window[kx][v], w[kx][0][v]);
          sums[1][v] = Isa::dot(sums[1][v], window[kOther + kx][v], w[kx][kRows - 1][v]);
          if constexpr (kSplit) {
            sums[0][v] = Isa::dot(sums[0][v], window[kx][v], weights_of(0, kDirectColumns + kx, v));
            sums[1][v] = Isa::dot(sums[1][v], window[kOther + kx][v], weights_of(kRows - 1, kDirectColumns + kx, v));
          }
        }
      }
      slide();  // early: it takes as long as what follows
      alignas(64) std::uint8_t nowhere[DwShape<Isa>::kGroupLanes];
      const bool has_other = kRows == 2 ? other_row : x + 1 < x_end;
      std::uint8_t* other = output + (kRows == 2 ? output_row : pixel);
      finish.template store<kWhole>(output, has_other ? other : nowhere, sums[0], sums[1], range, channels);
    }
  }
}

// One group, in the form that its constants were packed for.
template <class Isa, bool kWhole>
void compute_columns(const DirectCall& call, const std::uint8_t* packed) {
  const auto* header = reinterpret_cast<const GroupHeader*>(packed);
  const auto* constants = reinterpret_cast<const typename Isa::Constants*>(header + 1);
  const auto* weights = reinterpret_cast<const typename Isa::Weight*>(constants + kGroupVectors);
  with_finish<Isa>(*header, [&](auto type) {
    using Finish = typename decltype(type)::Finish;
    const std::ptrdiff_t row_weights = header->terms * kTermWeights<Isa>;
    const bool split = header->terms > kDirectColumns;
    if (call.params->stride_width == 1) {
      split ? compute_columns<Isa, Finish, 1, kWhole, true>(call, constants, weights, row_weights)
            : compute_columns<Isa, Finish, 1, kWhole, false>(call, constants, weights, row_weights);
    } else {
      split ? compute_columns<Isa, Finish, 2, kWhole, true>(call, constants, weights, row_weights)
            : compute_columns<Isa, Finish, 2, kWhole, false>(call, constants, weights, row_weights);
    }
  });
}

// Rows [strip.y, strip.y + strip.rows) of one image, all channels.
template <class Isa>
void run_direct(const ConvParams& p, const DwPacked<Isa>& packed, const Strip& strip, const Operands& operands) {
  const DwShape<Isa>& shape = packed.shape;
  const std::ptrdiff_t output_image = std::ptrdiff_t{p.output_height} * p.output_width * p.output_channels;
  const std::ptrdiff_t input_image = std::ptrdiff_t{p.input_height} * p.input_width * p.input_channels;
  DirectCall call{};
  call.params = &p;
  call.input = operands.input[0] + strip.image * input_image;
  call.outside = packed.zero_points;
  call.output = operands.output + strip.image * output_image;
  call.y_begin = strip.y;
  call.y_end = strip.y + strip.rows;
  call.x_begin = strip.x_begin;
  call.x_end = strip.x_end;
  const std::uint8_t* group = packed.groups;
  for (; call.channel < shape.channels; call.channel += shape.kGroupLanes, group = next_group(shape, group)) {
    call.channels = shape.channels - call.channel;
    if (call.channels >= shape.kGroupLanes) {
      compute_columns<Isa, true>(call, group);
    } else {
      compute_columns<Isa, false>(call, group);
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
