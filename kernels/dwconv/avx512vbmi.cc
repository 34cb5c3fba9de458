// Depthwise convolution for AVX-512 VNNI and VBMI: one permutation of bytes lays four rows of 16 channels side by side.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/dwconv/avx512.inl"
#include "kernels/dwconv/dwconv.h"

namespace qrun::kernels {
namespace {

// Of vector v, lane i and row k: the byte's place in {row 0, row 1} and {row 2, row 3}, 32 channels each.
struct ColumnOrder {
  constexpr ColumnOrder() {
    for (int v = 0; v < 2; ++v) {
      for (int i = 0; i < 64; ++i) place[v][i] = static_cast<std::uint8_t>(32 * (i % 4) + 16 * v + i / 4);
    }
  }
  alignas(64) std::uint8_t place[2][64] = {};
};
constexpr ColumnOrder kColumnOrder;

struct Avx512Vbmi : Avx512Vnni {
  template <bool kWhole>
  static void column(Vector (&to)[2], const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset, std::int32_t count) {
    const Vector rows01 = two_rows<kWhole>(rows[0] + offset, rows[1] + offset, count);
    const Vector rows23 = two_rows<kWhole>(rows[2] + offset, rows[3] + offset, count);
    for (int v = 0; v < 2; ++v) {
      to[v] = _mm512_permutex2var_epi8(rows01, _mm512_load_si512(kColumnOrder.place[v]), rows23);
    }
  }
};

}  // namespace

constinit const ConvKernel kDepthwiseAvx512Vbmi =
    make_dw_kernel<Avx512Vbmi, Paths::kDirect>("qu8_qc8w_dwconv_32c__avx512vbmi");

}  // namespace qrun::kernels
