// Means and sums with AVX2 on uint8 storage, for the AVX-VNNI row. The algorithm: reduce.inl.

#include "kernels/reduce/reduce.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avxvnni {

void reduce(const void* params, const Operands& operands, Range elements) {
  kernels::reduce<Avx2UInt8>(*static_cast<const ReduceParams*>(params), operands, elements);
}

}  // namespace qrun::kernels::avxvnni
