// What the gemm traits of ARM's rows share: int8 activations where they lie, four int32 sums a vector.

#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/tile.inl"
#include "kernels/requantize_neon.inl"

namespace qrun::kernels {
namespace {

struct GemmNeon {
  using Stored = std::int8_t;
  using Activation = std::int8_t;
  using Vector = int32x4_t;
  using Constants = NeonConstants;
  static constexpr int kLanes = 4;
  static constexpr bool kOverlapped = false;

  static Vector load_bias(const std::int32_t* bias) { return vld1q_s32(bias); }
  template <Form kForm>
  using Requantize = RequantizeNeon<kForm>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    for (int r = 0; r < MR; ++r, output += stride) {
      if (columns == kVectors * kLanes) {
        store_int8<kVectors>(output, y[r], range);
      } else {
        std::uint8_t bytes[kVectors * kLanes];
        store_int8<kVectors>(bytes, y[r], range);
        std::memcpy(output, bytes, static_cast<std::size_t>(columns));
      }
    }
  }
};

}  // namespace
}  // namespace qrun::kernels
