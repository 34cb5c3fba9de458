// Requantization of 16 int32 lanes with AVX-512, and their way to 8-bit storage. Forms and proofs: requantize.inl.

namespace qrun::kernels {
namespace {

// VectorConstants in registers, for loops that use them again and again.
struct LoadedConstants {
  explicit LoadedConstants(const VectorConstants<16>& constants)
      : bias(_mm512_load_si512(constants.bias)),
        multiplier(_mm512_load_si512(constants.multiplier)),
        odd_multiplier(_mm512_load_si512(constants.odd_multiplier)),
        even_addend(_mm512_load_si512(constants.even_addend)),
        odd_addend(_mm512_load_si512(constants.odd_addend)),
        shift(_mm512_load_si512(constants.shift)) {}

  __m512i bias, multiplier, odd_multiplier, even_addend, odd_addend, shift;
};

// y = apply(rescale, x) + zero point per lane; the sign term only where the form needs it.
template <Form kForm>
__m512i requantize(__m512i x, const LoadedConstants& constants) {
  constexpr auto kOdd = static_cast<_MM_PERM_ENUM>(0xF5);  // dword 1, 1, 3, 3 of every quarter
  const __m512i x_odd = _mm512_srli_epi64(x, 32);
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, constants.multiplier), constants.even_addend);
  __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(x_odd, constants.odd_multiplier), constants.odd_addend);
  if constexpr (kForm == Form::kRightShift) {
    const __m512i sign = _mm512_set1_epi64(std::int64_t{1} << 31);
    even = _mm512_sub_epi64(even, _mm512_and_si512(x, sign));
    odd = _mm512_sub_epi64(odd, _mm512_and_si512(x_odd, sign));
  }
  return _mm512_srav_epi32(_mm512_mask_shuffle_epi32(odd, 0x5555, even, kOdd), constants.shift);
}

// Writes 32 lanes as uint8, saturated, then clamped.
void store_uint8(std::uint8_t* output, const __m512i (&y)[2], Clamp range) {
  const __m512i words = _mm512_packs_epi32(y[0], y[1]);
  const __m256i mixed = _mm256_packus_epi16(_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64(words, 1));
  const __m256i bytes = _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7));
  const __m256i low = _mm256_set1_epi8(static_cast<char>(range.min));
  const __m256i high = _mm256_set1_epi8(static_cast<char>(range.max));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(output), _mm256_min_epu8(_mm256_max_epu8(bytes, low), high));
}

}  // namespace
}  // namespace qrun::kernels
