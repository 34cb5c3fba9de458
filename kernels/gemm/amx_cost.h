// Which convolutions are faster on tiles than with AVX-512 VNNI's vectors: an estimate of cycles, requantization aside,
// which both do alike.
//
// Tiles: a multiplication takes 16 cycles however few of its rows, columns and depth are needed; a tile of sums costs
// about 32 more to start, store and read again. Convolutions of more than one pixel are gathered, at about a cycle per
// 32 bytes. Vectors: 128 multiply-accumulates a cycle, of whole vectors and groups of four.
//
// The figures are Sapphire Rapids'. Few pixels, a few input channels or padded-out ones fall to the vectors.

#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace qrun::kernels {

static constexpr bool amx_pays(const ConvParams& p) {
  const auto divide_up = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t pixels = std::int64_t{p.batch} * p.output_height * p.output_width;
  const std::int64_t taps = std::int64_t{p.kernel_height} * p.kernel_width;
  const std::int64_t depth = taps * (p.input_channels / p.groups);
  const std::int64_t column_tiles = divide_up(p.output_channels / p.groups, 16);
  const std::int64_t row_tiles = divide_up(pixels, 16);
  const std::int64_t gathered = taps > 1 ? pixels * depth / 32 : 0;
  const std::int64_t tiles = row_tiles * column_tiles * (16 * divide_up(depth, 64) + 32) + gathered;
  const std::int64_t vectors = pixels * column_tiles * 16 * (4 * divide_up(depth, 4)) / 128;
  return tiles < vectors;
}

}  // namespace qrun::kernels
