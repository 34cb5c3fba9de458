// Which convolutions are faster on tiles than with AVX-512 VNNI's vectors: an estimate of cycles but for
// requantization, which both do alike.
//
// Tiles: a multiplication takes 16 cycles however few of its rows, columns and depth are needed; a tile of sums costs
// about 32 more to start, store and read again. Where pixels are not read one by one, rows are gathered: a run costs
// about 5 cycles, and one for 16 bytes. Vectors: 128 multiply-accumulates a cycle, of whole vectors and groups of four,
// and 2 cycles to start each vector of sums.
//
// Multiplications are Sapphire Rapids' figures. A few pixels or input channels, and first layers, fall to the vectors.

#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace qrun::kernels {

static constexpr bool amx_pays(const ConvParams& p) {
  const auto divide_up = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t pixels = std::int64_t{p.batch} * p.output_height * p.output_width;
  const std::int64_t taps = std::int64_t{p.kernel_height} * p.kernel_width;
  const std::int64_t channels = p.input_channels / p.groups, depth = taps * channels;
  const std::int64_t runs = p.groups == 1 && p.dilation_width == 1 ? p.kernel_height : taps;
  const std::int64_t column_tiles = divide_up(p.output_channels / p.groups, 16);
  const std::int64_t products = divide_up(pixels, 16) * column_tiles * (16 * divide_up(depth, 64) + 32);
  const std::int64_t gathering = taps > 1 ? pixels * (runs * 5 + depth / 16) : 0;
  const std::int64_t vectors = pixels * column_tiles * (divide_up(depth, 4) + 4) / 2;
  return products + gathering < vectors;
}

}  // namespace qrun::kernels
