// The AMX convolution with loops in place of the tile instructions: the same packing, gathering, blocking, pipeline and
// requantization forms as amx.cc. It takes every convolution, also those that do not pay.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/amx_igemm.inl"
#include "tests/kernels/rows/scalar.inl"
#include "tests/kernels/rows/test_kernels.h"

namespace qrun::kernels {
namespace {

struct EmulatedAmx {
  using Stored = std::uint8_t;
  using Activation = std::uint8_t;
  using Vector = ScalarVector<16>;
  using Constants = VectorConstants<16>;
  static constexpr int kLanes = 16;
  static constexpr int kKr = 4, kDepthStep = kTileDepth;
  static constexpr int kMaxVectors = 2;
  static constexpr int kMaxVectorsOfOneRow = 2;

  class Tiles {
   public:
    template <int kTile>
    void load(const void* base, std::ptrdiff_t stride) {
      const auto* from = static_cast<const std::uint8_t*>(base);
      for (int row = 0; row < 16; ++row) std::memcpy(tile_[kTile][row], from + row * stride, 64);
    }
    template <int kTile>
    void store(void* base, std::ptrdiff_t stride) const {
      auto* to = static_cast<std::uint8_t*>(base);
      for (int row = 0; row < 16; ++row) std::memcpy(to + row * stride, tile_[kTile][row], 64);
    }
    template <int kSums, int kActivations, int kWeights>
    void multiply() {
      for (int row = 0; row < 16; ++row) {
        std::uint32_t sums[16];
        std::memcpy(sums, tile_[kSums][row], sizeof(sums));
        for (int k = 0; k < 64; ++k) {
          const std::int32_t a = tile_[kActivations][row][k];
          for (int column = 0; column < 16; ++column) {
            const auto w = static_cast<std::int8_t>(tile_[kWeights][k / 4][4 * column + k % 4]);
            sums[column] += static_cast<std::uint32_t>(a * w);
          }
        }
        std::memcpy(tile_[kSums][row], sums, sizeof(sums));
      }
    }

   private:
    std::uint8_t tile_[8][16][64];
  };

  static Vector load(const std::int32_t* sums) { return scalar_load<kLanes>(sums); }
  static Vector add_to_all(Vector x, std::int32_t value) { return scalar_add(x, value); }
  static std::uint32_t total_of(const Activation* a, std::size_t count) {
    std::uint32_t total = 0;
    for (std::size_t k = 0; k < count; ++k) total += a[k];
    return total;
  }

  template <Form kForm>
  using Requantize = ScalarRequantize<kForm, kLanes>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    for (int r = 0; r < MR; ++r, output += stride) scalar_store<kLanes>(output, y[r], range, columns);
  }
};

std::int64_t always_the_cheapest(const ConvParams&) { return 0; }

}  // namespace

constinit const ConvKernel kConvAmxEmulated =
    make_tiled_kernel<EmulatedAmx>("qu8_qc8w_igemm_32x32c4__amx_emulated", always_the_cheapest);

}  // namespace qrun::kernels
