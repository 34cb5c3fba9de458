// The micro-kernel of the gemm family: MR output pixels by one panel of weights, from activations to stored bytes.
//
// Why here: one micro-kernel serves every instruction set. An ISA is a traits struct of a few lines (see avx2.cc) with
//   Stored       int8_t or uint8_t: the storage domain's type
//   Activation   what a dot product reads: Stored, or wider where the instruction wants that
//   Vector       a register of kLanes int32 sums;   Constants   of a vector: bias and rescales (requantize.inl)
//   kKr          depth of one dot product;   kDepthStep   depth of one step;   kMaxVectors   the widest panel
//   max_rows(vectors)   MR, as many as registers hold;   kGrain   rows that all of them divide well
//   zero, load_bias, add_to_all, add_activations, total, load_weights, broadcast, dot
//   Requantize<Form>, store<vectors>
// The sums stay in registers throughout; all loops over rows and vectors unroll.

#pragma once

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
  Clamp clamp;
};

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
  alignas(64) std::uint8_t bytes[MR * NR];
  const bool whole = tile.columns == NR;
  std::uint8_t* output = whole ? tile.output : bytes;
  const std::size_t stride = whole ? tile.output_stride : NR;
  switch (form) {
    case Form::kRightShiftClamped:
      store_rows<Isa, MR, kVectors, Form::kRightShiftClamped>(constants, tile.clamp, sums, output, stride);
      break;
    case Form::kRightShift:
      store_rows<Isa, MR, kVectors, Form::kRightShift>(constants, tile.clamp, sums, output, stride);
      break;
    case Form::kAny:
      store_rows<Isa, MR, kVectors, Form::kAny>(constants, tile.clamp, sums, output, stride);
      break;
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

}  // namespace
}  // namespace qrun::kernels
