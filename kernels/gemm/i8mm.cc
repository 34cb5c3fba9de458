// Convolution and fully connected for ARM's matrix products: smmla multiplies two rows by two columns, int8, eight
// deep, and adds to 2 x 2 int32.
//
// Rows go in pairs, whose activations are interleaved by eights as they are loaded. Of a pair of rows and four columns
// the sums are in two vectors: columns 0 and 1 of both rows, then 2 and 3; a row each in the end. A single row is both
// rows of its pair.

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/igemm.inl"
#include "kernels/gemm/neon.inl"

namespace qrun::kernels {
namespace {

// The lower halves of two vectors, and the upper ones.
int32x4_t low_halves(int32x4_t x, int32x4_t y) {
  return vreinterpretq_s32_s64(vzip1q_s64(vreinterpretq_s64_s32(x), vreinterpretq_s64_s32(y)));
}
int32x4_t high_halves(int32x4_t x, int32x4_t y) {
  return vreinterpretq_s32_s64(vzip2q_s64(vreinterpretq_s64_s32(x), vreinterpretq_s64_s32(y)));
}

struct I8mm : GemmNeon {
  static constexpr int kKr = 8, kDepthStep = kKr;
  static constexpr int kMaxVectors = 4;
  static constexpr int kMaxVectorsOfOneRow = 4;
  static constexpr int kGrain = 8;
  // At most 16 vectors of sums, 4 of activations, and weights: 32 registers.
  static constexpr int max_rows(int) { return 4; }

  // In place of tile.inl's.
  template <int MR, int kVectors>
  [[gnu::always_inline]] static void multiply(const TileOf<Activation, Constants>& tile, std::int32_t first_row,
                                              Vector (&sums)[MR][kVectors]) {
    constexpr int kPairs = (MR + 1) / 2;
    Vector squares[kPairs][2 * kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const Vector bias = load_bias(tile.constants()[v].bias);
#pragma GCC unroll 4
      for (auto& pair : squares) {
        pair[2 * v] = low_halves(bias, bias);
        pair[2 * v + 1] = high_halves(bias, bias);
      }
    }
    const auto* weights = reinterpret_cast<const std::int8_t*>(tile.constants() + kVectors);
    for_each_run<I8mm, MR>(
        tile, first_row, [&](const auto& row, std::size_t depth) __attribute__((always_inline)) {
          for (std::size_t k = 0; k < depth; k += kKr) {
            int8x16_t pair[kPairs];
#pragma GCC unroll 4
            for (int p = 0; p < kPairs; ++p) {
              pair[p] = vcombine_s8(vld1_s8(row[2 * p] + k), vld1_s8(row[MR > 1 ? 2 * p + 1 : 0] + k));
            }
            step(pair, weights, squares);
          }
        });
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
#pragma GCC unroll 8
      for (int r = 0; r < MR; ++r) {
        const Vector left = squares[r / 2][2 * v], right = squares[r / 2][2 * v + 1];
        sums[r][v] = r % 2 == 0 ? low_halves(left, right) : high_halves(left, right);
      }
    }
  }

 private:
  // squares += 8 activations of each pair of rows times the weights of one step.
  template <int kPairs, int kSquares>
  [[gnu::always_inline]] static void step(const int8x16_t (&pair)[kPairs], const std::int8_t*& weights,
                                          Vector (&squares)[kPairs][kSquares]) {
#pragma GCC unroll 16
    for (int i = 0; i < kSquares; ++i, weights += 16) {
      const int8x16_t w = vld1q_s8(weights);
#pragma GCC unroll 4
      for (int p = 0; p < kPairs; ++p) squares[p][i] = vmmlaq_s32(squares[p][i], pair[p], w);
    }
  }
};

}  // namespace

constinit const ConvKernel kConvI8mm = make_kernel<I8mm>("qs8_qc8w_igemm_4x16c8__i8mm");

}  // namespace qrun::kernels
