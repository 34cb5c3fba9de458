// The index of the first maximum along an axis.
//
// Source: docs/arithmetic.md, Pooling and reductions.

#include "kernels/reference.h"

#include <cstring>

#include "kernels/typed.h"

namespace qrun::kernels::reference {

template <class T>
void arg_max(const ArgMaxParams& p, const Operands& operands, Range elements) {
  for (std::int32_t i = elements.begin; i < elements.end; ++i) {
    const T* x = input<T>(operands, 0) + std::ptrdiff_t{i / p.inner} * p.extent * p.inner + i % p.inner;
    std::ptrdiff_t best = 0;
    for (std::ptrdiff_t k = 1; k < p.extent; ++k) {
      if (x[k * p.inner] > x[best * p.inner]) best = k;
    }
    std::uint8_t* y = operands.output + std::ptrdiff_t{i} * p.index_bytes;
    if (p.index_bytes == 4) {
      const auto index = static_cast<std::int32_t>(best);
      std::memcpy(y, &index, sizeof(index));
    } else {
      const std::int64_t index = best;
      std::memcpy(y, &index, sizeof(index));
    }
  }
}

template void arg_max<std::int8_t>(const ArgMaxParams&, const Operands&, Range);
template void arg_max<std::uint8_t>(const ArgMaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
