// Depthwise convolution for ARM's dot products: four kernel rows to a lane, sdot.

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv.inl"
#include "kernels/dwconv/finish_neon.inl"

namespace qrun::kernels {
namespace {

struct DotProd {
  using Stored = std::int8_t;
  using Weight = std::int8_t;
  using Vector = int32x4_t;
  using Constants = NeonConstants;
  static constexpr int kLanes = 4;
  static constexpr int kTaps = 4;
  static constexpr bool kDirect = true;
  static constexpr int kWordForms = 3;
  static constexpr int kWeightRegisters = 12;
  static constexpr int kUsualTerms = 3;
  static constexpr std::int32_t kMinWeight = -128, kMaxWeight = 127;

  static Vector load(const void* p) { return vld1q_s32(static_cast<const std::int32_t*>(p)); }
  // Loaded anew for each output: that is as fast as a copy of a register, of which there are too few.
  struct Bias {
    const std::int32_t* from;
    operator Vector() const {
      const std::int32_t* p = from;
      asm("" : "+r"(p));
      return vld1q_s32(p);
    }
  };
  static Bias load_bias(const std::int32_t* bias) { return {bias}; }
  static Vector dot(Vector sums, Vector data, Vector weights) {
    return vdotq_s32(sums, vreinterpretq_s8_s32(data), vreinterpretq_s8_s32(weights));
  }
  static Vector splat(std::int32_t byte) { return vreinterpretq_s32_s8(vdupq_n_s8(static_cast<std::int8_t>(byte))); }
  static bool allows_words(Form form, Rescale rescale, std::uint32_t bound, Clamp /*clamp*/, Rounding rounding) {
    return results_fit_words(form, rescale, bound, rounding);
  }

  // Two outputs' sums to bytes.
  template <Form kForm, bool kWords>
  class FinishTwo {
   public:
    explicit FinishTwo(const Constants* constants) : requantize_(constants) {}

    // The first `count` lanes of each, or all where kWhole.
    template <bool kWhole>
    void store(std::uint8_t* first, std::uint8_t* second, const Vector (&first_sums)[2], const Vector (&second_sums)[2],
               Clamp range, std::ptrdiff_t count) const {
      int8x8_t y[] = {requantize_(first_sums), requantize_(second_sums)};
      clamp_bytes(y, range);
      if constexpr (kWhole) {
        vst1_u8(first, vreinterpret_u8_s8(y[0]));
        vst1_u8(second, vreinterpret_u8_s8(y[1]));
      } else {
        std::memcpy(first, &y[0], static_cast<std::size_t>(count));
        std::memcpy(second, &y[1], static_cast<std::size_t>(count));
      }
    }

   private:
    RequantizeBytes<kForm, kWords> requantize_;
  };
  template <Form kForm, bool kWords>
  using Finish = FinishTwo<kWords || kRoundsOnce<kForm> ? kForm : Form::kAny, kWords>;

  // Two vectors of {rows[0][offset + i], rows[1][offset + i], ...}, of the first `count` lanes or of all.
  template <bool kWhole>
  static void column(Vector (&to)[2], const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset, std::int32_t count) {
    uint8x16_t row[4];
    for (int k = 0; k < 4; ++k) {
      uint8x8_t bytes = {};
      if constexpr (kWhole) {
        bytes = vld1_u8(rows[k] + offset);
      } else {
        std::memcpy(&bytes, rows[k] + offset, static_cast<std::size_t>(count));
      }
      row[k] = vcombine_u8(bytes, vdup_n_u8(0));
    }
    interleave_8(to, vzip1q_u8(row[0], row[1]), vzip1q_u8(row[2], row[3]));
  }

  // line[i] = {rows[0][offset + i], rows[1][offset + i], ...}; a null row is the zero point. Writes whole vectors of 16
  // lanes; reads no byte beyond offset + count.
  static void interleave(std::int32_t* line, const std::uint8_t* const (&rows)[4], std::ptrdiff_t offset,
                         std::ptrdiff_t count, std::ptrdiff_t /*row_bytes*/, std::int8_t zero_point) {
    for (std::ptrdiff_t i = 0; i < count; i += 16) {
      uint8x16_t row[4];
      for (int k = 0; k < 4; ++k) {
        row[k] = rows[k] == nullptr ? vreinterpretq_u8_s8(vdupq_n_s8(zero_point))
                                    : first_16(rows[k] + offset + i, count - i);
      }
      Vector vectors[2][2];
      interleave_8(vectors[0], vzip1q_u8(row[0], row[1]), vzip1q_u8(row[2], row[3]));
      interleave_8(vectors[1], vzip2q_u8(row[0], row[1]), vzip2q_u8(row[2], row[3]));
      for (int v = 0; v < 4; ++v) vst1q_s32(line + i + v * kLanes, vectors[v / 2][v % 2]);
    }
  }

 private:
  // Of 8 lanes, from {row 0, row 1} and {row 2, row 3} of each.
  static void interleave_8(Vector (&to)[2], uint8x16_t rows01, uint8x16_t rows23) {
    const int16x8_t low = vreinterpretq_s16_u8(rows01), high = vreinterpretq_s16_u8(rows23);
    to[0] = vreinterpretq_s32_s16(vzip1q_s16(low, high));
    to[1] = vreinterpretq_s32_s16(vzip2q_s16(low, high));
  }
  // Of `count` bytes.
  static uint8x16_t first_16(const std::uint8_t* bytes, std::ptrdiff_t count) {
    if (count >= 16) return vld1q_u8(bytes);
    alignas(16) std::uint8_t padded[16] = {};
    std::memcpy(padded, bytes, static_cast<std::size_t>(count));
    return vld1q_u8(padded);
  }
};

}  // namespace

constinit const ConvKernel kDepthwiseDotProd = make_dw_kernel<DotProd>("qs8_qc8w_dwconv_8c__dotprod");

}  // namespace qrun::kernels
