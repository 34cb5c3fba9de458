// Mean and sum over any axes: one kernel, for a mean's division is in its rescale.
//
// Source: docs/arithmetic.md, Pooling and reductions. A sum of at most 2^23 bytes fits in int32.

#include "kernels/reference.h"

#include "kernels/indexing.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {

template <class T>
void reduce(const ReduceParams& p, const Operands& operands, Range elements) {
  T* y = output<T>(operands);
  for (std::int32_t i = elements.begin; i < elements.end; ++i) {
    const T* x = input<T>(operands, 0) + strided_offset(i, p.kept_dims, p.kept_extent, p.kept_stride);
    std::int32_t sum = 0;
    for (std::int32_t r = 0; r < p.count; ++r) {
      sum += x[strided_offset(r, p.reduced_dims, p.reduced_extent, p.reduced_stride)] - p.input_zero_point;
    }
    y[i] = saturate<T>(apply(p.rescale, sum) + p.output_zero_point);
  }
}

template void reduce<std::int8_t>(const ReduceParams&, const Operands&, Range);
template void reduce<std::uint8_t>(const ReduceParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
