// Table lookup with AVX2. The algorithm: lookup.inl.

#include <immintrin.h>

#include "kernels/row_kernels.h"
#include "kernels/unary/lookup.inl"

namespace qrun::kernels::avx2 {
namespace {

struct Shuffle256 {
  using Bytes = std::uint8_t __attribute__((vector_size(32)));
  static Bytes load(const std::uint8_t* p) { return Bytes(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
  static void store(std::uint8_t* p, Bytes x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), __m256i(x)); }
  static Bytes repeat(const std::uint8_t* p) {
    return Bytes(_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
  }
  static Bytes shuffle(Bytes table, Bytes index) { return Bytes(_mm256_shuffle_epi8(__m256i(table), __m256i(index))); }
  static Bytes saturating_subtract(Bytes a, Bytes b) { return Bytes(_mm256_subs_epi8(__m256i(a), __m256i(b))); }
};

}  // namespace

void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  kernels::lookup<Shuffle256>(operands, elements);
}

}  // namespace qrun::kernels::avx2
