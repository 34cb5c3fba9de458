// The rounding of ONNX: halves to the even neighbour.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace qrun::converter {

// The int8 number that stands for a real one: real / scale rounded half to even in float32, plus the zero point,
// saturated. What is not a number becomes the least.
inline std::int32_t quantize_half_even(float real, float scale, std::int64_t zero_point) {
  const float steps = std::nearbyint(real / scale);
  if (std::isnan(steps)) return -128;
  constexpr float kLimit = 1 << 20;  // beyond what a zero point brings back
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(static_cast<std::int64_t>(std::clamp(steps, -kLimit, kLimit)) + zero_point, -128, 127));
}

}  // namespace qrun::converter
