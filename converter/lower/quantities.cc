#include "converter/lower/quantities.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "converter/lower/multiplier.h"
#include "converter/refusal.h"
#include "kernels/bounds.h"

namespace qrun::converter {
namespace {

constexpr std::int32_t kMaxShift = 30;  // of the format

// The quantized value of a real number, halves away from zero, the division in float32. Limited to what fits beside a
// zero point, because the caller narrows it to 8 bits.
std::int32_t quantized(float value, const Affine& affine) {
  constexpr float kLimit = 1 << 20;
  return affine.zero_point + static_cast<std::int32_t>(std::clamp(std::round(value / affine.scale), -kLimit, kLimit));
}

Affine type_range(DType dtype) {
  return dtype == DType::kInt8
             ? Affine{0, 0, std::numeric_limits<std::int8_t>::min(), std::numeric_limits<std::int8_t>::max()}
             : Affine{0, 0, 0, std::numeric_limits<std::uint8_t>::max()};
}

}  // namespace

std::int64_t Affine::reach() const { return std::max(std::abs(min - zero_point), std::abs(max - zero_point)); }

void check_quantization(const Tensor& tensor) {
  const Quantization& quantization = tensor.quantization;
  const std::size_t count = quantization.scales.size();
  if (quantization.zero_points.size() != count) {
    refuse("'{}' has {} scales and {} zero points", tensor.name, count, quantization.zero_points.size());
  }
  if (count > 1) {
    const std::size_t dimension = quantization.dimension;
    if (dimension >= tensor.rank() || static_cast<std::size_t>(tensor.shape[dimension]) != count) {
      refuse("'{}' has {} scales along dimension {} of shape {}", tensor.name, count, dimension,
             shape_text(tensor.shape));
    }
  }
  for (const float scale : quantization.scales) {
    if (!std::isfinite(scale) || scale <= 0) {
      refuse("'{}' has the scale {}; it must be positive and finite", tensor.name, scale);
    }
  }
  const Affine range = type_range(tensor.dtype);
  for (const std::int64_t zero_point : quantization.zero_points) {
    if (zero_point < range.min || zero_point > range.max) {
      refuse("'{}' has the zero point {}; {} holds {} to {}", tensor.name, zero_point, dtype_name(tensor.dtype),
             range.min, range.max);
    }
  }
}

Affine affine(const Tensor& tensor) {
  if (!is_8_bit(tensor.dtype)) {
    refuse("'{}' is {}; it must be int8 or uint8", tensor.name, dtype_name(tensor.dtype));
  }
  check_quantization(tensor);
  if (tensor.quantization.scales.empty()) refuse("'{}' has no scale; quantize the whole model", tensor.name);
  if (tensor.quantization.scales.size() > 1) {
    refuse("'{}' has a scale per channel; only weights may", tensor.name);
  }
  Affine result = type_range(tensor.dtype);
  result.scale = tensor.quantization.scales[0];
  result.zero_point = static_cast<std::int32_t>(tensor.quantization.zero_points[0]);
  return result;
}

void check_same_dtype(const Tensor& a, const Tensor& b) {
  if (a.dtype == b.dtype) return;
  refuse("'{}' is {} and '{}' is {}; they must be the same", a.name, dtype_name(a.dtype), b.name, dtype_name(b.dtype));
}

kernels::Clamp activation_range(Activation activation, const Affine& output) {
  kernels::Clamp range{output.min, output.max};
  if (activation.min > -kInfinity) range.min = std::clamp(quantized(activation.min, output), range.min, range.max);
  if (activation.max < kInfinity) range.max = std::clamp(quantized(activation.max, output), range.min, range.max);
  return range;
}

kernels::Rescale checked_rescale(double real, std::int64_t bound, std::int64_t offset, const Tensor& output) {
  constexpr const char* kHelp = "its scales are too far apart; quantize the model again with more representative data";
  if (!std::isfinite(real)) refuse("the multiplier for '{}' is {}; {}", output.name, real, kHelp);
  const kernels::Rescale rescale = quantize_multiplier(real);
  if (rescale.shift > kMaxShift) refuse("the multiplier for '{}' is {:g}; {}", output.name, real, kHelp);
  if (!kernels::fits_int32(rescale, bound, offset)) {
    refuse("values up to {} times {:g} leave 32 bits in '{}'; {}", bound, real, output.name, kHelp);
  }
  return rescale;
}

}  // namespace qrun::converter
