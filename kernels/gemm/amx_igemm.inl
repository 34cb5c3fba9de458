// Convolution and fully connected on a tile engine: AMX, or the loops that stand for it in tests.
//
// A tile is 16 rows of 64 bytes. Two tiles of activations (32 output pixels, 64 deep) meet two of weights (64 deep, 32
// output channels) in four tiles of sums. Panels are packed as pack.inl lays them out, K filled up to a multiple of 64,
// but with the weights as they are: what their zero point adds is the same for a whole row.
//
// An ISA is a traits struct with Stored, Activation, Constants, kLanes, kKr, kDepthStep, kMaxVectors for packing,
// copy_run; Vector, load, add_to_all, total_of, Requantize<Form>, store<MR, vectors> for requantization; and
//   Tiles   eight tiles while it lives: load<tile>(base, stride), store<tile>(base, stride), multiply<sums, a, b>()

#pragma once

#include "kernels/gemm/amx_requantize.inl"
#include "kernels/gemm/amx_rows.inl"
#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// sums[r, n] = bias[n] + sum over k of a[r][k] * weights[k, n], for kRowTiles * 16 rows by one panel; in between, works
// off what waits in the pipeline.
// Shapes: sums [kRowTiles * 16, kVectors * 16]. Reads: steps * 64 bytes of each row.
template <class Isa, int kRowTiles, int kVectors>
void multiply_tiles(typename Isa::Tiles& tiles, Rows a, const std::uint8_t* panel, std::int32_t steps,
                    Pipeline<Isa>& pipeline) {
  constexpr bool kBelow = kRowTiles > 1, kBeside = kVectors > 1;
  const auto* constants = reinterpret_cast<const typename Isa::Constants*>(panel + sizeof(PanelHeader));
  const auto* weights = reinterpret_cast<const std::int8_t*>(constants + kVectors);
  constexpr std::ptrdiff_t kWeightsStride = kVectors * kTileDepth;  // from four rows of K to the next

  tiles.template load<0>(constants[0].bias, 0);
  if constexpr (kBeside) tiles.template load<1>(constants[1].bias, 0);
  if constexpr (kBelow) tiles.template load<2>(constants[0].bias, 0);
  if constexpr (kBelow && kBeside) tiles.template load<3>(constants[1].bias, 0);
  const std::int32_t portion = pipeline.portion(steps);
  for (std::int32_t step = 0; step < steps; ++step) {
    tiles.template load<4>(a.base, a.stride);
    tiles.template load<6>(weights, kWeightsStride);
    tiles.template multiply<0, 4, 6>();
    if constexpr (kBeside) tiles.template load<7>(weights + kTileDepth, kWeightsStride);
    if constexpr (kBeside) tiles.template multiply<1, 4, 7>();
    if constexpr (kBelow) tiles.template load<5>(a.base + kTileRows * a.stride, a.stride);
    if constexpr (kBelow) tiles.template multiply<2, 5, 6>();
    if constexpr (kBelow && kBeside) tiles.template multiply<3, 5, 7>();
    a.base += kTileDepth;
    weights += kTileRows * kWeightsStride;
    pipeline.work_off(portion);
  }
  std::int32_t* sums = pipeline.next_sums();
  constexpr int kRow = kVectors * Isa::kLanes;
  constexpr std::ptrdiff_t kStride = kRow * sizeof(std::int32_t);
  tiles.template store<0>(sums, kStride);
  if constexpr (kBeside) tiles.template store<1>(sums + Isa::kLanes, kStride);
  if constexpr (kBelow) tiles.template store<2>(sums + kTileRows * kRow, kStride);
  if constexpr (kBelow && kBeside) tiles.template store<3>(sums + kTileRows * kRow + Isa::kLanes, kStride);
}

// One block of sums: a pair of row tiles, or a single one, by one panel.
template <class Isa>
void multiply_block(typename Isa::Tiles& tiles, Rows a, const std::uint8_t* panel, int vectors, std::int32_t steps,
                    SumBlock<Isa> block, Pipeline<Isa>& pipeline) {
  block.sums = pipeline.next_sums();
  if (block.rows > kTileRows) {
    vectors > 1 ? multiply_tiles<Isa, 2, 2>(tiles, a, panel, steps, pipeline)
                : multiply_tiles<Isa, 2, 1>(tiles, a, panel, steps, pipeline);
  } else {
    vectors > 1 ? multiply_tiles<Isa, 1, 2>(tiles, a, panel, steps, pipeline)
                : multiply_tiles<Isa, 1, 1>(tiles, a, panel, steps, pipeline);
  }
  pipeline.put(block, reinterpret_cast<const PanelHeader*>(panel)->form, vectors);
}

// The convolution of ConvParams (kernels.h) for the units of `range`, on constants packed by pack_tiled<Isa>.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa>
void run_tiled(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const auto& head = Head<Isa, TiledBlock<Isa>>::of(operands.constant);
  const GemmShape<Isa>& shape = head.shape;
  const TiledBlock<Isa>& block = head.block;
  const auto steps = static_cast<std::int32_t>(shape.depth / kTileDepth);
  auto* row_biases = reinterpret_cast<std::int32_t*>(operands.scratch + block.row_bias_offset);
  typename Isa::Tiles tiles;
  Pipeline<Isa> pipeline(operands.scratch);
  SumBlock<Isa> sums = {};
  sums.output_stride = static_cast<std::size_t>(p.output_channels);
  sums.clamp = p.clamp;
  int turn = 0;
  const auto [pixels, panels] = shares_of(shape, range);
  for (std::int32_t first = pixels.begin; first < pixels.end; first += block.rows) {
    const std::int32_t rows = pixels.end - first < block.rows ? pixels.end - first : block.rows;
    std::uint8_t* output = operands.output + static_cast<std::size_t>(first) * sums.output_stride;
    const std::uint8_t* packed = head.panels();
    for (std::int32_t group = 0; group < p.groups; ++group, turn ^= 1) {
      const BlockRows a = prepare_tiled_rows(p, shape, operands.input[0], group * shape.channels, first, rows,
                                             operands.scratch + block.gathered_offset);
      std::int32_t* row_bias = nullptr;
      if (p.weight_zero_point != 0) {
        row_bias = row_biases + turn * block.rows;  // the sums that wait have the others
        sum_tiled_rows(p, shape, a, rows, row_bias);
      }
      for (std::int32_t panel = 0; panel < panels.end; ++panel) {
        const auto& header = *reinterpret_cast<const PanelHeader*>(packed);
        sums.constants = reinterpret_cast<const typename Isa::Constants*>(packed + sizeof(PanelHeader));
        sums.columns = header.columns;
        const std::int32_t rows_of_panel = panel >= panels.begin ? rows : 0;
        for (std::int32_t row = 0; row < rows_of_panel; row += Pipeline<Isa>::kRows) {
          sums.rows = rows - row < Pipeline<Isa>::kRows ? rows - row : Pipeline<Isa>::kRows;
          sums.row_bias = row_bias == nullptr ? nullptr : row_bias + row;
          sums.output = output + static_cast<std::size_t>(row) * sums.output_stride;
          multiply_block<Isa>(tiles, a.from(row), packed, header.vectors, steps, sums, pipeline);
        }
        packed += header.bytes;
        output += header.columns;
      }
    }
  }
  pipeline.work_off(Pipeline<Isa>::kRows);
}

inline ConvParams with_weights_as_they_are(ConvParams p) {
  p.weight_zero_point = 0;
  return p;
}

template <class Isa>
std::size_t tiled_packed_bytes(const ConvParams& params, const ConvConstants& source) {
  return packed_bytes<Isa, TiledBlock<Isa>>(with_weights_as_they_are(params), source);
}

template <class Isa>
void pack_tiled(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  pack<Isa, TiledBlock<Isa>>(with_weights_as_they_are(params), source, params, packed);
}

template <class Isa>
std::size_t tiled_scratch_bytes(const ConvParams& params) {
  return TiledBlock<Isa>(params).bytes;
}

template <class Isa>
constexpr ConvKernel make_tiled_kernel(const char* name, std::int64_t (*cost)(const ConvParams&)) {
  return {
      .name = name,
      .accepts = [](const ConvParams&, const ConvConstants&) { return true; },
      .cost = cost,
      .packed_bytes = tiled_packed_bytes<Isa>,
      .pack = pack_tiled<Isa>,
      .scratch_bytes = tiled_scratch_bytes<Isa>,
      .units = units<Isa, Pipeline<Isa>::kRows>,
      .run = run_tiled<Isa>,
  };
}

}  // namespace
}  // namespace qrun::kernels
