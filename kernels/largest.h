// The largest of a row of stored numbers, 16 at a time on any CPU: what softmax and arg max begin with.
//
// Vectors are GCC's and Clang's own, so that this is SSE2 on x86 and NEON on ARM. They compare as uint8, which every
// CPU can; int8 numbers have the same order once their top bit is flipped.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace qrun::kernels {

using Bytes16 = std::uint8_t __attribute__((vector_size(16)));
using Longs = std::uint64_t __attribute__((vector_size(16)));  // the same bytes

// What makes a stored number's byte one of the same order as uint8.
template <class T>
inline constexpr std::uint8_t kOrderFlip = std::numeric_limits<T>::is_signed ? 0x80 : 0;

template <class T>
static Bytes16 load_ordered(const T* x) {
  Bytes16 bytes;
  std::memcpy(&bytes, x, sizeof(bytes));
  return bytes ^ kOrderFlip<T>;
}

static inline Bytes16 larger(Bytes16 a, Bytes16 b) { return a > b ? a : b; }

// Requires: count >= 1.
template <class T>
static T largest(const T* x, std::ptrdiff_t count) {
  constexpr std::ptrdiff_t kBytes = sizeof(Bytes16);
  if (count < kBytes) {
    T top = x[0];
    for (std::ptrdiff_t i = 1; i < count; ++i) top = x[i] > top ? x[i] : top;
    return top;
  }
  Bytes16 top = load_ordered(x + count - kBytes);  // may overlap the last whole one
  for (std::ptrdiff_t i = 0; i + kBytes <= count; i += kBytes) top = larger(top, load_ordered(x + i));
  const auto halves = Longs(top);
  top = larger(top, Bytes16(Longs{halves[1], halves[0]}));
  for (int bits = 32; bits >= 8; bits /= 2) top = larger(top, Bytes16(Longs(top) >> bits));
  return static_cast<T>(top[0] ^ kOrderFlip<T>);
}

}  // namespace qrun::kernels
