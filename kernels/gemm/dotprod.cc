// Convolution and fully connected for ARM's dot products: sdot multiplies int8 by int8, four a lane, and adds to int32.
//
// The four activations that meet all lanes of weights may be a lane of any register: 8 activations of a row, loaded at
// once, serve two steps, and nothing is broadcast.

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/igemm.inl"
#include "kernels/gemm/neon.inl"

namespace qrun::kernels {
namespace {

struct DotProd : GemmNeon {
  static constexpr int kKr = 4, kDepthStep = kKr;
  static constexpr int kMaxVectors = 4;
  static constexpr int kMaxVectorsOfOneRow = 8;
  static constexpr int kGrain = 8;
  // At most 16 sums, 4 vectors of weights for each of two steps, 4 of activations: 28 of 32 registers.
  static constexpr int max_rows(int) { return 4; }

  // In place of tile.inl's.
  template <int MR, int kVectors>
  [[gnu::always_inline]] static void multiply(const TileOf<Activation, Constants>& tile, std::int32_t first_row,
                                              Vector (&sums)[MR][kVectors]) {
    const auto* weights = reinterpret_cast<const std::int8_t*>(tile.constants() + kVectors);
    // Of its own: clang keeps in memory what it will store in a loop.
    Vector totals[MR][kVectors];
    load_biases<DotProd>(tile.constants(), totals);
    for_each_run<DotProd, MR>(
        tile, first_row, [&](const auto& row, std::size_t depth) __attribute__((always_inline)) {
          std::size_t k = 0;
          for (; k + 8 <= depth; k += 8) {
            int8x8_t a[MR];
#pragma GCC unroll 16
            for (int r = 0; r < MR; ++r) a[r] = vld1_s8(row[r] + k);
            step<0>(a, weights, totals);
            step<1>(a, weights, totals);
          }
          if (k < depth) {
            int8x8_t a[MR];
#pragma GCC unroll 16
            for (int r = 0; r < MR; ++r) a[r] = load_four(row[r] + k);
            step<0>(a, weights, totals);
          }
        });
#pragma GCC unroll 4
    for (int r = 0; r < MR; ++r) {
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[r][v] = totals[r][v];
    }
  }

 private:
  static int8x8_t load_four(const Activation* activations) {
    std::uint32_t four;
    std::memcpy(&four, activations, sizeof(four));
    return vreinterpret_s8_u32(vdup_n_u32(four));
  }

  // sums += lane kStep of each row's activations times the weights of one step.
  template <int kStep, int MR, int kVectors>
  [[gnu::always_inline]] static void step(const int8x8_t (&a)[MR], const std::int8_t*& weights,
                                          Vector (&sums)[MR][kVectors]) {
    int8x16_t w[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v, weights += 16) w[v] = vld1q_s8(weights);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
#pragma GCC unroll 16
      for (int r = 0; r < MR; ++r) sums[r][v] = vdotq_lane_s32(sums[r][v], w[v], a[r], kStep);
    }
  }
};

}  // namespace

constinit const ConvKernel kConvDotProd = make_kernel<DotProd>("qs8_qc8w_igemm_4x16c4__dotprod");

}  // namespace qrun::kernels
