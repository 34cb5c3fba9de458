#include "converter/lower/multiplier.h"

#include <cmath>
#include <cstdint>

namespace qrun::converter {

kernels::Rescale quantize_multiplier(double real) {
  constexpr std::int64_t kOne = std::int64_t{1} << 31;
  int shift = 0;
  const double mantissa = std::frexp(real, &shift);
  auto multiplier = static_cast<std::int64_t>(std::round(mantissa * static_cast<double>(kOne)));
  if (multiplier == kOne) {
    multiplier /= 2;
    ++shift;
  }
  if (multiplier == 0 || shift < -31) return {0, 0};
  return {static_cast<std::int32_t>(multiplier), shift};
}

}  // namespace qrun::converter
