// Table lookup with NEON. An instruction of 64-bit ARM looks sixteen bytes up in 64 entries and leaves those alone that
// are beyond, so that four do; 32-bit ARM's looks eight bytes up in 32, whose sixteen steps are no faster than loads of
// single bytes.

#include <arm_neon.h>

#include "kernels/row_kernels.h"

namespace qrun::kernels::neon {

void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  const std::uint8_t *x = operands.input[0], *table = operands.constant;
  std::uint8_t* y = operands.output;
  std::ptrdiff_t i = elements.begin;
#ifdef __aarch64__
  const uint8x16x4_t t0 = vld1q_u8_x4(table), t1 = vld1q_u8_x4(table + 64);
  const uint8x16x4_t t2 = vld1q_u8_x4(table + 128), t3 = vld1q_u8_x4(table + 192);
  constexpr int kUnroll = 4;  // so that some chains of steps run in the waits of the others
  for (; elements.end - i >= 16 * kUnroll; i += 16 * kUnroll) {
    uint8x16_t index[kUnroll], found[kUnroll];
#pragma GCC unroll 4
    for (int v = 0; v < kUnroll; ++v) {
      index[v] = vld1q_u8(x + i + 16 * v);
      found[v] = vqtbl4q_u8(t0, index[v]);
      found[v] = vqtbx4q_u8(found[v], t1, vsubq_u8(index[v], vdupq_n_u8(64)));
      found[v] = vqtbx4q_u8(found[v], t2, vsubq_u8(index[v], vdupq_n_u8(128)));
      found[v] = vqtbx4q_u8(found[v], t3, vsubq_u8(index[v], vdupq_n_u8(192)));
    }
    for (int v = 0; v < kUnroll; ++v) vst1q_u8(y + i + 16 * v, found[v]);
  }
#endif
  for (; i < elements.end; ++i) y[i] = table[x[i]];
}

}  // namespace qrun::kernels::neon
