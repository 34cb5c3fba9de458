// Division and multiples, rounded up. All is static: see quantize.h.

#pragma once

namespace qrun::kernels {

// Requires: value >= 0, divisor > 0; value + divisor - 1 fits Integer.
template <class Integer>
static constexpr Integer divide_up(Integer value, Integer divisor) {
  return (value + divisor - 1) / divisor;
}

template <class Integer>
static constexpr Integer round_up(Integer value, Integer multiple) {
  return divide_up(value, multiple) * multiple;
}

}  // namespace qrun::kernels
