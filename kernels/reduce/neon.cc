// Means and sums with NEON. The algorithm: reduce.inl.

#include "kernels/reduce/reduce.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_neon.inl"

namespace qrun::kernels::neon {

void reduce(const void* params, const Operands& operands, Range elements) {
  kernels::reduce<Neon>(*static_cast<const ReduceParams*>(params), operands, elements);
}

}  // namespace qrun::kernels::neon
