// Table lookup with AVX-512 (BW; a permutation of 128 bytes at once would be VBMI, which Cascade Lake lacks). The
// algorithm: lookup.inl.

#include <immintrin.h>

#include "kernels/row_kernels.h"
#include "kernels/unary/lookup.inl"

namespace qrun::kernels::avx512vnni {
namespace {

struct Shuffle512 {
  using Bytes = std::uint8_t __attribute__((vector_size(64)));
  static Bytes load(const std::uint8_t* p) { return Bytes(_mm512_loadu_si512(p)); }
  static void store(std::uint8_t* p, Bytes x) { _mm512_storeu_si512(p, __m512i(x)); }
  static Bytes repeat(const std::uint8_t* p) {
    return Bytes(_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
  }
  static Bytes shuffle(Bytes table, Bytes index) { return Bytes(_mm512_shuffle_epi8(__m512i(table), __m512i(index))); }
  static Bytes saturating_subtract(Bytes a, Bytes b) { return Bytes(_mm512_subs_epi8(__m512i(a), __m512i(b))); }
};

}  // namespace

void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  kernels::lookup<Shuffle512>(operands, elements);
}

}  // namespace qrun::kernels::avx512vnni
