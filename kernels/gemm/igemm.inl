// Convolution and fully connected as a blocked, packed, indirect gemm: one micro-kernel for every instruction set.
//
// Why here: an ISA is a traits struct of a few lines (see avx2.cc) with
//   Stored       int8_t or uint8_t: the storage domain's type
//   Activation   what a dot product reads: Stored, or wider where the instruction wants that
//   Vector       a register of kLanes int32 sums;   Constants   of a vector: bias and rescales (requantize.inl)
//   kKr          depth of one dot product;   kMaxVectors   the widest panel
//   max_rows(vectors)   MR, as many as registers hold;   kGrain   rows that all of them divide well
//   zero, load_bias, add_to_all, add_activations, total, load_weights, broadcast, dot, spill, requantize<Form>,
//   store<vectors>
// The blocking: a block of output pixels whose activations stay in the cache, then the panels of weights, then tiles of
// MR pixels x one panel.

#pragma once

#include "kernels/gemm/indirection.inl"
#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// What a micro-kernel call reads and writes.
template <class Isa>
struct Tile {
  const typename Isa::Activation* const* rows;  // rows[tap * row_stride + r]
  std::ptrdiff_t row_stride;
  std::int32_t taps;
  std::size_t tap_depth;         // activations behind each pointer, a multiple of KR
  const std::int32_t* row_bias;  // [MR], or null
  const std::uint8_t* panel;
  std::uint8_t* output;
  std::size_t output_stride;
  int columns;  // to write, at most NR
  std::int32_t output_zero_point;
  Clamp clamp;
};

// Lane by lane, for the panels whose rescales need it: lanes [MR][NR].
template <class Isa>
[[gnu::noinline]] void requantize_any(const Tile<Isa>& tile, const typename Isa::Constants* constants,
                                      const std::int32_t* lanes, int mr, int nr) {
  for (int r = 0; r < mr; ++r, lanes += nr) {
    std::uint8_t* output = tile.output + static_cast<std::size_t>(r) * tile.output_stride;
    for (int i = 0; i < tile.columns; ++i) {
      const auto& vector = constants[i / Isa::kLanes];
      const Rescale rescale{vector.multiplier[i % Isa::kLanes], vector.shift[i % Isa::kLanes]};
      output[i] = static_cast<std::uint8_t>(clamp(apply(rescale, lanes[i]) + tile.output_zero_point, tile.clamp));
    }
  }
}

// The first tile.columns bytes of each row: bytes [MR][NR].
template <class Isa>
[[gnu::noinline]] void copy_columns(const Tile<Isa>& tile, const std::uint8_t* bytes, int mr, int nr) {
  for (int r = 0; r < mr; ++r, bytes += nr) {
    std::memcpy(tile.output + static_cast<std::size_t>(r) * tile.output_stride, bytes,
                static_cast<std::size_t>(tile.columns));
  }
}

template <class Isa, int MR, int kVectors, Form kForm>
[[gnu::always_inline]] inline void store_rows(const typename Isa::Constants* constants, const Clamp& range,
                                              const typename Isa::Vector (&sums)[MR][kVectors], std::uint8_t* output,
                                              std::size_t stride) {
  typename Isa::Vector y[MR][kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    const typename Isa::template Requantize<kForm> requantize(constants[v]);
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) y[r][v] = requantize(sums[r][v]);
  }
#pragma GCC unroll 16
  for (int r = 0; r < MR; ++r, output += stride) Isa::template store<kVectors>(output, y[r], range);
}

template <class Isa, int MR, int kVectors>
[[gnu::always_inline]] inline void finish_tile(const Tile<Isa>& tile, Form form,
                                               const typename Isa::Constants* constants,
                                               const typename Isa::Vector (&sums)[MR][kVectors]) {
  constexpr int NR = kVectors * Isa::kLanes;
  if (form == Form::kAny) {
    alignas(64) std::int32_t lanes[MR * NR];
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) Isa::spill(lanes + r * NR + v * Isa::kLanes, sums[r][v]);
    }
    return requantize_any(tile, constants, lanes, MR, NR);
  }
  alignas(64) std::uint8_t bytes[MR * NR];
  const bool whole = tile.columns == NR;
  std::uint8_t* output = whole ? tile.output : bytes;
  const std::size_t stride = whole ? tile.output_stride : NR;
  if (form == Form::kRightShift) {
    store_rows<Isa, MR, kVectors, Form::kRightShift>(constants, tile.clamp, sums, output, stride);
  } else {
    store_rows<Isa, MR, kVectors, Form::kRightShiftClamped>(constants, tile.clamp, sums, output, stride);
  }
  if (!whole) copy_columns(tile, bytes, MR, NR);
}

// output[r, n] = requantize(bias[n] + row_bias[r] + sum over taps, k of rows[tap][r][k] * weights[tap, k, n]).
// Shapes: output [MR, columns], row stride output_stride bytes; the panel as pack.inl lays it out.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa, int MR, int kVectors>
[[gnu::noinline]] void compute_tile(const Tile<Isa>& tile) {
  const auto* header = reinterpret_cast<const PanelHeader*>(tile.panel);
  const auto* constants = reinterpret_cast<const typename Isa::Constants*>(header + 1);
  const auto* weights = reinterpret_cast<const std::int8_t*>(constants + kVectors);
  typename Isa::Vector sums[MR][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[r][v] = Isa::load_bias(constants[v].bias);
  }
  if (tile.row_bias != nullptr) {
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[r][v] = Isa::add_to_all(sums[r][v], tile.row_bias[r]);
    }
  }
  const typename Isa::Activation* const* rows = tile.rows;
  for (std::int32_t tap = 0; tap < tile.taps; ++tap, rows += tile.row_stride) {
    const typename Isa::Activation* row[MR];
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) row[r] = rows[r];
    for (std::size_t k = 0; k < tile.tap_depth; k += Isa::kKr) {
      typename Isa::Vector w[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) w[v] = Isa::load_weights(weights + v * Isa::kLanes * Isa::kKr);
      weights += kVectors * Isa::kLanes * Isa::kKr;
#pragma GCC unroll 16
      for (int r = 0; r < MR; ++r) {
        const typename Isa::Vector a = Isa::broadcast(row[r] + k);
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[r][v] = Isa::dot(sums[r][v], a, w[v]);
      }
    }
  }
  finish_tile<Isa, MR, kVectors>(tile, header->form, constants, sums);
}

// All rows of a block against one panel, MR at a time; the last ones by smaller micro-kernels.
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

// How a call uses its scratch: pointers | gathered rows | row biases, for one block.
template <class Isa>
struct Block {
  Block(const ConvParams& p, const GemmShape<Isa>& shape)
      : gathers(sizeof(typename Isa::Activation) > 1 || shape.channels % Isa::kKr != 0),
        taps(gathers ? 1 : shape.taps),
        tap_depth(gathers ? shape.packed_depth : static_cast<std::size_t>(shape.channels)) {
    constexpr std::size_t kActivationBytes = std::size_t{96} << 10;  // of a block: they stay in the second-level cache
    constexpr std::size_t kMaxRows = 240;
    const std::size_t fitting = kActivationBytes / (shape.packed_depth * sizeof(typename Isa::Activation));
    const std::size_t chosen = fitting < Isa::kGrain ? Isa::kGrain : fitting / Isa::kGrain * Isa::kGrain;
    const std::size_t units = static_cast<std::size_t>(p.batch) * static_cast<std::size_t>(p.output_height) *
                              static_cast<std::size_t>(p.output_width);
    rows = static_cast<std::int32_t>(chosen < kMaxRows ? chosen : kMaxRows);
    if (units < static_cast<std::size_t>(rows)) rows = static_cast<std::int32_t>(units);
    const auto count = static_cast<std::size_t>(rows);
    gathered_offset = round_up(count * static_cast<std::size_t>(taps) * sizeof(void*), kPackedAlignment);
    row_bias_offset =
        gathered_offset + (gathers ? round_up(count * tap_depth * sizeof(typename Isa::Activation), 64) : 0);
    const bool needs_row_bias = p.weight_zero_point != 0;
    bytes = row_bias_offset + (needs_row_bias ? count * sizeof(std::int32_t) : 0);
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

// The convolution of ConvParams (kernels.h) for the output pixels of `range`, on constants packed by pack<Isa>.
template <class Isa>
void run(const void* params, const Operands& operands, Range range) {
  using Activation = typename Isa::Activation;
  const ConvParams& p = *static_cast<const ConvParams*>(params);
  const GemmShape<Isa> shape(p);
  const Block<Isa> block(p, shape);
  auto** pointers = reinterpret_cast<const std::uint8_t**>(operands.scratch);
  auto* gathered = reinterpret_cast<Activation*>(operands.scratch + block.gathered_offset);
  auto* row_bias = reinterpret_cast<std::int32_t*>(operands.scratch + block.row_bias_offset);
  Tile<Isa> tile{};
  tile.rows = reinterpret_cast<const Activation* const*>(operands.scratch);
  tile.row_stride = block.rows;
  tile.taps = block.taps;
  tile.tap_depth = block.tap_depth;
  tile.output_stride = static_cast<std::size_t>(p.output_channels);
  tile.output_zero_point = p.output_zero_point;
  tile.clamp = p.clamp;
  for (std::int32_t first = range.begin; first < range.end; first += block.rows) {
    const std::int32_t rows = range.end - first < block.rows ? range.end - first : block.rows;
    const std::uint8_t* packed = operands.constant + shape.padding_bytes;
    for (std::int32_t group = 0; group < p.groups; ++group) {
      const std::uint8_t* input = operands.input[0] + group * shape.channels;
      if (block.gathers) {
        gather<Isa>(p, shape, input, operands.constant, first, rows, gathered);
        for (std::int32_t r = 0; r < rows; ++r) {
          pointers[r] = reinterpret_cast<const std::uint8_t*>(gathered + static_cast<std::size_t>(r) * block.tap_depth);
        }
      } else {
        make_indirection(p, input, operands.constant, first, rows, pointers, tile.row_stride);
      }
      if (p.weight_zero_point != 0) {
        sum_rows<Isa>(tile, rows, p.weight_zero_point, row_bias);
        tile.row_bias = row_bias;
      }
      tile.output = operands.output + static_cast<std::size_t>(first) * tile.output_stride + group * shape.columns;
      int column = 0;
      for (int panel = 0; panel < shape.panels; ++panel) {
        const int vectors = shape.panel_vectors(panel);
        const int rest = shape.columns - column;
        tile.columns = rest < vectors * Isa::kLanes ? rest : vectors * Isa::kLanes;
        tile.panel = packed;
        compute_panel<Isa>(tile, vectors, rows);
        packed += shape.panel_bytes(panel);
        tile.output += tile.columns;
        column += tile.columns;
      }
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
