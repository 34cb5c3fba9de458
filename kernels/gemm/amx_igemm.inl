// Convolution and fully connected on a tile engine: AMX, or the loops that stand for it in tests.
//
// A tile is 16 rows of 64 bytes. Two tiles of activations (32 output pixels, 64 deep) meet two of weights (64 deep, 32
// output channels) in four tiles of sums; panels are packed as pack.inl lays them out, K filled up to a multiple of 64.
//
// Activations are loaded where they lie if output pixel i reads input pixel i alone. A tile may then take bytes of the
// pixel behind, as the weights that they meet are zero, but nothing behind the tensor: the last pixels are gathered in
// scratch, as are all of other convolutions. A block of gathered pixels stays in the second-level cache while the
// panels pass by, and a panel in the first-level cache while the block's pixels do.
//
// An ISA is a traits struct with Stored, Activation, Constants, kLanes, kKr, kDepthStep, kMaxVectors for packing;
// Vector, load, add_to_all, total_of, Requantize<Form>, store_rows<vectors> for requantization; and
//   Tiles   eight tiles while it lives: load<tile>(base, stride), store<tile>(base, stride), multiply<sums, a, b>()

#pragma once

#include "kernels/gemm/amx_requantize.inl"
#include "kernels/gemm/indirection.inl"
#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

constexpr int kTileRows = 16, kTileDepth = 64;  // activations: bytes

// Where rows of activations lie: `stride` bytes apart.
struct Rows {
  const std::uint8_t* base;
  std::ptrdiff_t stride;
};

// sums[r, n] = bias[n] + sum over k of a[r][k] * weights[k, n], for kRowTiles * 16 rows by one panel; in between, works
// off what waits in the pipeline.
// Shapes: sums [kRowTiles * 16, kVectors * 16]. Reads: steps * 64 bytes of each row.
template <class Isa, int kRowTiles, int kVectors>
void multiply(typename Isa::Tiles& tiles, Rows a, const std::uint8_t* panel, std::int32_t steps,
              Pipeline<Isa>& pipeline) {
  const auto* constants =
      reinterpret_cast<const typename Isa::Constants*>(reinterpret_cast<const PanelHeader*>(panel) + 1);
  const auto* weights = reinterpret_cast<const std::int8_t*>(constants + kVectors);
  constexpr std::ptrdiff_t kTileColumns = kTileDepth;  // bytes: four weights of each of 16 channels
  constexpr std::ptrdiff_t kWeightsStride = kVectors * kTileColumns;

  tiles.template load<0>(constants[0].bias, 0);
  if constexpr (kVectors > 1) tiles.template load<1>(constants[1].bias, 0);
  if constexpr (kRowTiles > 1) tiles.template load<2>(constants[0].bias, 0);
  if constexpr (kRowTiles > 1 && kVectors > 1) tiles.template load<3>(constants[1].bias, 0);
  const std::int32_t portion = pipeline.portion(steps);
  for (std::int32_t step = 0; step < steps; ++step) {
    tiles.template load<4>(a.base, a.stride);
    tiles.template load<6>(weights, kWeightsStride);
    tiles.template multiply<0, 4, 6>();
    if constexpr (kVectors > 1) tiles.template load<7>(weights + kTileColumns, kWeightsStride);
    if constexpr (kVectors > 1) tiles.template multiply<1, 4, 7>();
    if constexpr (kRowTiles > 1) tiles.template load<5>(a.base + kTileRows * a.stride, a.stride);
    if constexpr (kRowTiles > 1) tiles.template multiply<2, 5, 6>();
    if constexpr (kRowTiles > 1 && kVectors > 1) tiles.template multiply<3, 5, 7>();
    a.base += kTileDepth;
    weights += kTileRows * kWeightsStride;
    pipeline.work_off(portion);
  }
  std::int32_t* sums = pipeline.next_sums();
  constexpr int kRow = kVectors * Isa::kLanes;
  constexpr std::ptrdiff_t kStride = kRow * sizeof(std::int32_t);
  tiles.template store<0>(sums, kStride);
  if constexpr (kVectors > 1) tiles.template store<1>(sums + Isa::kLanes, kStride);
  if constexpr (kRowTiles > 1) tiles.template store<2>(sums + kTileRows * kRow, kStride);
  if constexpr (kRowTiles > 1 && kVectors > 1) tiles.template store<3>(sums + kTileRows * kRow + Isa::kLanes, kStride);
}

// Shares of the caches for a block's activations, or all weights.
constexpr std::size_t kFirstLevel = std::size_t{24} << 10, kSecondLevel = std::size_t{768} << 10;

// Output pixels that are computed together, and how they use the scratch memory: sums | row biases, twice | gathered
// rows.
template <class Isa>
struct TiledBlock {
  TiledBlock(const ConvParams& p, const GemmShape<Isa>& shape) {
    constexpr std::size_t kMaxRows = 256, kGrain = Pipeline<Isa>::kRows;
    const std::size_t weights = shape.packed_depth * static_cast<std::size_t>(shape.columns);
    const std::size_t activations = weights <= kSecondLevel ? kFirstLevel : kSecondLevel;
    std::size_t most = activations / shape.packed_depth / kGrain * kGrain;
    most = most < kGrain ? kGrain : most > kMaxRows ? kMaxRows : most;
    const std::size_t units = round_up(static_cast<std::size_t>(p.batch * p.output_height * p.output_width), kGrain);
    if (most > units) most = units;
    rows = static_cast<std::int32_t>(most);
    // The rows of a pair of tiles, and those whose last step reaches beyond the tensor: not the first 64 bytes from its
    // end.
    const std::size_t at_the_end = round_up(kGrain + kTileDepth / static_cast<std::size_t>(p.input_channels), kGrain);
    const std::size_t gathered = is_pointwise(p) && at_the_end < most ? at_the_end : most;
    row_bias_offset = Pipeline<Isa>::kScratchBytes;
    gathered_offset = row_bias_offset + (p.weight_zero_point != 0 ? 2 * most * sizeof(std::int32_t) : 0);
    bytes = gathered_offset + gathered * shape.packed_depth;
  }

  std::int32_t rows;  // a multiple of 32
  std::size_t row_bias_offset, gathered_offset, bytes;
};

template <class Isa>
std::size_t tiled_scratch_bytes(const ConvParams& params) {
  return TiledBlock<Isa>(params, GemmShape<Isa>(params)).bytes;
}

// The activations of a block of output pixels: the first ones where they lie, the rest gathered.
struct BlockRows {
  Rows direct, gathered;
  std::int32_t direct_rows;

  Rows from(std::int32_t row) const {
    const Rows& rows = row < direct_rows ? direct : gathered;
    const std::int32_t skipped = row < direct_rows ? row : row - direct_rows;
    return {rows.base + skipped * rows.stride, rows.stride};
  }
};

// `input` is the first channel of group number `group` of the first pixel.
template <class Isa>
BlockRows prepare_tiled_rows(const ConvParams& p, const GemmShape<Isa>& shape, const std::uint8_t* input,
                             const std::uint8_t* padding, std::int32_t group, std::int32_t first, std::int32_t rows,
                             std::uint8_t* gathered) {
  const std::ptrdiff_t pixel = p.input_channels, depth = static_cast<std::ptrdiff_t>(shape.packed_depth);
  BlockRows result = {{input + first * pixel, pixel}, {gathered, depth}, 0};
  if (is_pointwise(p)) {
    const std::ptrdiff_t pixels = std::ptrdiff_t{p.batch} * p.input_height * p.input_width;
    const std::ptrdiff_t last =
        pixels * pixel - std::ptrdiff_t{group} * shape.channels - depth;  // where a row may begin
    constexpr std::int32_t kStep = Pipeline<Isa>::kRows;
    while (result.direct_rows < rows) {
      const std::int32_t left = rows - result.direct_rows;
      const std::int32_t loaded = left <= kTileRows ? kTileRows : kStep;
      if ((std::ptrdiff_t{first} + result.direct_rows + loaded - 1) * pixel > last) break;
      result.direct_rows += left < kStep ? left : kStep;
    }
  }
  if (result.direct_rows < rows) {
    gather<Isa>(p, shape, input, padding, first + result.direct_rows, rows - result.direct_rows, gathered);
  }
  return result;
}

// row_bias[r] = -weight_zero_point * sum of the row's activations, modulo 2^32.
template <class Isa>
void sum_tiled_rows(const BlockRows& block, std::int32_t rows, std::size_t depth, std::int32_t weight_zero_point,
                    std::int32_t* row_bias) {
  for (std::int32_t r = 0; r < rows; ++r) {
    const auto total = static_cast<std::uint32_t>(Isa::total_of(block.from(r).base, depth));
    row_bias[r] = static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(weight_zero_point) * total);
  }
}

// One pair of row tiles, or a single one, by one panel.
template <class Isa>
void multiply_rows(typename Isa::Tiles& tiles, Rows a, const Panel& panel, const std::uint8_t* packed,
                   std::int32_t steps, const SumBlock<Isa>& block, Pipeline<Isa>& pipeline) {
  SumBlock<Isa> sums = block;
  sums.sums = pipeline.next_sums();
  if (block.rows > kTileRows) {
    panel.vectors > 1 ? multiply<Isa, 2, 2>(tiles, a, packed, steps, pipeline)
                      : multiply<Isa, 2, 1>(tiles, a, packed, steps, pipeline);
  } else {
    panel.vectors > 1 ? multiply<Isa, 1, 2>(tiles, a, packed, steps, pipeline)
                      : multiply<Isa, 1, 1>(tiles, a, packed, steps, pipeline);
  }
  pipeline.put(sums, reinterpret_cast<const PanelHeader*>(packed)->form, panel.vectors);
}

// The convolution of ConvParams (kernels.h) for the output pixels of `range`, on constants packed by pack<Isa>.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa>
void run_tiled(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const GemmShape<Isa> shape(p);
  const TiledBlock<Isa> block(p, shape);
  const auto steps = static_cast<std::int32_t>(shape.packed_depth / kTileDepth);
  std::int32_t* row_bias = reinterpret_cast<std::int32_t*>(operands.scratch + block.row_bias_offset);
  typename Isa::Tiles tiles;
  Pipeline<Isa> pipeline(operands.scratch);
  SumBlock<Isa> sums = {};
  sums.output_stride = static_cast<std::size_t>(p.output_channels);
  sums.clamp = p.clamp;
  int turn = 0;
  for (std::int32_t first = range.begin; first < range.end; first += block.rows) {
    const std::int32_t rows = range.end - first < block.rows ? range.end - first : block.rows;
    std::uint8_t* output = operands.output + static_cast<std::size_t>(first) * sums.output_stride;
    const std::uint8_t* packed = operands.constant + shape.padding_bytes;
    for (std::int32_t group = 0; group < p.groups; ++group, turn ^= 1) {
      const BlockRows source =
          prepare_tiled_rows<Isa>(p, shape, operands.input[0] + group * shape.channels, operands.constant, group, first,
                                  rows, operands.scratch + block.gathered_offset);
      std::int32_t* block_bias = nullptr;
      if (p.weight_zero_point != 0) {
        block_bias = row_bias + turn * block.rows;  // the sums that wait have the other one
        sum_tiled_rows<Isa>(source, rows, shape.depth, p.weight_zero_point, block_bias);
      }
      shape.for_each_panel([&](const Panel& panel) {
        sums.constants = reinterpret_cast<const typename Isa::Constants*>(packed + sizeof(PanelHeader));
        sums.columns = panel.columns;
        for (std::int32_t row = 0; row < rows; row += Pipeline<Isa>::kRows) {
          sums.rows = rows - row < Pipeline<Isa>::kRows ? rows - row : Pipeline<Isa>::kRows;
          sums.output = output + static_cast<std::size_t>(row) * sums.output_stride;
          sums.row_bias = block_bias == nullptr ? nullptr : block_bias + row;
          multiply_rows<Isa>(tiles, source.from(row), panel, packed, steps, sums, pipeline);
        }
        packed += panel.bytes;
        output += panel.columns;
      });
    }
  }
  pipeline.work_off(Pipeline<Isa>::kRows);
}

template <class Isa>
constexpr ConvKernel make_tiled_kernel(const char* name, bool (*accepts)(const ConvParams&, const ConvConstants&)) {
  return {name, accepts, packed_bytes<Isa>, pack<Isa>, tiled_scratch_bytes<Isa>, Pipeline<Isa>::kRows, run_tiled<Isa>};
}

}  // namespace
}  // namespace qrun::kernels
