// A convolution kernel that adds products up in int16, in chains (kernels/gemm/chains.inl), lane by lane: a sum that
// does not fit wraps around, as it would in a register, on any CPU.

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/igemm.inl"
#include "tests/kernels/rows/scalar.inl"
#include "tests/kernels/rows/test_kernels.h"

namespace qrun::kernels {
namespace {

struct Chained {
  using Stored = std::int8_t;
  using Activation = std::int8_t;
  static constexpr int kLanes = 5;
  using Vector = ScalarVector<kLanes>;
  using Constants = VectorConstants<kLanes>;
  static constexpr int kKr = 8, kDepthStep = kKr;
  static constexpr int kMaxChain = 8;
  static constexpr int kMaxVectors = 2, kMaxVectorsOfOneRow = 3;
  static constexpr int kGrain = 3;
  static constexpr bool kOverlapped = false;
  static constexpr int max_rows(int) { return 3; }

  static Vector load_bias(const std::int32_t* bias) { return scalar_load<kLanes>(bias); }

  template <int MR, int kVectors>
  static void multiply(const TileOf<Activation, Constants>& tile, std::int32_t first_row,
                       Vector (&sums)[MR][kVectors]) {
    load_biases<Chained>(tile.constants(), sums);
    const auto* weights = reinterpret_cast<const std::int8_t*>(tile.constants() + kVectors);
    for_each_run<Chained, MR>(tile, first_row, [&](const auto& row, std::size_t depth) {
      std::int32_t left = static_cast<std::int32_t>(depth) / kKr;
      for (std::ptrdiff_t k = 0; left > 0;) {
        const std::int32_t steps = chain_of(left, tile.header().chain);
        for (int r = 0; r < MR; ++r) {
          for (int c = 0; c < kVectors * kLanes; ++c) {
            const std::int32_t sum = add_chain(row[r] + k, weights + c * kKr, steps, kVectors * kLanes * kKr);
            std::int32_t& lane = sums[r][c / kLanes].lane[c % kLanes];
            lane = wrapping_add(lane, static_cast<std::uint32_t>(sum));
          }
        }
        weights += steps * kVectors * kLanes * kKr;
        k += steps * kKr;
        left -= steps;
      }
    });
  }

  template <Form kForm>
  using Requantize = ScalarRequantize<kForm, kLanes>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    for (int r = 0; r < MR; ++r, output += stride) scalar_store<kLanes>(output, y[r], range, columns);
  }

 private:
  static std::int32_t add_chain(const Activation* a, const std::int8_t* weights, std::int32_t steps,
                                std::ptrdiff_t step_bytes) {
    std::int32_t lanes[kKr] = {};  // of what fits int16: GCC 12 for aarch64 adds up int16_t lanes wrongly here
    for (std::int32_t step = 0; step < steps; ++step, a += kKr, weights += step_bytes) {
      for (int k = 0; k < kKr; ++k) lanes[k] = static_cast<std::int16_t>(lanes[k] + a[k] * weights[k]);
    }
    std::int32_t sum = 0;
    for (const std::int32_t lane : lanes) sum += lane;
    return sum;
  }
};

}  // namespace

constinit const ConvKernel kConvChained = make_kernel<Chained>("qs8_qc8w_igemm_3x10c8__chained");

}  // namespace qrun::kernels
