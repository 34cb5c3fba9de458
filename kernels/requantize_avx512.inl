// Requantization of 16 int32 lanes with AVX-512, and their way to 8-bit storage. Forms and proofs: requantize.inl.

#pragma once

#include <immintrin.h>

#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

// saturating_rounding_doubling_high_mul of every lane; not for the one pair that saturates.
__m512i high_product(__m512i a, __m512i b) {
  const __m512i nudge = _mm512_set1_epi64(std::int64_t{1} << 30);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, b), nudge);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), nudge);
  return _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 31), 0xAAAA, _mm512_add_epi64(odd, odd));
}

// y = apply(rescale, x) + zero point, for many vectors of the same channels. kRightShift takes x + 2^31.
template <Form kForm>
class Requantize512 {
 public:
  explicit Requantize512(const VectorConstants<16>& constants)
      : multiplier_(load(constants.multiplier)),
        odd_multiplier_(load(constants.odd_multiplier)),
        even_addend_(load(constants.even_addend)),
        odd_addend_(load(constants.odd_addend)),
        shift_(load(constants.shift)) {}

  __m512i operator()(__m512i x) const { return _mm512_srav_epi32(unshifted(x), shift_); }

  // All but the shift to the right.
  __m512i unshifted(__m512i x) const {
    if constexpr (kForm == Form::kRightShiftClamped) {
      const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier_), even_addend_);
      const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(odd_lanes(x), odd_multiplier_), odd_addend_);
      return high_halves(even, odd);
    } else {
      const __m512i even = _mm512_add_epi64(_mm512_mul_epu32(x, multiplier_), even_addend_);
      const __m512i odd = _mm512_add_epi64(_mm512_mul_epu32(odd_lanes(x), odd_multiplier_), odd_addend_);
      return _mm512_add_epi32(high_halves(even, odd), _mm512_srli_epi32(x, 31));
    }
  }
  __m512i shift() const { return shift_; }

 private:
  // Into a register: as an operand of each instruction it would be loaded once a vector.
  static __m512i load(const void* constant) {
    __m512i vector = _mm512_load_si512(constant);
    asm("" : "+v"(vector));
    return vector;
  }
  static __m512i odd_lanes(__m512i x) { return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(x))); }
  static __m512i high_halves(__m512i even, __m512i odd) {
    return _mm512_castps_si512(_mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
  }

  __m512i multiplier_, odd_multiplier_, even_addend_, odd_addend_, shift_;
};

// kRightShiftClamped's sum; where nothing but zeros would be shifted out, what is odd less the zero point is one less.
template <>
class Requantize512<Form::kOnceWithTies> {
 public:
  explicit Requantize512(const VectorConstants<16>& constants)
      : multiplier_(_mm512_load_si512(constants.multiplier)),
        odd_multiplier_(_mm512_load_si512(constants.odd_multiplier)),
        even_addend_(_mm512_load_si512(constants.even_addend)),
        odd_addend_(_mm512_load_si512(constants.odd_addend)),
        shift_(_mm512_load_si512(constants.shift)) {
    const __m512i one = _mm512_set1_epi32(1);
    mask_ = _mm512_sub_epi32(_mm512_sllv_epi32(one, shift_), one);
    // The addend is z * 2^(31+e) and a half of that: only z is left.
    zero_point_ = _mm512_srav_epi32(high_halves(even_addend_, odd_addend_), shift_);
  }

  __m512i operator()(__m512i x) const {
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier_), even_addend_);
    const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), odd_multiplier_), odd_addend_);
    const __m512i high = high_halves(even, odd);
    const __m512i low = _mm512_mask_mov_epi32(even, 0xAAAA, _mm512_slli_epi64(odd, 32));
    const __m512i y = _mm512_srav_epi32(high, shift_);
    const __m512i rest = _mm512_or_si512(low, _mm512_and_si512(high, mask_));
    const __m512i one_if_odd = _mm512_and_si512(_mm512_xor_si512(y, zero_point_), _mm512_set1_epi32(1));
    return _mm512_mask_sub_epi32(y, _mm512_testn_epi32_mask(rest, rest), y, one_if_odd);
  }

 private:
  static __m512i high_halves(__m512i even, __m512i odd) {
    return _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xAAAA, odd);
  }

  __m512i multiplier_, odd_multiplier_, even_addend_, odd_addend_, shift_, mask_, zero_point_;
};

// Step by step, for any multiplier and shift.
template <>
class Requantize512<Form::kAny> {
 public:
  explicit Requantize512(const VectorConstants<16>& constants)
      : multiplier_(_mm512_load_si512(constants.multiplier)),
        zero_point_(_mm512_mask_mov_epi32(_mm512_load_si512(constants.even_addend), 0xAAAA,
                                          _mm512_slli_epi64(_mm512_load_si512(constants.odd_addend), 32))) {
    const __m512i shift = _mm512_load_si512(constants.shift), zero = _mm512_setzero_si512();
    left_ = _mm512_max_epi32(shift, zero);
    right_ = _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero);
    const __m512i one = _mm512_set1_epi32(1);
    mask_ = _mm512_sub_epi32(_mm512_sllv_epi32(one, right_), one);
  }

  __m512i operator()(__m512i x) const {
    x = _mm512_sllv_epi32(x, left_);  // fits: the model's bounds prove it
    const __m512i product = high_product(x, multiplier_);
    // rounding_divide_by_pot
    const __m512i remainder = _mm512_and_si512(product, mask_);
    const __m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(mask_, 1), _mm512_srli_epi32(product, 31));
    const __m512i quotient = _mm512_add_epi32(_mm512_srav_epi32(product, right_), zero_point_);
    return _mm512_mask_add_epi32(quotient, _mm512_cmpgt_epi32_mask(remainder, threshold), quotient,
                                 _mm512_set1_epi32(1));
  }

 private:
  __m512i multiplier_, zero_point_, left_, right_, mask_;
};

// Two vectors of words, packed from four of lanes, as bytes in the lanes' order.
inline __m512i narrow_words(__m512i low, __m512i high) {
  // Packing works within 128-bit quarters: put the fours back in order.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
}

// 16 * kVectors lanes as uint8, saturated, then clamped. The bytes behind them are not to be used.
template <int kVectors>
__m512i narrow_uint8(const __m512i (&y)[kVectors], Clamp range) {
  static_assert(kVectors >= 1 && kVectors <= 4);
  const auto lane = [&y](int v) { return y[v < kVectors ? v : kVectors - 1]; };
  const __m512i low = _mm512_packs_epi32(lane(0), lane(1));
  const __m512i high = kVectors > 2 ? _mm512_packs_epi32(lane(2), lane(3)) : low;
  __m512i bytes = narrow_words(low, high);
  bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8(static_cast<char>(range.min)));
  return _mm512_min_epu8(bytes, _mm512_set1_epi8(static_cast<char>(range.max)));
}

// Writes them.
template <int kVectors>
void store_uint8(std::uint8_t* output, const __m512i (&y)[kVectors], Clamp range) {
  const __m512i bytes = narrow_uint8<kVectors>(y, range);
  if constexpr (kVectors == 4) {
    _mm512_storeu_si512(output, bytes);
  } else if constexpr (kVectors == 3) {
    _mm512_mask_storeu_epi32(output, 0x0FFF, bytes);
  } else if constexpr (kVectors == 2) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(output), _mm512_castsi512_si256(bytes));
  } else {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(output), _mm512_castsi512_si128(bytes));
  }
}

// Part number `part` of 4 / kVectors parts of a register.
template <int kVectors, int kPart>
void store_part(std::uint8_t* output, __m512i bytes, std::uint64_t mask) {
  if constexpr (kVectors == 1) {
    _mm_mask_storeu_epi8(output, static_cast<__mmask16>(mask), _mm512_extracti32x4_epi32(bytes, kPart));
  } else if constexpr (kVectors == 2) {
    _mm256_mask_storeu_epi8(output, static_cast<__mmask32>(mask), _mm512_extracti64x4_epi64(bytes, kPart));
  } else {
    _mm512_mask_storeu_epi8(output, mask, bytes);
  }
}

// The word shift (requantize.inl) of four vectors at a time, a column's or columns': unshifted lanes as uint8.
template <int kVectors>
class NarrowWordShift {
 public:
  explicit NarrowWordShift(const VectorConstants<16>* constants) {
    const auto shift = [&](int v) { return _mm512_load_si512(constants[v < kVectors ? v : kVectors - 1].shift); };
    low_ = _mm512_packus_epi32(shift(0), shift(1));
    high_ = kVectors > 2 ? _mm512_packus_epi32(shift(2), shift(3)) : low_;
  }

  // Of four or fewer: as many columns, or rows of one or two.
  template <int kCount>
  __m512i operator()(const __m512i (&x)[kCount]) const {
    const auto lane = [&x](int v) { return x[v < kCount ? v : kCount - 1]; };
    const __m512i low = _mm512_srlv_epi16(_mm512_packus_epi32(lane(0), lane(1)), low_);
    const __m512i high = kCount > 2 ? _mm512_srlv_epi16(_mm512_packus_epi32(lane(2), lane(3)), high_) : low;
    return narrow_words(low, high);
  }

 private:
  __m512i low_, high_;
};

// Rows of 16 * kVectors lanes, of which `columns` are written. As many rows as fill a register are narrowed together,
// by narrow(lanes).
template <int MR, int kVectors, class Narrow>
[[gnu::always_inline]] inline void store_rows_uint8(std::uint8_t* output, std::size_t stride, int columns,
                                                    const __m512i (&y)[MR][kVectors], Narrow narrow) {
  constexpr int kTogether = kVectors >= 3 ? 1 : 4 / kVectors;
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - columns);
  const bool contiguous = columns == kVectors * 16 && stride == kVectors * 16;
#pragma GCC unroll 16
  for (int r = 0; r < MR; r += kTogether, output += kTogether * stride) {
    __m512i lanes[kTogether * kVectors];
#pragma GCC unroll 4
    for (int i = 0; i < kTogether * kVectors; ++i) {
      const int row = r + i / kVectors < MR ? r + i / kVectors : MR - 1;
      lanes[i] = y[row][i % kVectors];
    }
    const __m512i bytes = narrow(lanes);
    if (kTogether > 1 && r + kTogether <= MR && contiguous) {
      _mm512_storeu_si512(output, bytes);
      continue;
    }
    store_part<kVectors, 0>(output, bytes, mask);
    if constexpr (kTogether >= 2) {
      if (r + 1 < MR) store_part<kVectors, 1>(output + stride, bytes, mask);
    }
    if constexpr (kTogether == 4) {
      if (r + 2 < MR) store_part<kVectors, 2>(output + 2 * stride, bytes, mask);
      if (r + 3 < MR) store_part<kVectors, 3>(output + 3 * stride, bytes, mask);
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
