// Means and sums with AVX-512. The algorithm: reduce.inl.

#include "kernels/reduce/reduce.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx512.inl"

namespace qrun::kernels::avx512vnni {

void reduce(const void* params, const Operands& operands, Range elements) {
  kernels::reduce<Avx512>(*static_cast<const ReduceParams*>(params), operands, elements);
}

}  // namespace qrun::kernels::avx512vnni
