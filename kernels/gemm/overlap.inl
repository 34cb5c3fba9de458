// The micro-kernel for many rows: while it multiplies one tile, it requantizes and stores the tile before.
//
// Why here: multiplication and requantization use different execution units, but an out-of-order window holds less than
// a tile of either, and so they would take turns. Where a panel is shallow (16 to 64 input channels, as in every
// MobileNet) requantization is a fifth to a half of the time. It is dealt out over the first steps of the next tile.
// Needs registers for the sums of two tiles.

#pragma once

#include <utility>

#include "kernels/gemm/tile.inl"

namespace qrun::kernels {
namespace {

constexpr int kOverlapSteps = 4;  // over which requantization is dealt out
// Its tiles are low, and so they read weights often: from the first-level cache. Deeper panels gain less anyway.
constexpr std::ptrdiff_t kOverlapWeightBytes = std::ptrdiff_t{20} << 10;

// multiply (tile.inl) with something between: `between` is called with 0, 1, ... kOverlapSteps - 1 as constants, once
// each, after the first steps; what it does is to run beside them. Requires: at least kOverlapSteps steps.
template <class Isa, int MR, int kVectors, class Between>
[[gnu::always_inline]] inline void multiply_beside(const Tile<Isa>& tile, std::int32_t first_row,
                                                   typename Isa::Vector (&sums)[MR][kVectors], Between between) {
  constexpr std::ptrdiff_t kStepBytes = kVectors * Isa::kLanes * Isa::kKr;
  const auto* weights = reinterpret_cast<const std::int8_t*>(tile.constants() + kVectors);
  const std::int8_t* weights_end = weights + tile.steps * kStepBytes;
  const auto run_depth = static_cast<std::ptrdiff_t>(tile.run_depth);
  const typename Isa::Activation* const* rows = tile.rows + first_row;
  const typename Isa::Activation* row[MR];
  // Many rows leave few registers: none for a run's length, where they are counted from their ends on.
  constexpr bool kManyRows = MR > 4;
  const std::ptrdiff_t end = kManyRows ? 0 : run_depth;
  std::ptrdiff_t depth = end;
  const auto start_run = [&]() __attribute__((always_inline)) {
    depth = end - run_depth;
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) row[r] = rows[r] - depth;
    rows += tile.row_stride;
  };
  const auto step = [&]() __attribute__((always_inline)) {
    multiply_step<Isa, MR, kVectors>(row, depth, weights, sums);
    weights += kStepBytes;
    depth += Isa::kKr;
    // Nor for the rows' addresses, made beforehand: each is to be a sum of two.
    if constexpr (kManyRows) asm("" : "+r"(depth));
  };
  [&]<int... kCall>(std::integer_sequence<int, kCall...>) __attribute__((always_inline)) {
    ((depth == end ? start_run() : void(), step(), between(std::integral_constant<int, kCall>())), ...);
  }
  (std::make_integer_sequence<int, kOverlapSteps>());
  if (weights != weights_end) {
    for (;;) {
      while (depth != end) step();  // NOLINT(bugprone-infinite-loop): a step moves depth
      if (weights == weights_end) break;
      start_run();
    }
  }

  const std::int32_t extra_steps = tile.header().extra_steps;
  const ExtraStep* extra = tile.extra_steps();
  for (std::int32_t i = 0; i < extra_steps; ++i, ++extra, weights += kStepBytes) {
    rows = tile.rows + first_row + extra->run * tile.row_stride;
    start_run();
    multiply_step<Isa, MR, kVectors>(row, depth + extra->depth, weights, sums);
  }
}

// Part number kPart of kParts of requantizing a tile, column after column; all but the shift, where that is a word
// shift.
template <class Isa, Form kForm, bool kWordShift, int kPart, int kParts, int MR, int kVectors>
[[gnu::always_inline]] inline void requantize_part(const typename Isa::Constants* constants,
                                                   typename Isa::Vector (&sums)[MR][kVectors]) {
  constexpr int kBegin = MR * kVectors * kPart / kParts, kEnd = MR * kVectors * (kPart + 1) / kParts;
#pragma GCC unroll 16
  for (int v = kBegin / MR; v * MR < kEnd; ++v) {
    const typename Isa::template Requantize<kForm> requantize(constants[v]);
    const auto requantized = [&](typename Isa::Vector sum) __attribute__((always_inline)) {
      if constexpr (kWordShift) return requantize.unshifted(sum);
      return requantize(sum);
    };
#pragma GCC unroll 16
    for (int i = v * MR; i < (v + 1) * MR; ++i) {
      if (i >= kBegin && i < kEnd) sums[i % MR][v] = requantized(sums[i % MR][v]);
    }
  }
}

// compute_tile (tile.inl) for `rows` >= MR rows and at least kOverlapSteps steps. The last tile reaches back over rows
// that are done, and writes the same bytes again.
template <class Isa, int kVectors, Form kForm, bool kWordShift>
[[gnu::noinline]] void compute_overlapped(const Tile<Isa>& tile, std::int32_t rows) {
  constexpr int MR = Isa::overlapped_rows(kVectors);
  const typename Isa::Constants* constants = tile.constants();
  typename Isa::Vector done[MR][kVectors], sums[MR][kVectors];
  multiply<Isa>(tile, 0, done);
  std::int32_t done_row = 0;
  const auto store = [&]() __attribute__((always_inline)) {
    std::uint8_t* output = tile.row_output(done_row);
    if constexpr (kWordShift) {
      Isa::store_word_shifted(output, tile.output_stride, tile.columns, done, constants);
    } else {
      Isa::store(output, tile.output_stride, tile.columns, done, tile.clamp);
    }
  };
  for (std::int32_t row = MR; row < rows; row += MR) {
    if (row > rows - MR) row = rows - MR;
    load_biases<Isa>(constants, sums);
    multiply_beside<Isa>(
        tile, row, sums, [&](auto part) __attribute__((always_inline)) {
          constexpr int kPart = decltype(part)::value;
          requantize_part<Isa, kForm, kWordShift, kPart, kOverlapSteps>(constants, done);
          if constexpr (kPart == kOverlapSteps - 1) store();
        });
#pragma GCC unroll 16
    for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) done[r][v] = sums[r][v];
    }
    done_row = row;
  }
  requantize_part<Isa, kForm, kWordShift, 0, 1>(constants, done);
  store();
}

// Calls it in the panel's form; false where it does not serve.
template <class Isa, int kVectors>
bool try_overlapped(const Tile<Isa>& tile, std::int32_t rows) {
  if (rows < Isa::overlapped_rows(kVectors) || tile.steps < kOverlapSteps ||
      tile.steps * kVectors * Isa::kLanes * Isa::kKr > kOverlapWeightBytes) {
    return false;
  }
  const auto compute = [&]<Form kForm>() {
    if constexpr (Isa::kWordShift) {
      if (tile.header().word_shift) {
        compute_overlapped<Isa, kVectors, kForm, true>(tile, rows);
        return true;
      }
    }
    compute_overlapped<Isa, kVectors, kForm, false>(tile, rows);
    return true;
  };
  switch (tile.header().form) {
    case Form::kOnce:
      if constexpr (kFormOfOnce<typename Isa::Constants> == Form::kOnce)
        return compute.template operator()<Form::kOnce>();
      [[fallthrough]];
    case Form::kRightShiftClamped:
      return compute.template operator()<Form::kRightShiftClamped>();
    case Form::kRightShift:
      return compute.template operator()<Form::kRightShift>();
    case Form::kAny:
    case Form::kOnceWithTies:
      return false;
  }
  return false;
}

}  // namespace
}  // namespace qrun::kernels
