// Table lookup with NEON: of 64 bits, an instruction looks sixteen bytes up in 64 entries, and leaves those alone that
// are beyond; of 32 bits, eight in 32.

#include <arm_neon.h>

#include "kernels/row_kernels.h"

namespace qrun::kernels::neon {
namespace {

#ifdef __aarch64__

class Table {
 public:
  explicit Table(const std::uint8_t* table)
      : quarter_{vld1q_u8_x4(table), vld1q_u8_x4(table + 64), vld1q_u8_x4(table + 128), vld1q_u8_x4(table + 192)} {}

  uint8x16_t operator()(uint8x16_t x) const {
    const uint8x16_t quarter = vdupq_n_u8(64);
    uint8x16_t y = vqtbl4q_u8(quarter_[0], x);
    for (int q = 1; q < 4; ++q) {
      x = vsubq_u8(x, quarter);
      y = vqtbx4q_u8(y, quarter_[q], x);
    }
    return y;
  }

 private:
  uint8x16x4_t quarter_[4];
};

#endif

}  // namespace

void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  const std::uint8_t *x = operands.input[0], *table = operands.constant;
  std::uint8_t* y = operands.output;
  std::int32_t i = elements.begin;
#ifdef __aarch64__
  const Table look_up(table);
  for (; elements.end - i >= 16; i += 16) vst1q_u8(y + i, look_up(vld1q_u8(x + i)));
#endif
  for (; i < elements.end; ++i) y[i] = table[x[i]];
}

}  // namespace qrun::kernels::neon
