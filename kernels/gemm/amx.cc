// Convolution and fully connected for AMX: tdpbusd multiplies a tile of 16 x 64 uint8 activations by one of 64 x 16
// int8 weights and adds to 16 x 16 int32 sums, without saturation.
//
// Why assembly: GCC 12's intrinsics paste the tile's number into the instruction as text, so that no template argument
// can give it, and do not say that a load reads memory.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/amx_igemm.inl"
#include "kernels/gemm/avx512.inl"
#include "kernels/gemm/cost.h"
#include "kernels/gemm/gemm.h"

namespace qrun::kernels {
namespace {

// What ldtilecfg reads: palette 1, eight whole tiles.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);
constexpr TileConfiguration kWholeTiles;

struct Amx : GemmAvx512 {
  static constexpr int kDepthStep = kTileDepth;
  static constexpr int kMaxVectors = 2;
  static constexpr int kMaxVectorsOfOneRow = 2;

  // The thread's tiles. What the caller had in them is lost, and nothing of ours remains.
  class Tiles {
   public:
    Tiles() { __asm__ volatile("ldtilecfg %0" : : "m"(kWholeTiles)); }
    ~Tiles() { __asm__ volatile("tilerelease"); }
    Tiles(const Tiles&) = delete;
    Tiles& operator=(const Tiles&) = delete;

    template <int kTile>
    static void load(const void* base, std::ptrdiff_t stride) {
      __asm__ volatile("tileloadd (%0,%1), %%tmm%c2" : : "r"(base), "r"(stride), "i"(kTile) : "memory");
    }
    template <int kTile>
    static void store(void* base, std::ptrdiff_t stride) {
      __asm__ volatile("tilestored %%tmm%c2, (%0,%1)" : : "r"(base), "r"(stride), "i"(kTile) : "memory");
    }
    template <int kSums, int kActivations, int kWeights>
    static void multiply() {
      __asm__ volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kActivations), "i"(kWeights));
    }
  };

  static Vector load(const std::int32_t* sums) { return _mm512_load_si512(sums); }
  static Vector add_to_all(Vector x, std::int32_t value) { return _mm512_add_epi32(x, _mm512_set1_epi32(value)); }
  static std::uint32_t total_of(const Activation* a, std::size_t count) {
    Vector sums = _mm512_setzero_si512();
    for (std::size_t k = 0; k < count; k += 64) {
      const __mmask64 mask = low_bits(static_cast<std::ptrdiff_t>(count - k));
      sums = _mm512_add_epi64(sums, _mm512_sad_epu8(_mm512_maskz_loadu_epi8(mask, a + k), _mm512_setzero_si512()));
    }
    return static_cast<std::uint32_t>(_mm512_reduce_add_epi64(sums));
  }
};

}  // namespace

constinit const ConvKernel kConvAmx = make_tiled_kernel<Amx>("qu8_qc8w_igemm_32x32c4__amx", tile_cost);

}  // namespace qrun::kernels
