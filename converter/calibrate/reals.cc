#include "converter/calibrate/reals.h"

#include <flatbuffers/base.h>

#include "converter/half_even.h"
#include "converter/half_float.h"
#include "converter/lower/quantities.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

constexpr std::int64_t kUnsignedOffset = 128;  // from int8 to uint8

// Which of the tensor's scales an element has.
class Scales {
 public:
  explicit Scales(const Tensor& tensor) : quantization_(tensor.quantization) {
    for (std::size_t i = quantization_.dimension + 1; i < tensor.rank(); ++i) {
      inner_ *= static_cast<std::size_t>(tensor.shape[i]);
    }
  }
  std::size_t index(std::size_t element) const {
    return quantization_.scales.size() == 1 ? 0 : element / inner_ % quantization_.scales.size();
  }
  float scale(std::size_t element) const { return quantization_.scales[index(element)]; }
  std::int64_t zero_point(std::size_t element) const {
    const auto& zero_points = quantization_.zero_points;
    return zero_points.empty() ? 0 : zero_points[zero_points.size() == 1 ? 0 : index(element)];
  }

 private:
  const Quantization& quantization_;
  std::size_t inner_ = 1;
};

double number(DType dtype, const std::uint8_t* element) {
  switch (dtype) {
    case DType::kFloat16:
      return static_cast<double>(from_half(flatbuffers::ReadScalar<std::uint16_t>(element)));
    case DType::kInt8:
      return static_cast<double>(flatbuffers::ReadScalar<std::int8_t>(element));
    case DType::kInt16:
      return static_cast<double>(flatbuffers::ReadScalar<std::int16_t>(element));
    case DType::kInt32:
      return static_cast<double>(flatbuffers::ReadScalar<std::int32_t>(element));
    case DType::kInt64:
      return static_cast<double>(flatbuffers::ReadScalar<std::int64_t>(element));
    default:
      return static_cast<double>(*element);
  }
}

}  // namespace

void check_reals(const Tensor& tensor) {
  if (tensor.dtype == DType::kInt4 || tensor.dtype == DType::kOther) {
    refuse("'{}' is {}, which is not supported", tensor.name, dtype_name(tensor.dtype));
  }
  if (tensor.elements() < 1) refuse("'{}' has the empty shape {}", tensor.name, shape_text(tensor.shape));
  if (!is_quantized(tensor)) return;
  if (is_8_bit(tensor.dtype)) return check_quantization(tensor);
  const auto& [scales, zero_points, dimension] = tensor.quantization;
  const bool fits = scales.size() == 1 ||
                    (dimension < tensor.rank() && static_cast<std::size_t>(tensor.shape[dimension]) == scales.size());
  if (!fits || (zero_points.size() > 1 && zero_points.size() != scales.size())) {
    refuse("'{}' has {} scales and {} zero points, which its shape {} does not allow", tensor.name, scales.size(),
           zero_points.size(), shape_text(tensor.shape));
  }
}

std::vector<float> constant_reals(const Tensor& tensor) {
  if (tensor.dtype == DType::kFloat32) return reals(tensor);
  const std::size_t bytes = dtype_bytes(tensor.dtype);
  std::vector<float> values(tensor.data.size() / bytes);
  const Scales scales(tensor);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double stored = number(tensor.dtype, &tensor.data[i * bytes]);
    // In double: the product of an int32 and a float32 would round twice in float32.
    values[i] = static_cast<float>(is_quantized(tensor) ? static_cast<double>(scales.scale(i)) *
                                                              (stored - static_cast<double>(scales.zero_point(i)))
                                                        : stored);
  }
  return values;
}

void round_to_grid(const Tensor& tensor, std::span<float> values) {
  const Scales scales(tensor);
  const std::int64_t offset = tensor.dtype == DType::kUInt8 ? kUnsignedOffset : 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t zero_point = scales.zero_point(i) - offset;
    const std::int64_t q = quantize_half_even(values[i], scales.scale(i), zero_point);
    values[i] = scales.scale(i) * static_cast<float>(q - zero_point);
  }
}

}  // namespace qrun::converter::calibrate
