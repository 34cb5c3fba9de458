// The micro-kernel of the gemm family: MR output pixels by one panel of weights, from activations to stored bytes.
//
// Why here: one micro-kernel serves every instruction set. An ISA is a traits struct of a few lines (see avx2.cc) with
//   Stored       int8_t or uint8_t: the storage domain's type
//   Activation   what a dot product reads: Stored, or wider where the instruction wants that
//   Vector       a register of kLanes int32 sums;   Constants   of a vector: bias and rescales (requantize.inl)
//   kKr          depth of one dot product, of one step;   kDepthStep   what K is filled up to a multiple of
//   kMaxVectors, kMaxVectorsOfOneRow   the widest panel, and where there is one output pixel
//   max_rows(vectors)   MR, as many as registers hold;   kGrain   rows that all of them divide well
//   kOverlapped  whether overlap.inl's micro-kernel serves it, too: two tiles' sums must fit the registers
//   kWordShift   there, whether Requantize<Form>::unshifted and store_word_shifted<MR, vectors> serve it
//   Half         where half a vector takes less time: traits that compute the lower half of one, for overlap.inl
//   copy_run     in place of indirection.inl's, where there is a better one
//   load_bias, load_weights, broadcast, dot, Requantize<Form>, store<MR, vectors>
// The sums stay in registers throughout; all loops over rows and vectors unroll.

#pragma once

#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// What the tiles of a panel read and write. They are counted by their first row: a copy for each would be slow, as what
// was written just before is slow to copy.
template <class Activation, class Constants>
struct TileOf {
  const Activation* const* rows;  // rows[run * row_stride + r]
  std::ptrdiff_t row_stride;
  std::size_t run_depth;  // activations behind each pointer, a multiple of KR
  std::ptrdiff_t steps;   // of all runs
  std::int32_t runs;
  const std::uint8_t* panel;
  std::uint8_t* output;
  std::size_t output_stride;
  int columns;  // to write, at most NR
  Clamp clamp;

  std::uint8_t* row_output(std::int32_t row) const { return output + static_cast<std::size_t>(row) * output_stride; }
  const PanelHeader& header() const { return *reinterpret_cast<const PanelHeader*>(panel); }
  const ExtraStep* extra_steps() const {
    return reinterpret_cast<const ExtraStep*>(panel + header().bytes) - header().extra_steps;
  }
  const Constants* constants() const { return reinterpret_cast<const Constants*>(panel + sizeof(PanelHeader)); }
};

template <class Isa>
using Tile = TileOf<typename Isa::Activation, typename Isa::Constants>;

template <class Isa, int MR, int kVectors>
[[gnu::always_inline]] inline void load_biases(const typename Isa::Constants* constants,
                                               typename Isa::Vector (&sums)[MR][kVectors]) {
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const typename Isa::Vector bias = Isa::load_bias(constants[v].bias);
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) sums[r][v] = bias;
  }
}

// sums += KR activations of each row, from `depth` on, times the weights of one step.
template <class Isa, int MR, int kVectors>
[[gnu::always_inline]] inline void multiply_step(const typename Isa::Activation* const (&row)[MR], std::ptrdiff_t depth,
                                                 const std::int8_t* weights,
                                                 typename Isa::Vector (&sums)[MR][kVectors]) {
  typename Isa::Vector w[kVectors];
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) w[v] = Isa::load_weights(weights + v * Isa::kLanes * Isa::kKr);
#pragma GCC unroll 16
  for (int r = 0; r < MR; ++r) {
    const typename Isa::Vector a = Isa::broadcast(row[r] + depth);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sums[r][v] = Isa::dot(sums[r][v], a, w[v]);
  }
}

// Calls visit(row, depth) for each run of MR rows, and then for each extra step: where its activations are, and how
// many.
template <class Isa, int MR, class Visit>
[[gnu::always_inline]] inline void for_each_run(const Tile<Isa>& tile, std::int32_t first_row, Visit visit) {
  const std::int32_t extra_steps = tile.header().extra_steps;
  const ExtraStep* extra = tile.extra_steps();
  const std::int32_t runs = tile.runs;
  const typename Isa::Activation* const* rows = tile.rows + first_row;
  std::size_t begin = 0, depth = tile.run_depth;
  for (std::int32_t run = 0; run < runs + extra_steps; ++run) {
    if (run >= runs) {
      rows = tile.rows + first_row + extra->run * tile.row_stride;
      begin = static_cast<std::size_t>(extra->depth);
      depth = Isa::kKr;
      ++extra;
    }
    const typename Isa::Activation* row[MR];
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) row[r] = rows[r] + begin;
    visit(row, depth);
    rows += tile.row_stride;
  }
}

// sums = biases + all activations of MR rows times a panel. One loop within another, and each step in one place: with
// less simple control flow, GCC spills sums that fill 16 registers.
template <class Isa, int MR, int kVectors>
[[gnu::always_inline]] inline void multiply(const Tile<Isa>& tile, std::int32_t first_row,
                                            typename Isa::Vector (&sums)[MR][kVectors]) {
  if constexpr (requires { Isa::multiply(tile, first_row, sums); }) {
    Isa::multiply(tile, first_row, sums);
  } else {
    constexpr std::ptrdiff_t kStepBytes = kVectors * Isa::kLanes * Isa::kKr;
    const auto* weights = reinterpret_cast<const std::int8_t*>(tile.constants() + kVectors);
    load_biases<Isa>(tile.constants(), sums);
    for_each_run<Isa, MR>(
        tile, first_row, [&](const auto& row, std::size_t depth) __attribute__((always_inline)) {
          for (std::size_t k = 0; k < depth; k += Isa::kKr) {
            multiply_step<Isa, MR, kVectors>(row, static_cast<std::ptrdiff_t>(k), weights, sums);
            weights += kStepBytes;
          }
        });
  }
}

// Vectors kFirst, kFirst + 1, ... kFirst + kCount - 1 of each row.
template <class Isa, int MR, int kFirst, int kCount, int kVectors>
[[gnu::always_inline]] inline void store_part(const Tile<Isa>& tile, std::uint8_t* output, int columns,
                                              const typename Isa::Vector (&y)[MR][kVectors]) {
  typename Isa::Vector part[MR][kCount];
#pragma GCC unroll 16
  for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kCount; ++v) part[r][v] = y[r][kFirst + v];
  }
  Isa::template store<MR, kCount>(output, tile.output_stride, columns, part, tile.clamp);
}

template <class Isa, int MR, int kVectors>
[[gnu::always_inline]] inline void store_tile(const Tile<Isa>& tile, std::uint8_t* output,
                                              const typename Isa::Vector (&y)[MR][kVectors]) {
  if constexpr (kVectors <= Isa::kMaxVectors) {
    Isa::template store<MR, kVectors>(output, tile.output_stride, tile.columns, y, tile.clamp);
  } else {
    constexpr int kFirst = Isa::kMaxVectors, kColumns = kFirst * Isa::kLanes;
    store_part<Isa, MR, 0, kFirst>(tile, output, kColumns, y);
    store_part<Isa, MR, kFirst, kVectors - kFirst>(tile, output + kColumns, tile.columns - kColumns, y);
  }
}

template <class Isa, int MR, int kVectors, Form kForm>
[[gnu::always_inline]] inline void finish_tile(const Tile<Isa>& tile, std::uint8_t* output,
                                               typename Isa::Vector (&sums)[MR][kVectors]) {
#pragma GCC unroll 8
  for (int v = 0; v < kVectors; ++v) {
    const typename Isa::template Requantize<kForm> requantize(tile.constants()[v]);
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) sums[r][v] = requantize(sums[r][v]);
  }
  store_tile<Isa, MR, kVectors>(tile, output, sums);
}

// The rare form, in memory: one copy of its code serves any number of rows.
template <class Isa, int kVectors>
[[gnu::noinline]] void finish_with_ties(const Tile<Isa>& tile, std::uint8_t* output, int rows,
                                        const typename Isa::Vector (*sums)[kVectors]) {
  for (int r = 0; r < rows; ++r, output += tile.output_stride) {
    typename Isa::Vector row[1][kVectors];
    for (int v = 0; v < kVectors; ++v) row[0][v] = sums[r][v];
    finish_tile<Isa, 1, kVectors, Form::kOnceWithTies>(tile, output, row);
  }
}

// output[r, n] = requantize(bias[n] + sum over runs, k of rows[run][r][k] * weights[run, k, n]), r from first_row on.
// Shapes: output [MR, columns], row stride output_stride bytes; the panel as pack.inl lays it out.
// Reads past the end: none. Errors: none. Source: docs/arithmetic.md, Linear operators.
template <class Isa, int MR, int kVectors>
[[gnu::noinline]] void compute_tile(const Tile<Isa>& tile, std::int32_t first_row) {
  typename Isa::Vector sums[MR][kVectors];
  multiply<Isa>(tile, first_row, sums);
  std::uint8_t* output = tile.row_output(first_row);
  switch (tile.header().form) {
    case Form::kOnce:
      return finish_tile<Isa, MR, kVectors, kFormOfOnce<typename Isa::Constants>>(tile, output, sums);
    case Form::kRightShiftClamped:
      return finish_tile<Isa, MR, kVectors, Form::kRightShiftClamped>(tile, output, sums);
    case Form::kRightShift:
      return finish_tile<Isa, MR, kVectors, Form::kRightShift>(tile, output, sums);
    case Form::kAny:
      return finish_tile<Isa, MR, kVectors, Form::kAny>(tile, output, sums);
    case Form::kOnceWithTies: {
      typename Isa::Vector copy[MR][kVectors];  // not the sums themselves, which would be kept in memory
#pragma GCC unroll 16
      for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) copy[r][v] = sums[r][v];
      }
      return finish_with_ties<Isa, kVectors>(tile, output, MR, copy);
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
