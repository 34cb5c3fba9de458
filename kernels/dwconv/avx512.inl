// The depthwise traits of 512-bit dot products of four uint8 activations by four int8 weights a lane: vpdpbusd.

#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/dwconv/dwconv.inl"
#include "kernels/requantize_avx512.inl"

namespace qrun::kernels {
namespace {

struct Avx512Vnni {
  using Stored = std::uint8_t;
  using Weight = std::int8_t;
  using Vector = __m512i;
  using Bias = Vector;
  using Constants = VectorConstants<16>;
  static constexpr int kLanes = 16;
  static constexpr int kTaps = 4;
  static constexpr bool kDirect = true;
  static constexpr int kWordForms = 2;
  static constexpr int kWeightRegisters = 12;
  static constexpr int kUsualTerms = 3;
  static constexpr std::int32_t kMinWeight = -128, kMaxWeight = 127;

  static Vector load(const void* p) { return _mm512_loadu_si512(p); }
  static Vector load_bias(const std::int32_t* bias) { return _mm512_load_si512(bias); }
  static Vector dot(Vector sums, Vector data, Vector weights) { return _mm512_dpbusd_epi32(sums, data, weights); }
  static Vector splat(std::int32_t byte) { return _mm512_set1_epi8(static_cast<char>(byte)); }

  static bool allows_words(Form form, Rescale rescale, std::uint32_t /*bound*/, Clamp clamp, Rounding /*rounding*/) {
    return allows_word_shift(form, rescale, clamp);
  }
  // Two outputs' sums to bytes. kWords: h >> shift is what 16 bits of h give, saturated, where the result saturates
  // to 8 bits in any case: 65535 >> 8 is 255, and shifts are at least 1, so that packing takes words for positive.
  template <Form kForm, bool kWords>
  class Finish {
   public:
    explicit Finish(const Constants* constants)
        : requantize_{Requantize512<kForm>(constants[0]), Requantize512<kForm>(constants[1])} {
      if constexpr (kWords) shift_ = _mm512_packus_epi32(requantize_[0].shift(), requantize_[1].shift());
    }

    // The first `count` lanes of each, or all where kWhole.
    template <bool kWhole>
    void store(std::uint8_t* first, std::uint8_t* second, const Vector (&first_sums)[2], const Vector (&second_sums)[2],
               Clamp range, std::ptrdiff_t count) const {
      const Vector bytes = narrow({first_sums[0], first_sums[1], second_sums[0], second_sums[1]}, range);
      const __m256i low = _mm512_castsi512_si256(bytes), high = _mm512_extracti64x4_epi64(bytes, 1);
      if constexpr (kWhole) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(first), low);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(second), high);
      } else {
        const __mmask32 mask = (__mmask32{1} << count) - 1;
        _mm256_mask_storeu_epi8(first, mask, low);
        _mm256_mask_storeu_epi8(second, mask, high);
      }
    }

   private:
    Vector narrow(const Vector (&sums)[4], Clamp range) const {
      if constexpr (kWords) {
        Vector words[2];
        for (int i = 0; i < 2; ++i) {
          const Vector low = requantize_[0].unshifted(sums[2 * i]), high = requantize_[1].unshifted(sums[2 * i + 1]);
          words[i] = _mm512_srlv_epi16(_mm512_packus_epi32(low, high), shift_);
        }
        const Vector order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(words[0], words[1]));
      } else {
        return narrow_uint8<4>(
            {requantize_[0](sums[0]), requantize_[1](sums[1]), requantize_[0](sums[2]), requantize_[1](sums[3])},
            range);
      }
    }

    Requantize512<kForm> requantize_[2];
    Vector shift_;
  };

  // Two vectors of {rows[0][offset + i], rows[1][offset + i], ...}, of the first `count` lanes or of all.
  template <bool kWhole>
  static void column(Vector (&to)[2], const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset, std::int32_t count) {
    const Vector even = two_rows<kWhole>(rows[0] + offset, rows[2] + offset, count);
    const Vector odd = two_rows<kWhole>(rows[1] + offset, rows[3] + offset, count);
    // Unpacking works within 128-bit quarters: bring the rows' pairs together in between.
    const Vector low = _mm512_unpacklo_epi8(even, odd), high = _mm512_unpackhi_epi8(even, odd);
    const Vector first = _mm512_setr_epi64(0, 2, 1, 3, 8, 10, 9, 11);
    const Vector second = _mm512_setr_epi64(4, 6, 5, 7, 12, 14, 13, 15);
    const Vector rows01 = _mm512_permutex2var_epi64(low, first, high);
    const Vector rows23 = _mm512_permutex2var_epi64(low, second, high);
    to[0] = _mm512_unpacklo_epi16(rows01, rows23);
    to[1] = _mm512_unpackhi_epi16(rows01, rows23);
  }

  // line[i] = {rows[0][offset + i], rows[1][offset + i], ...}; a null row is the zero point. Writes whole vectors of 64
  // lanes; reads no byte beyond offset + count.
  static void interleave(std::int32_t* line, const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset,
                         std::ptrdiff_t count, std::ptrdiff_t /*row_bytes*/, std::uint8_t zero_point) {
    alignas(64) std::uint8_t outside[64];
    _mm512_store_si512(outside, _mm512_set1_epi8(static_cast<char>(zero_point)));
    const std::uint8_t* row[4];
    std::ptrdiff_t step[4];
    for (int k = 0; k < 4; ++k) {
      row[k] = rows[k] == nullptr ? outside : rows[k] + offset;
      step[k] = rows[k] == nullptr ? 0 : 64;
    }
    for (; count >= 64; count -= 64, line += 64) {
      interleave_64(line, {_mm512_loadu_si512(row[0]), _mm512_loadu_si512(row[1]), _mm512_loadu_si512(row[2]),
                           _mm512_loadu_si512(row[3])});
      for (int k = 0; k < 4; ++k) row[k] += step[k];
    }
    if (count > 0) {
      const __mmask64 rest = (__mmask64{1} << count) - 1;
      interleave_64(line, {_mm512_maskz_loadu_epi8(rest, row[0]), _mm512_maskz_loadu_epi8(rest, row[1]),
                           _mm512_maskz_loadu_epi8(rest, row[2]), _mm512_maskz_loadu_epi8(rest, row[3])});
    }
  }

 protected:
  // 32 channels of two rows, of the first `count` channels or of all.
  template <bool kWhole>
  static Vector two_rows(const std::uint8_t* low, const std::uint8_t* high, std::int32_t count) {
    const auto half = [&](const std::uint8_t* from) {
      if constexpr (kWhole) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
      return _mm256_maskz_loadu_epi8((__mmask32{1} << count) - 1, from);
    };
    return _mm512_inserti64x4(_mm512_castsi256_si512(half(low)), half(high), 1);
  }

 private:
  static void interleave_64(std::int32_t* line, const Vector (&rows)[4]) {
    // Unpacking works within 128-bit quarters: deal the dwords out so that it ends in the order of lanes.
    const Vector deal = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    Vector row[4];
    for (int k = 0; k < 4; ++k) row[k] = _mm512_permutexvar_epi32(deal, rows[k]);
    const Vector low01 = _mm512_unpacklo_epi8(row[0], row[1]), high01 = _mm512_unpackhi_epi8(row[0], row[1]);
    const Vector low23 = _mm512_unpacklo_epi8(row[2], row[3]), high23 = _mm512_unpackhi_epi8(row[2], row[3]);
    _mm512_storeu_si512(line, _mm512_unpacklo_epi16(low01, low23));
    _mm512_storeu_si512(line + 16, _mm512_unpackhi_epi16(low01, low23));
    _mm512_storeu_si512(line + 32, _mm512_unpacklo_epi16(high01, high23));
    _mm512_storeu_si512(line + 48, _mm512_unpackhi_epi16(high01, high23));
  }
};

}  // namespace
}  // namespace qrun::kernels
