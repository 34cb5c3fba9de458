// See float_edges.h.

#include "tests/golden/float_edges.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace qrun::golden {

std::vector<float> floats(const Bytes& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

Bytes quantize(const Bytes& real, const TensorInfo& info, Halves halves) {
  const int low = info.dtype() == DType::kInt8 ? -128 : 0;
  Bytes result;
  for (const float x : floats(real)) {
    const float steps = x / info.scale();
    const float rounded = halves == Halves::kToEven ? std::nearbyint(steps) : std::round(steps);
    const int q = static_cast<int>(std::clamp(rounded, -1e6f, 1e6f)) + info.zero_point();
    result.push_back(static_cast<std::uint8_t>(std::clamp(q, low, low + 255)));
  }
  return result;
}

Bytes dequantize(const Bytes& quantized, const TensorInfo& info) {
  Bytes result;
  for (const std::uint8_t byte : quantized) {
    const int steps = value(info, byte) - info.zero_point();
    const float x = static_cast<float>(static_cast<double>(info.scale()) * steps);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&x);
    result.insert(result.end(), bytes, bytes + sizeof x);
  }
  return result;
}

}  // namespace qrun::golden
