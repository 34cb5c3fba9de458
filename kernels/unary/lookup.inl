// Looks bytes up in a table of 256 with shuffles of 16. Traits: bytes_avx2.inl.
//
// Let t_h be the table's entries [16 h, 16 h + 16), and T_h = t_h ^ t_{h-1} ^ T_{h-8}, what is before the first being
// 0. shuffle(T_i, x - 16 i) for i = 0..15, with h = x / 16: modulo 256, the index is below 128 for h - 8 < i <= h. From
// i = 8 on, where all indices are those of x - 128 < 128, they saturate as signed bytes, so that none returns there.
// The sum of those T_i is t_h: by induction, t_h ^ t_{h-1} = T_h ^ T_{h-8} is the difference of the sums for h and h
// - 1.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

template <class Isa>
void lookup(const Operands& operands, Range elements) {
  using Bytes = typename Isa::Bytes;
  constexpr auto kBytes = static_cast<std::int32_t>(sizeof(Bytes));
  constexpr int kUnroll = 4;  // vectors for which a table is in its register
  const std::uint8_t* table = operands.constant;
  Bytes differences[16];
  for (int h = 0; h < 16; ++h) {
    differences[h] = Isa::repeat(table + 16 * h);
    if (h >= 1) differences[h] ^= Isa::repeat(table + 16 * (h - 1));
    if (h >= 8) differences[h] ^= differences[h - 8];
  }
  std::int32_t i = elements.begin;
  for (; elements.end - i >= kUnroll * kBytes; i += kUnroll * kBytes) {
    Bytes x[kUnroll], y[kUnroll];
#pragma GCC unroll 4
    for (int v = 0; v < kUnroll; ++v) {
      x[v] = Isa::load(operands.input[0] + i + v * kBytes);
      y[v] = Bytes{};
    }
    for (int h = 0; h < 8; ++h) {
#pragma GCC unroll 4
      for (int v = 0; v < kUnroll; ++v) {
        y[v] ^= Isa::shuffle(differences[h], x[v]);
        x[v] -= 16;
      }
    }
    for (int h = 8; h < 16; ++h) {
#pragma GCC unroll 4
      for (int v = 0; v < kUnroll; ++v) {
        y[v] ^= Isa::shuffle(differences[h], x[v]);
        x[v] = Isa::saturating_subtract(x[v], Bytes{} + 16);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < kUnroll; ++v) Isa::store(operands.output + i + v * kBytes, y[v]);
  }
  for (; i < elements.end; ++i) operands.output[i] = table[operands.input[0][i]];
}

}  // namespace
}  // namespace qrun::kernels
