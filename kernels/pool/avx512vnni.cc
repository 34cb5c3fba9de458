// Average and maximum pooling with AVX-512. The algorithm: pool.inl.

#include "kernels/pool/pool.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx512.inl"

namespace qrun::kernels::avx512vnni {

void average_pool(const void* params, const Operands& operands, Range pixels) {
  pool<Avx512, Average>(*static_cast<const PoolParams*>(params), operands, pixels);
}

void max_pool(const void* params, const Operands& operands, Range pixels) {
  pool<Avx512, Maximum>(*static_cast<const PoolParams*>(params), operands, pixels);
}

}  // namespace qrun::kernels::avx512vnni
