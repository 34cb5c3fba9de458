// Convolution and fully connected as a blocked, packed, indirect gemm.
//
// The blocking: a block of output pixels whose activations stay in the second-level cache, then the panels of weights,
// then tiles of MR pixels by one panel. A fully connected layer is a convolution whose pixels are its rows.

#pragma once

#include "kernels/gemm/cost.h"
#include "kernels/gemm/indirection.inl"
#include "kernels/gemm/overlap.inl"
#include "kernels/gemm/pack.inl"
#include "kernels/gemm/tile.inl"

namespace qrun::kernels {
namespace {

// Rows [row, rows) of a block against one panel, MR at a time; the last ones by smaller micro-kernels.
template <class Isa, int kVectors, int MR>
void compute_rows(const Tile<Isa>& tile, std::int32_t row, std::int32_t rows) {
  for (; rows - row >= MR; row += MR) compute_tile<Isa, MR, kVectors>(tile, row);
  if constexpr (MR > 1) compute_rows<Isa, kVectors, (MR > 4 ? 4 : MR / 2)>(tile, row, rows);
}

template <class Isa, int kVectors = Isa::kMaxVectorsOfOneRow>
void compute_panel(const Tile<Isa>& tile, int vectors, std::int32_t rows) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) return compute_panel<Isa, kVectors - 1>(tile, vectors, rows);
  }
  if constexpr (kVectors > Isa::kMaxVectors) {
    compute_tile<Isa, 1, kVectors>(tile, 0);
  } else {
    if constexpr (Isa::kOverlapped) {
      if constexpr (kVectors == 1 && kHasHalf<Isa>) {
        if (tile.columns <= Isa::kLanes / 2 && try_overlapped<typename Isa::Half, 1>(tile, rows)) return;
      }
      if (try_overlapped<Isa, kVectors>(tile, rows)) return;
    }
    compute_rows<Isa, kVectors, Isa::max_rows(kVectors)>(tile, 0, rows);
  }
}

// Output pixels that are computed together, and how they use the scratch memory: pointers | copied runs.
template <class Isa>
struct Block {
  using Activation = typename Isa::Activation;

  explicit Block(const ConvParams& p) {
    const GemmShape<Isa> shape(p);
    runs = shape.kWidens ? 1 : shape.runs;
    constexpr std::size_t kActivationBytes = std::size_t{96} << 10;  // a share of the smallest second-level caches
    constexpr std::size_t kMaxTiles = 240 / Isa::kGrain;
    std::size_t tiles = kActivationBytes / (shape.depth * sizeof(Activation) * Isa::kGrain);
    tiles = tiles < 1 ? 1 : tiles > kMaxTiles ? kMaxTiles : tiles;
    const std::int64_t units = std::int64_t{p.batch} * p.output_height * p.output_width;
    rows = static_cast<std::int32_t>(tiles) * Isa::kGrain;
    if (units < rows) rows = static_cast<std::int32_t>(units);

    const auto count = static_cast<std::size_t>(rows);
    copies_offset = round_up(count * static_cast<std::size_t>(runs) * sizeof(void*), kPackedAlignment);
    const bool copies =
        shape.kWidens || !is_pointwise(p) || shape.run_depth != static_cast<std::size_t>(shape.run_length);
    bytes = copies_offset + (copies ? count * shape.depth * sizeof(Activation) : 0);
  }

  std::int32_t runs;  // pointers of a row
  std::int32_t rows;
  std::size_t copies_offset, bytes;
};

template <class Isa>
std::size_t scratch_bytes(const ConvParams& params) {
  return Block<Isa>(params).bytes;
}

// Fills the scratch memory for `rows` output pixels from `first` of the group that starts at `channel`, and points the
// tile at it.
template <class Isa>
void prepare_rows(const ConvParams& p, const Head<Isa, Block<Isa>>& head, const Operands& operands,
                  std::int32_t channel, std::int32_t first, std::int32_t rows, Tile<Isa>& tile) {
  const GemmShape<Isa>& shape = head.shape;
  const Block<Isa>& block = head.block;
  auto** pointers = reinterpret_cast<const std::uint8_t**>(operands.scratch);
  std::uint8_t* copies = operands.scratch + block.copies_offset;
  const Runs<Isa> runs(p, shape, operands.input[0], channel);
  if constexpr (GemmShape<Isa>::kWidens) {
    copy_runs(shape, runs, first, rows, reinterpret_cast<typename Isa::Activation*>(copies));
    const std::size_t row_bytes = shape.depth * sizeof(typename Isa::Activation);
    for (std::int32_t r = 0; r < rows; ++r, copies += row_bytes) pointers[r] = copies;
  } else {
    make_indirection(p, shape, runs, head.padding(), first, rows, pointers, block.rows, copies);
  }
  tile.rows = reinterpret_cast<const typename Isa::Activation* const*>(pointers);
  tile.row_stride = block.rows;
  tile.runs = block.runs;
  tile.run_depth = shape.kWidens ? shape.depth : shape.run_depth;
  tile.steps = static_cast<std::ptrdiff_t>(shape.depth) / Isa::kKr;
}

// The convolution of ConvParams (kernels.h) for the units of `range`, on constants packed by pack<Isa>.
template <class Isa>
void run(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const auto& head = Head<Isa, Block<Isa>>::of(operands.constant);
  Tile<Isa> tile{};
  tile.output_stride = static_cast<std::size_t>(p.output_channels);
  tile.clamp = p.clamp;
  const auto [pixels, panels] = shares_of(head.shape, range);
  for (std::int32_t first = pixels.begin; first < pixels.end; first += head.block.rows) {
    const std::int32_t rows = pixels.end - first < head.block.rows ? pixels.end - first : head.block.rows;
    tile.output = operands.output + static_cast<std::size_t>(first) * tile.output_stride;
    tile.panel = head.panels();
    for (std::int32_t group = 0; group < p.groups; ++group) {
      prepare_rows<Isa>(p, head, operands, group * head.shape.channels, first, rows, tile);
      for (std::int32_t panel = 0; panel < panels.end; ++panel) {
        tile.columns = tile.header().columns;
        if (panel >= panels.begin) compute_panel<Isa>(tile, tile.header().vectors, rows);
        tile.output += tile.columns;
        tile.panel += tile.header().bytes;
      }
    }
  }
}

template <class Isa>
void pack_blocked(const ConvParams& params, const ConvConstants& source, std::uint8_t* packed) {
  pack<Isa, Block<Isa>>(params, source, params, packed);
}

template <class Isa>
bool accepts_any(const ConvParams&, const ConvConstants&) {
  return true;
}

// Chains take at least an instruction for every depth of four sums, beside others' dot products.
template <class Isa>
std::int64_t cost(const ConvParams& params) {
  return vector_cost(params, Isa::kLanes, kHasChains<Isa> ? 1 : Isa::kKr);
}

template <class Isa>
constexpr ConvKernel make_kernel(const char* name) {
  return {
      .name = name,
      .accepts = accepts_any<Isa>,
      .cost = cost<Isa>,
      .packed_bytes = packed_bytes<Isa, Block<Isa>>,
      .pack = pack_blocked<Isa>,
      .scratch_bytes = scratch_bytes<Isa>,
      .units = units<Isa, Isa::kGrain>,
      .run = run<Isa>,
  };
}

}  // namespace
}  // namespace qrun::kernels
