// Means and sums with AVX2. The algorithm: reduce.inl.

#include "kernels/reduce/reduce.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avx2 {

void reduce(const void* params, const Operands& operands, Range elements) {
  kernels::reduce<Avx2>(*static_cast<const ReduceParams*>(params), operands, elements);
}

}  // namespace qrun::kernels::avx2
