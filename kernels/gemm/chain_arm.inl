// The innermost loops of neon.cc for ARM of 32 bits: two rows by four columns, in chains.
//
// Of 16 registers 8 are the columns' sums; two columns at a time take 4 of a chain and 2 of weights, and the
// activations the rest.

#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace qrun::kernels {
namespace {

// sums += kSteps steps of two rows, in one chain.
template <int kSteps>
[[gnu::always_inline]] inline void add_chain(const std::int8_t* row0, const std::int8_t* row1,
                                             const std::int8_t* weights, std::size_t step_bytes,
                                             int32x4_t (&sums)[2][4]) {
#pragma GCC unroll 2
  for (int c = 0; c < 4; c += 2) {
    const std::int8_t *a0 = row0, *a1 = row1, *w = weights + c * 16;
    int16x8_t chain[2][2];
#pragma GCC unroll 4
    for (int step = 0; step < kSteps; ++step, a0 += 16, a1 += 16, w += step_bytes) {
      asm("" : "+r"(a0), "+r"(a1), "+r"(w));  // loads stay behind: together they would not fit the registers
      const int8x16_t a[2] = {vld1q_s8(a0), vld1q_s8(a1)};
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i) {
        const int8x16_t column = vld1q_s8(w + i * 16);
        const int8x8_t low = vget_low_s8(column), high = vget_high_s8(column);
#pragma GCC unroll 2
        for (int r = 0; r < 2; ++r) {
          chain[r][i] = step == 0 ? vmull_s8(vget_low_s8(a[r]), low) : vmlal_s8(chain[r][i], vget_low_s8(a[r]), low);
          chain[r][i] = vmlal_s8(chain[r][i], vget_high_s8(a[r]), high);
        }
      }
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
#pragma GCC unroll 2
      for (int r = 0; r < 2; ++r) sums[r][c + i] = vpadalq_s16(sums[r][c + i], chain[r][i]);
    }
    asm("" : "+r"(row0), "+r"(row1), "+w"(sums[0][c]), "+w"(sums[0][c + 1]), "+w"(sums[1][c]), "+w"(sums[1][c + 1]));
  }
}

// The sums of four vectors' lanes.
inline int32x4_t add_across(const int32x4_t (&x)[4]) {
  const auto halves = [](int32x4_t y) { return vadd_s32(vget_low_s32(y), vget_high_s32(y)); };
  return vcombine_s32(vpadd_s32(halves(x[0]), halves(x[1])), vpadd_s32(halves(x[2]), halves(x[3])));
}

// As neon.cc says.
[[gnu::noinline]] inline void add_products(const ChainRuns& x, const std::int8_t* const* rows,
                                           std::ptrdiff_t second_row, const std::int8_t* weights, int32x4_t& sum0,
                                           int32x4_t& sum1) {
  int32x4_t sums[2][4];
  for (auto& row : sums) {
    for (int32x4_t& column : row) column = vdupq_n_s32(0);
  }
  const std::int8_t* const* run_rows = rows;
  for (std::int32_t run = 0; run < x.runs; ++run, run_rows += x.row_stride) {
    const std::int8_t *row0 = run_rows[0], *row1 = run_rows[second_row];
    const std::int8_t* end = row0 + x.depth;
    const auto chains = [&]<int kSteps>() __attribute__((always_inline)) {
      constexpr std::ptrdiff_t kDepth = kSteps * 16;
      for (; kSteps <= x.chain && end - row0 >= kDepth; row0 += kDepth, row1 += kDepth) {
        add_chain<kSteps>(row0, row1, weights, x.step_bytes, sums);
        weights += kSteps * x.step_bytes;
      }
    };
    chains.template operator()<4>();
    chains.template operator()<2>();
    chains.template operator()<1>();
  }
  for (std::int32_t i = 0; i < x.extra_steps; ++i, weights += x.step_bytes) {
    const std::int8_t* const* extra_rows = rows + x.extra[i].run * x.row_stride;
    const std::int32_t depth = x.extra[i].depth;
    add_chain<1>(extra_rows[0] + depth, extra_rows[second_row] + depth, weights, x.step_bytes, sums);
  }
  sum0 = vaddq_s32(sum0, add_across(sums[0]));
  sum1 = vaddq_s32(sum1, add_across(sums[1]));
}

}  // namespace
}  // namespace qrun::kernels
