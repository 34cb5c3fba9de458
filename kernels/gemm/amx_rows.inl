// Where a tile engine loads activations from: rows at equal distances, one an output pixel.
//
// Why here: a tile is loaded from a base and a stride. Pixels that are read one by one lie like that in the input; the
// rows of all other convolutions are gathered, each with all its runs. A tile may take bytes of the row behind, as the
// weights that they meet are zero, but nothing behind the input, and little behind the pixels that are asked for: the
// last ones are gathered, too.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/amx_requantize.inl"
#include "kernels/gemm/indirection.inl"
#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

constexpr int kTileRows = 16, kTileDepth = 64;  // of activations, bytes

// Shares of the caches for a block's activations, or all weights.
constexpr std::size_t kFirstLevel = std::size_t{24} << 10, kSecondLevel = std::size_t{768} << 10;

// Output pixels that are computed together, and how they use the scratch memory: sums | row biases, twice | gathered
// rows. They stay in the first-level cache while the weights pass by from the second; where the weights are too many
// for that, a larger block meets each panel from the second.
template <class Isa>
struct TiledBlock {
  explicit TiledBlock(const ConvParams& p) {
    const GemmShape<Isa> shape(p);
    constexpr std::size_t kMaxRows = 256, kPair = 2 * kTileRows;
    const bool few_weights = shape.depth * static_cast<std::size_t>(shape.columns) <= kSecondLevel;
    std::size_t most = (few_weights ? kFirstLevel : kSecondLevel) / shape.depth / kPair * kPair;
    most = most < kPair ? kPair : most > kMaxRows ? kMaxRows : most;
    const std::size_t units = round_up(static_cast<std::size_t>(p.batch * p.output_height * p.output_width), kPair);
    if (most > units) most = units;
    rows = static_cast<std::int32_t>(most);
    // Of pixels that are read one by one: a pair of tiles of which a row's last step reaches beyond the input, and so
    // begins less than 64 bytes before the last pixel.
    const std::size_t last = round_up(kPair + kTileDepth / static_cast<std::size_t>(p.input_channels), kPair);
    const std::size_t gathered = is_pointwise(p) && last < most ? last : most;
    row_bias_offset = Pipeline<Isa>::kScratchBytes;
    gathered_offset = row_bias_offset + (p.weight_zero_point != 0 ? 2 * most * sizeof(std::int32_t) : 0);
    bytes = gathered_offset + gathered * shape.depth;
  }

  std::int32_t rows;  // a multiple of 32
  std::size_t row_bias_offset, gathered_offset, bytes;
};

struct Rows {
  const std::uint8_t* base;
  std::ptrdiff_t stride;
};

// The activations of a block: the first rows where they lie, the rest gathered.
struct BlockRows {
  Rows direct, gathered;
  std::int32_t direct_rows;  // a multiple of 32, or all

  Rows from(std::int32_t row) const {
    const Rows& rows = row < direct_rows ? direct : gathered;
    const std::int32_t skipped = row < direct_rows ? row : row - direct_rows;
    return {rows.base + skipped * rows.stride, rows.stride};
  }
};

// The rows of output pixels [first, first + count) of the group that starts at `channel`.
template <class Isa>
BlockRows prepare_tiled_rows(const ConvParams& p, const GemmShape<Isa>& shape, const std::uint8_t* input,
                             std::int32_t channel, std::int32_t first, std::int32_t count, std::uint8_t* gathered) {
  const std::ptrdiff_t pixel = p.input_channels, depth = static_cast<std::ptrdiff_t>(shape.depth);
  BlockRows result = {{input + first * pixel + channel, pixel}, {gathered, depth}, 0};
  if (is_pointwise(p)) {
    const std::ptrdiff_t input_bytes = std::ptrdiff_t{p.batch} * p.input_height * p.input_width * pixel;
    const std::ptrdiff_t block_bytes = (std::ptrdiff_t{first} + count) * pixel + std::ptrdiff_t{kReadBeyondRows};
    const std::ptrdiff_t readable = input_bytes < block_bytes ? input_bytes : block_bytes;
    while (result.direct_rows < count) {
      const std::int32_t left = count - result.direct_rows;
      const std::int32_t loaded = left <= kTileRows ? kTileRows : 2 * kTileRows;
      const std::ptrdiff_t last_row = std::ptrdiff_t{first} + result.direct_rows + loaded - 1;
      if (last_row * pixel + channel + depth > readable) break;
      result.direct_rows += left < loaded ? left : loaded;
    }
  }
  if (result.direct_rows < count) {
    const Runs<Isa> runs(p, shape, input, channel);
    copy_runs(shape, runs, first + result.direct_rows, count - result.direct_rows, gathered);
  }
  return result;
}

// row_bias[r] = -weight_zero_point * sum of the row's activations less their zero point, modulo 2^32.
template <class Isa>
void sum_tiled_rows(const ConvParams& p, const GemmShape<Isa>& shape, const BlockRows& block, std::int32_t count,
                    std::int32_t* row_bias) {
  const auto length = static_cast<std::size_t>(shape.run_length);
  const std::uint32_t zero_points = static_cast<std::uint32_t>(p.input_zero_point) *
                                    static_cast<std::uint32_t>(shape.runs) * static_cast<std::uint32_t>(length);
  for (std::int32_t r = 0; r < count; ++r) {
    const std::uint8_t* row = block.from(r).base;
    std::uint32_t sum = 0u - zero_points;
    for (std::int32_t run = 0; run < shape.runs; ++run, row += shape.run_depth) sum += Isa::total_of(row, length);
    row_bias[r] = static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(p.weight_zero_point) * sum);
  }
}

}  // namespace
}  // namespace qrun::kernels
