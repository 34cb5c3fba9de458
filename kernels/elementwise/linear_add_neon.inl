// Add as one line through both inputs with NEON: bytes times the weights' digits, which are bytes too. One instruction
// multiplies and adds eight of them in int16, so that nothing is widened to 32 bits.
//
// Numbers are scaled so that shift = n + B, B = kBits (kDigits - 1). Weights and the offset are numbers of kDigits
// digits to the base 2^kBits; those below the top are in [-2^(kBits-1), 2^(kBits-1)), the top is what is left. From the
// lowest digit k up, nested floors give
//   s_k = w1_k x1 + w2_k x2 + offset_k + (s_{k-1} >> kBits),  y = s_top >> n.
// s_k fits int16 where |w1_k| + |w2_k| <= 253: the products are at most 2^15 - 384, |offset_k| <= 128, and what is
// carried, 16 bits shifted by 8, is at most 128; where kBits is 7, the products are at most 2^14 and the carry 256.
// The top offset is added last and saturates: as n <= 7, what 2^15 - 1 stands for is clamped alike, as it is 255 or
// more. It may be saturated itself where n <= 6 and |w1_top| + |w2_top| <= 128: the sum is beyond 2^13 then, and
// clamped.

#pragma once

#include <arm_neon.h>

#include "kernels/elementwise/input_row.inl"
#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

template <int kDigits, int kBits>
struct Digits {
  std::int64_t digit[kDigits];  // the lowest first

  explicit Digits(std::int64_t number) {
    for (int k = 0; k + 1 < kDigits; ++k) {
      constexpr std::int64_t kHalf = std::int64_t{1} << (kBits - 1);
      digit[k] = ((number + kHalf) & (2 * kHalf - 1)) - kHalf;
      number = (number - digit[k]) >> kBits;
    }
    digit[kDigits - 1] = number;
  }
};

template <int kDigits, int kBits>
class DigitAdd {
 public:
#ifdef __aarch64__
  static constexpr int kVectors = 2;
#else
  static constexpr int kVectors = 1;  // half the registers
#endif
  static constexpr std::ptrdiff_t kBytes = 16 * kVectors;

  explicit DigitAdd(const LinearAddParams& p) {
    const Split split(p);
    for (int k = 0; k < kDigits; ++k) {
      weight1_[k] = vdupq_n_s8(static_cast<std::int8_t>(split.weight1.digit[k]));
      weight2_[k] = vdupq_n_s8(static_cast<std::int8_t>(split.weight2.digit[k]));
      offset_[k] = vdupq_n_s16(saturate16(split.offset.digit[k]));
    }
    shift_ = vdupq_n_s16(static_cast<std::int16_t>(kBelowTop - (p.shift + raise(p))));
    min_ = vdupq_n_s8(static_cast<std::int8_t>(p.clamp.min));
    max_ = vdupq_n_s8(static_cast<std::int8_t>(p.clamp.max));
  }

  // Whether everything fits.
  static bool takes(const LinearAddParams& p) {
    if (raise(p) < 0 && ((p.weight1 | p.weight2) & ((1 << -raise(p)) - 1)) != 0) return false;
    const Split split(p);
    for (int k = 0; k < kDigits; ++k) {
      const std::int64_t w1 = split.weight1.digit[k], w2 = split.weight2.digit[k];
      if (w1 != static_cast<std::int8_t>(w1) || w2 != static_cast<std::int8_t>(w2)) return false;
      if ((w1 < 0 ? -w1 : w1) + (w2 < 0 ? -w2 : w2) > 253) return false;
    }
    const std::int64_t offset = split.offset.digit[kDigits - 1];
    return kDigits > 3 || offset == saturate16(offset);
  }

  // kBytes of each, halves of vectors and digits in turn: each waits for what the one before it gives.
  void operator()(const std::uint8_t* x1, const std::uint8_t* x2, std::uint8_t* y) const {
    int8x16_t a[kVectors], b[kVectors];
    int16x8_t low[kVectors], high[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      a[v] = vreinterpretq_s8_u8(vld1q_u8(x1 + 16 * v));
      b[v] = vreinterpretq_s8_u8(vld1q_u8(x2 + 16 * v));
      low[v] = multiply_add<false>(multiply_add<false>(offset_[0], a[v], weight1_[0]), b[v], weight2_[0]);
      high[v] = multiply_add<true>(multiply_add<true>(offset_[0], a[v], weight1_[0]), b[v], weight2_[0]);
    }
#pragma GCC unroll 4
    for (int k = 1; k < kDigits; ++k) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        low[v] = next_sum<false>(k, low[v], a[v], b[v]);
        high[v] = next_sum<true>(k, high[v], a[v], b[v]);
      }
    }
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      const int8x16_t bytes = vcombine_s8(vqmovn_s16(shifted(low[v])), vqmovn_s16(shifted(high[v])));
      vst1q_u8(y + 16 * v, vreinterpretq_u8_s8(vminq_s8(vmaxq_s8(bytes, min_), max_)));
    }
  }

 private:
  static constexpr int kBelowTop = kBits * (kDigits - 1);

  // By how many bits the line is scaled. As |weight| < 2^30, three digits hold one whose last 7 bits are 0, if its top
  // rounds to less than 2^7; four hold every one, with a top of at most 2^6. Five, for where four do not fit, are
  // scaled to n >= 0, which leaves a top of at most 2^5.
  static std::int32_t raise(const LinearAddParams& p) {
    if (kDigits == 3) return -7;
    return p.shift < kBelowTop ? kBelowTop - p.shift : 0;
  }

  struct Split {
    explicit Split(const LinearAddParams& p)
        : weight1(scaled(p.weight1, raise(p))),
          weight2(scaled(p.weight2, raise(p))),
          offset(scaled(p.offset, raise(p))) {}
    static std::int64_t scaled(std::int64_t x, std::int32_t raise) {
      return raise < 0 ? x >> -raise : x * (std::int64_t{1} << raise);
    }
    Digits<kDigits, kBits> weight1, weight2, offset;
  };

  static std::int16_t saturate16(std::int64_t x) {
    return static_cast<std::int16_t>(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
  }

  // Products of the first or last eight bytes, or such added to a sum.
  template <bool kHigh>
  static int16x8_t multiply(int8x16_t a, int8x16_t b) {
#ifdef __aarch64__
    if constexpr (kHigh) return vmull_high_s8(a, b);
#endif
    return kHigh ? vmull_s8(vget_high_s8(a), vget_high_s8(b)) : vmull_s8(vget_low_s8(a), vget_low_s8(b));
  }
  template <bool kHigh>
  static int16x8_t multiply_add(int16x8_t sum, int8x16_t a, int8x16_t b) {
#ifdef __aarch64__
    if constexpr (kHigh) return vmlal_high_s8(sum, a, b);
#endif
    return kHigh ? vmlal_s8(sum, vget_high_s8(a), vget_high_s8(b)) : vmlal_s8(sum, vget_low_s8(a), vget_low_s8(b));
  }

  // s_k, without its offset where it is the top.
  template <bool kHigh>
  int16x8_t next_sum(int k, int16x8_t lower, int8x16_t x1, int8x16_t x2) const {
    const int16x8_t first =
        k == kDigits - 1 ? multiply<kHigh>(x1, weight1_[k]) : multiply_add<kHigh>(offset_[k], x1, weight1_[k]);
    return vsraq_n_s16(multiply_add<kHigh>(first, x2, weight2_[k]), lower, kBits);
  }
  int16x8_t shifted(int16x8_t top) const { return vshlq_s16(vqaddq_s16(top, offset_[kDigits - 1]), shift_); }

  int8x16_t weight1_[kDigits], weight2_[kDigits];
  int16x8_t offset_[kDigits], shift_;
  int8x16_t min_, max_;
};

template <int kDigits, int kBits>
void add_digits(const LinearAddParams& p, const Operands& operands, Range rows) {
  using Add = DigitAdd<kDigits, kBits>;
  for_each_byte_block<Add::kBytes>(p.broadcast, operands, rows, Add(p));
}

inline void linear_add(const LinearAddParams& p, const Operands& operands, Range rows) {
  if (DigitAdd<3, 8>::takes(p)) return add_digits<3, 8>(p, operands, rows);
  if (DigitAdd<4, 8>::takes(p)) return add_digits<4, 8>(p, operands, rows);
  add_digits<5, 7>(p, operands, rows);
}

}  // namespace
}  // namespace qrun::kernels
