// The traits of NEON, of 32 and of 64 bits, for the kernels on vector.inl: int8 storage, 4 lanes, 16 bytes a store.
//
// Bytes widen once to int16, where zero points come off and sums are taken, before they become lanes: that is half the
// instructions.

#pragma once

#include <arm_neon.h>

#include "kernels/requantize_neon.inl"
#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

struct Neon {
  using Stored = std::int8_t;
  using Int32 = std::int32_t __attribute__((vector_size(16)));
  using UInt32 = std::uint32_t __attribute__((vector_size(16)));
  using Bytes = std::int8_t __attribute__((vector_size(16)));
  static constexpr int kLanes = 4;
  static constexpr int kBlock = 4;
  static constexpr Clamp kRange = {-128, 127};
  static constexpr bool kMultipliesHigh = true;

  static Int32 widen(const Stored* x) { return widen(x, kLanes); }
  static Int32 widen(const Stored* x, int count) {
    return Int32(vmovl_s16(vget_low_s16(vmovl_s8(vget_low_s8(load_first(x, count))))));
  }

  template <int kVectors>
  static void store(Stored* y, const Int32 (&lanes)[kVectors], Clamp range) {
    int32x4_t raw[kVectors];
    for (int v = 0; v < kVectors; ++v) raw[v] = int32x4_t(lanes[v]);
    store_int8<kVectors>(reinterpret_cast<std::uint8_t*>(y), raw, range);
  }
  static void store(Stored* y, Int32 lanes, Clamp range, int count) {
    const int32x4_t raw[] = {int32x4_t(lanes)};
    const int8x16_t bytes = narrow_int8<1>(raw, range);
    store_first(y, vgetq_lane_u32(vreinterpretq_u32_s8(bytes), 0), count);
  }

  // As LaneDifferences, in int16.
  class Differences {
   public:
    Differences(const Stored* x, std::int32_t zero_point) : Differences(vld1q_s8(x), zero_point) {}
    Differences(const Stored* x, std::int32_t zero_point, int count) : Differences(load_first(x, count), zero_point) {}
    Int32 operator[](int v) const { return Int32(vmovl_s16(words(v))); }
    Int32 times(const Differences& other, int v) const { return Int32(vmull_s16(words(v), other.words(v))); }

   private:
    Differences(int8x16_t x, std::int32_t zero_point) {
      const int8x16_t subtrahend = vdupq_n_s8(static_cast<Stored>(zero_point));
      low_ = vsubl_s8(vget_low_s8(x), vget_low_s8(subtrahend));
#ifdef __aarch64__
      high_ = vsubl_high_s8(x, subtrahend);
#else
      high_ = vsubl_s8(vget_high_s8(x), vget_high_s8(subtrahend));
#endif
    }
    int16x4_t words(int v) const {
      const int16x8_t eight = v < 2 ? low_ : high_;
      return v % 2 == 0 ? vget_low_s16(eight) : vget_high_s16(eight);
    }

    int16x8_t low_, high_;
  };

  // As LaneSums; 255 numbers at a time are summed in int16.
  template <int kBlocks>
  class Sums {
   public:
    explicit Sums(std::int32_t start) {
      for (Int32& lane : lanes_) lane = Int32{} + start;
      clear();
    }
    void add(const Stored* x) {
#pragma GCC unroll 4
      for (int b = 0; b < kBlocks; ++b) {
        const int8x16_t bytes = vld1q_s8(x + 16 * b);
        low_[b] = vaddw_s8(low_[b], vget_low_s8(bytes));
        high_[b] = vaddw_s8(high_[b], vget_high_s8(bytes));
      }
      if (--room_ == 0) flush();
    }
    const Int32* lanes() {
      flush();
      return lanes_;
    }

   private:
    void clear() {
      for (int b = 0; b < kBlocks; ++b) low_[b] = high_[b] = vdupq_n_s16(0);
      room_ = 255;  // 255 * 128 < 2^15
    }
    void flush() {
      for (int b = 0; b < kBlocks; ++b) {
        take_in(low_[b], lanes_ + 4 * b);
        take_in(high_[b], lanes_ + 4 * b + 2);
      }
      clear();
    }
    static void take_in(int16x8_t words, Int32* lanes) {
      lanes[0] = Int32(vaddw_s16(int32x4_t(lanes[0]), vget_low_s16(words)));
      lanes[1] = Int32(vaddw_s16(int32x4_t(lanes[1]), vget_high_s16(words)));
    }

    Int32 lanes_[kBlocks * kBlock];
    int16x8_t low_[kBlocks], high_[kBlocks];
    int room_;
  };

  using Constants = NeonConstants;
  template <Form kForm>
  using Requantize = RequantizeNeon<kForm>;
  template <Form kForm>
  static Int32 requantize(const Requantize<kForm>& requantize, Int32 x) {
    return Int32(requantize(int32x4_t(x)));
  }

 private:
  // 1 to 4 bytes; the others of the result are 0.
  static int8x16_t load_first(const Stored* x, int count) {
    std::uint32_t value = 0;
    if (count == kLanes) {
      std::memcpy(&value, x, sizeof(value));
    } else {
      value = static_cast<std::uint8_t>(x[0]);
      if (count >= 2) value |= std::uint32_t{static_cast<std::uint8_t>(x[1])} << 8;
      if (count >= 3) value |= std::uint32_t{static_cast<std::uint8_t>(x[2])} << 16;
    }
    return vreinterpretq_s8_u32(vsetq_lane_u32(value, vdupq_n_u32(0), 0));
  }
  static void store_first(Stored* y, std::uint32_t value, int count) {
    if (count == kLanes) {
      std::memcpy(y, &value, sizeof(value));
      return;
    }
    y[0] = static_cast<Stored>(value);
    if (count >= 2) y[1] = static_cast<Stored>(value >> 8);
    if (count >= 3) y[2] = static_cast<Stored>(value >> 16);
  }
};

}  // namespace
}  // namespace qrun::kernels
