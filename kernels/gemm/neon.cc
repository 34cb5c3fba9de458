// Convolution and fully connected for ARM without dot products, of 32 and of 64 bits: int8 products added up in int16
// by smull and smlal, eight lanes at a time, and pairs of lanes added to int32 by sadalp.
//
// A step is 16 activations deep: two products a lane. How many steps an int16 holds the sums of depends on the weights:
// panels are packed for chains of one, two or four (chains.inl). Every column has a vector of int32 sums of its own
// until the end. Innermost are two rows by four columns, whatever the panel's width: it decides how often activations
// come from the second-level cache, and how many vectors are requantized together.

#include "kernels/gemm/neon.inl"

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/igemm.inl"

namespace qrun::kernels {
namespace {

// A tile's runs and extra steps. add_products(runs, rows, second_row, weights, sum0, sum1) adds to the sums of four
// columns, of two rows, the products of the activations behind rows[0] and rows[second_row] by the weights from
// `weights` on. It reads the weights of one step more. With second_row = 0 both rows are the same, and only sum0 is of
// use.
struct ChainRuns {
  std::ptrdiff_t row_stride;  // from a row's pointer to that of its next run
  std::int32_t runs;
  std::size_t depth;       // of a run
  std::int32_t chain;      // steps: 1, 2 or 4
  std::size_t step_bytes;  // from the weights of a step to those of the next
  const ExtraStep* extra;
  std::int32_t extra_steps;
};

}  // namespace
}  // namespace qrun::kernels

#ifdef __aarch64__
#include "kernels/gemm/chain_aarch64.inl"
#else
#include "kernels/gemm/chain_arm.inl"
#endif

namespace qrun::kernels {
namespace {

struct Neon : GemmNeon {
  static constexpr int kKr = 16, kDepthStep = kKr;
  static constexpr int kMaxChain = 4;
  static constexpr int kMaxVectors = 4;
  static constexpr int kMaxVectorsOfOneRow = 4;
  static constexpr int kGrain = 8;
  static constexpr int max_rows(int vectors) { return vectors == 1 ? 8 : 4; }

  // In place of tile.inl's.
  template <int MR, int kVectors>
  static void multiply(const TileOf<Activation, Constants>& tile, std::int32_t first_row,
                       Vector (&sums)[MR][kVectors]) {
    constexpr std::size_t kVectorBytes = kLanes * kKr;
    load_biases<Neon>(tile.constants(), sums);
    const auto* weights = reinterpret_cast<const std::int8_t*>(tile.constants() + kVectors);
    const ChainRuns runs = {tile.row_stride,         tile.runs,          tile.run_depth,           tile.header().chain,
                            kVectors * kVectorBytes, tile.extra_steps(), tile.header().extra_steps};
    for (int r = 0; r < MR; r += 2) {
      const int second = r + 1 < MR ? 1 : 0;
      for (int v = 0; v < kVectors; ++v, weights += kVectorBytes) {
        Vector unused;
        add_products(runs, tile.rows + first_row + r, second, weights, sums[r][v],
                     second != 0 ? sums[r + second][v] : unused);
      }
      weights -= kVectors * kVectorBytes;
    }
  }
};

}  // namespace

constinit const ConvKernel kConvNeon = make_kernel<Neon>("qs8_qc8w_igemm_2x4c16__neon");

}  // namespace qrun::kernels
