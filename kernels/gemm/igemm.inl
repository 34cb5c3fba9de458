// Convolution and fully connected as a blocked, packed, indirect gemm.
//
// The blocking: a block of output pixels whose activations stay in the second-level cache, then the panels of weights,
// then tiles of MR pixels by one panel. A fully connected layer is a convolution whose pixels are its rows.

#pragma once

#include "kernels/gemm/indirection.inl"
#include "kernels/gemm/pack.inl"
#include "kernels/gemm/tile.inl"

namespace qrun::kernels {
namespace {

// `rows` rows of a block against one panel, MR at a time; the last ones by smaller micro-kernels.
template <class Isa, int kVectors, int MR>
void compute_rows(Tile<Isa>& tile, std::int32_t rows) {
  for (; rows >= MR; rows -= MR) {
    compute_tile<Isa, MR, kVectors>(tile);
    tile.rows += MR;
    tile.output += MR * tile.output_stride;
    if (tile.row_bias != nullptr) tile.row_bias += MR;
  }
  if constexpr (MR > 1) compute_rows<Isa, kVectors, (MR > 8 ? 8 : MR > 4 ? 4 : MR / 2)>(tile, rows);
}

template <class Isa, int kVectors = Isa::kMaxVectors>
void compute_panel(Tile<Isa> tile, int vectors, std::int32_t rows) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) return compute_panel<Isa, kVectors - 1>(tile, vectors, rows);
  }
  compute_rows<Isa, kVectors, Isa::max_rows(kVectors)>(tile, rows);
}

// Output pixels that are computed together, and how they use the scratch memory: pointers | gathered rows | row biases.
template <class Isa>
struct Block {
  using Activation = typename Isa::Activation;

  Block(const ConvParams& p, const GemmShape<Isa>& shape)
      : gathers(sizeof(Activation) > 1 || shape.channels % Isa::kKr != 0),
        taps(gathers ? 1 : shape.taps),
        tap_depth(gathers ? shape.packed_depth : static_cast<std::size_t>(shape.channels)) {
    constexpr std::size_t kActivationBytes = std::size_t{96} << 10;  // a share of the smallest second-level caches
    constexpr std::size_t kMaxTiles = 240 / Isa::kGrain;
    std::size_t tiles = kActivationBytes / (shape.packed_depth * sizeof(Activation) * Isa::kGrain);
    tiles = tiles < 1 ? 1 : tiles > kMaxTiles ? kMaxTiles : tiles;
    const std::int64_t units = std::int64_t{p.batch} * p.output_height * p.output_width;
    rows = static_cast<std::int32_t>(tiles) * Isa::kGrain;
    if (units < rows) rows = static_cast<std::int32_t>(units);

    const auto count = static_cast<std::size_t>(rows);
    gathered_offset = round_up(count * static_cast<std::size_t>(taps) * sizeof(void*), kPackedAlignment);
    const std::size_t gathered_bytes = gathers ? count * tap_depth * sizeof(Activation) : 0;
    row_bias_offset = gathered_offset + round_up(gathered_bytes, kPackedAlignment);
    bytes = row_bias_offset + (p.weight_zero_point != 0 ? count * sizeof(std::int32_t) : 0);
  }

  bool gathers;
  std::int32_t taps;  // pointers of a row
  std::size_t tap_depth;
  std::int32_t rows;
  std::size_t gathered_offset, row_bias_offset, bytes;
};

template <class Isa>
std::size_t scratch_bytes(const ConvParams& params) {
  return Block<Isa>(params, GemmShape<Isa>(params)).bytes;
}

// row_bias[r] = -weight_zero_point * sum of the row's activations, modulo 2^32.
template <class Isa>
void sum_rows(const Tile<Isa>& tile, std::int32_t rows, std::int32_t weight_zero_point, std::int32_t* row_bias) {
  for (std::int32_t r = 0; r < rows; ++r) {
    typename Isa::Vector sum = Isa::zero();
    for (std::int32_t tap = 0; tap < tile.taps; ++tap) {
      sum = Isa::add_activations(sum, tile.rows[tap * tile.row_stride + r], tile.tap_depth);
    }
    const auto total = static_cast<std::uint32_t>(Isa::total(sum));
    row_bias[r] = static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(weight_zero_point) * total);
  }
}

// Fills the scratch memory for `rows` output pixels from `first` of the group whose first channel is at `input`, and
// points the tile at it.
template <class Isa>
void prepare_rows(const ConvParams& p, const GemmShape<Isa>& shape, const Block<Isa>& block, const Operands& operands,
                  const std::uint8_t* input, std::int32_t first, std::int32_t rows, Tile<Isa>& tile) {
  const std::uint8_t* padding = operands.constant;
  auto** pointers = reinterpret_cast<const std::uint8_t**>(operands.scratch);
  if (block.gathers) {
    std::uint8_t* gathered = operands.scratch + block.gathered_offset;
    gather<Isa>(p, shape, input, padding, first, rows, reinterpret_cast<typename Isa::Activation*>(gathered));
    const std::size_t row_bytes = block.tap_depth * sizeof(typename Isa::Activation);
    for (std::int32_t r = 0; r < rows; ++r, gathered += row_bytes) pointers[r] = gathered;
  } else {
    make_indirection(p, input, padding, first, rows, pointers, block.rows);
  }
  tile.rows = reinterpret_cast<const typename Isa::Activation* const*>(pointers);
  tile.row_stride = block.rows;
  tile.taps = block.taps;
  tile.tap_depth = block.tap_depth;
  if (p.weight_zero_point != 0) {
    auto* row_bias = reinterpret_cast<std::int32_t*>(operands.scratch + block.row_bias_offset);
    sum_rows<Isa>(tile, rows, p.weight_zero_point, row_bias);
    tile.row_bias = row_bias;
  }
}

// The convolution of ConvParams (kernels.h) for the output pixels of `range`, on constants packed by pack<Isa>.
template <class Isa>
void run(const void* params, const Operands& operands, Range range) {
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const GemmShape<Isa> shape(p);
  const Block<Isa> block(p, shape);
  Tile<Isa> tile{};
  tile.output_stride = static_cast<std::size_t>(p.output_channels);
  tile.clamp = p.clamp;
  for (std::int32_t first = range.begin; first < range.end; first += block.rows) {
    const std::int32_t rows = range.end - first < block.rows ? range.end - first : block.rows;
    tile.output = operands.output + static_cast<std::size_t>(first) * tile.output_stride;
    tile.panel = operands.constant + shape.padding_bytes;
    for (std::int32_t group = 0; group < p.groups; ++group) {
      prepare_rows<Isa>(p, shape, block, operands, operands.input[0] + group * shape.channels, first, rows, tile);
      shape.for_each_panel([&](const Panel& panel) {
        tile.columns = panel.columns;
        compute_panel<Isa>(tile, panel.vectors, rows);
        tile.panel += panel.bytes;
        tile.output += panel.columns;
      });
    }
  }
}

template <class Isa>
bool accepts_any(const ConvParams&, const ConvConstants&) {
  return true;
}

template <class Isa>
constexpr ConvKernel make_kernel(const char* name) {
  return {name, accepts_any<Isa>, packed_bytes<Isa>, pack<Isa>, scratch_bytes<Isa>, Isa::kGrain, run<Isa>};
}

}  // namespace
}  // namespace qrun::kernels
