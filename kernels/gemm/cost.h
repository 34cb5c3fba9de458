// What a convolution costs on vectors and on tiles: an estimate by which the plan chooses between a row's kernels.
//
// In cycles of a core like Sapphire Rapids'; only the order of candidates of one row matters. Vectors: two dot products
// a cycle, of whole vectors and groups of four, about 2 to start each vector and 4 to requantize it. Tiles: a
// multiplication takes 16 cycles however few of its rows, columns and depth are needed; a tile of sums costs about 32
// more to start, store and read again, and as much requantization as vectors do. Where pixels are not read one by one,
// a run of them costs about 2 cycles to point to, and 5 and one for 16 bytes to gather for tiles.
//
// bench/check_choice.py compares the choice with measurements.

#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "kernels/rounding.h"

namespace qrun::kernels {

struct ConvWork {
  std::int64_t pixels;  // of all groups
  std::int64_t columns, depth, runs;
  bool pointwise;
};

// Static, like all here: objects of instruction sets share no function with others.
static constexpr ConvWork work_of(const ConvParams& p) {
  return {
      .pixels = std::int64_t{p.batch} * p.output_height * p.output_width * p.groups,
      .columns = p.output_channels / p.groups,
      .depth = std::int64_t{p.kernel_height} * p.kernel_width * (p.input_channels / p.groups),
      .runs = std::int64_t{p.kernel_height} * (p.groups == 1 && p.dilation_width == 1 ? 1 : p.kernel_width),
      .pointwise = p.kernel_height == 1 && p.kernel_width == 1,
  };
}

// Of vectors of `lanes` sums, `depth_of_dot` products a lane.
static constexpr std::int64_t vector_cost(const ConvParams& params, int lanes, int depth_of_dot) {
  const ConvWork work = work_of(params);
  const std::int64_t vectors = work.pixels * divide_up<std::int64_t>(work.columns, lanes);
  return vectors * (divide_up<std::int64_t>(work.depth, depth_of_dot) + 12) / 2 +
         (work.pointwise ? 0 : work.pixels * work.runs * 2);
}

// Of tiles of 16 by 16 sums and a depth of 64.
static constexpr std::int64_t tile_cost(const ConvParams& params) {
  const ConvWork work = work_of(params);
  const std::int64_t column_tiles = divide_up<std::int64_t>(work.columns, 16);
  const std::int64_t products =
      divide_up<std::int64_t>(work.pixels, 16) * column_tiles * (16 * divide_up<std::int64_t>(work.depth, 64) + 32);
  const std::int64_t gathering = work.pointwise ? 0 : work.pixels * (work.runs * 5 + work.depth / 16);
  return products + work.pixels * column_tiles * 4 + gathering;
}

}  // namespace qrun::kernels
