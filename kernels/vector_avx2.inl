// The traits of AVX2 for the kernels on vector.inl: 8 lanes, and a general register for what is less. AVX2 itself
// stores int8; rows of 256-bit vectors whose dot products take unsigned activations store uint8.

#pragma once

#include <immintrin.h>

#include "kernels/requantize_avx2.inl"
#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

// The bytes of an integer, from or to memory.
template <class Integer>
Integer load_bytes(const void* p) {
  Integer value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

template <class Integer>
void store_bytes(void* p, Integer value) {
  std::memcpy(p, &value, sizeof(value));
}

// 1 to 8 bytes; the upper ones of the result are 0. Two halves of four may overlap.
inline std::uint64_t load_first_bytes(const std::uint8_t* p, int count) {
  if (count == 8) return load_bytes<std::uint64_t>(p);
  if (count >= 4) {
    const std::uint64_t end = load_bytes<std::uint32_t>(p + count - 4);
    return load_bytes<std::uint32_t>(p) | end << (8 * (count - 4));
  }
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint64_t{p[i]} << (8 * i);
  return value;
}

inline void store_first_bytes(std::uint8_t* p, std::uint64_t value, int count) {
  if (count == 8) return store_bytes(p, value);
  if (count >= 4) {
    store_bytes(p, static_cast<std::uint32_t>(value));
    return store_bytes(p + count - 4, static_cast<std::uint32_t>(value >> (8 * (count - 4))));
  }
  for (int i = 0; i < count; ++i) p[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <class StoredType>
struct Vectors256 {
  using Stored = StoredType;
  using Int32 = std::int32_t __attribute__((vector_size(32)));
  using UInt32 = std::uint32_t __attribute__((vector_size(32)));
  using Bytes __attribute__((vector_size(16))) = Stored;
  static constexpr int kLanes = 8;
  static constexpr int kBlock = 2;
  static constexpr bool kMultipliesHigh = false;
  using Differences = LaneDifferences<Vectors256>;
  template <int kBlocks>
  using Sums = LaneSums<Vectors256, kBlocks>;
  static constexpr bool kSigned = Stored(-1) < 0;
  static constexpr Clamp kRange = kSigned ? Clamp{-128, 127} : Clamp{0, 255};

  static Int32 widen(const Stored* x) { return widen(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(x))); }
  static Int32 widen(const Stored* x, int count) {
    const std::uint64_t bytes = load_first_bytes(reinterpret_cast<const std::uint8_t*>(x), count);
    return widen(_mm_cvtsi64_si128(static_cast<std::int64_t>(bytes)));
  }

  template <int kVectors>
  static void store(Stored* y, const Int32 (&lanes)[kVectors], Clamp range) {
    __m256i raw[kVectors];
    for (int v = 0; v < kVectors; ++v) raw[v] = __m256i(lanes[v]);
    store_narrowed<kVectors>(reinterpret_cast<std::uint8_t*>(y), narrow<kVectors>(raw, range));
  }
  static void store(Stored* y, Int32 lanes, Clamp range, int count) {
    const __m256i raw[] = {__m256i(lanes)};
    const std::int64_t bytes = _mm_cvtsi128_si64(narrow<1>(raw, range));
    store_first_bytes(reinterpret_cast<std::uint8_t*>(y), static_cast<std::uint64_t>(bytes), count);
  }

  // x's low 16 bits times `low` plus its high 16 bits times `high`, all signed.
  static Int32 multiply_pairs(Int32 x, std::int16_t low, std::int16_t high) {
    const std::int32_t pair = high * (1 << 16) + static_cast<std::uint16_t>(low);
    return Int32(_mm256_madd_epi16(__m256i(x), _mm256_set1_epi32(pair)));
  }

  using Constants = VectorConstants<8>;
  template <Form kForm>
  using Requantize = Requantize256<kForm>;
  template <Form kForm>
  static Int32 requantize(const Requantize<kForm>& requantize, Int32 x) {
    return Int32(requantize(__m256i(x)));
  }

 private:
  static Int32 widen(__m128i bytes) {
    return Int32(kSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes));
  }
  template <int kVectors>
  static __m128i narrow(const __m256i (&y)[kVectors], Clamp range) {
    return kSigned ? narrow_int8<kVectors>(y, range) : narrow_uint8<kVectors>(y, range);
  }
};

using Avx2 = Vectors256<std::int8_t>;
using Avx2UInt8 = Vectors256<std::uint8_t>;

}  // namespace
}  // namespace qrun::kernels
