// Average and maximum pooling with AVX2 on uint8 storage, for the AVX-VNNI row. The algorithm: pool.inl.

#include "kernels/pool/pool.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avxvnni {

void average_pool(const void* params, const Operands& operands, Range pixels) {
  pool<Avx2UInt8, Average>(*static_cast<const PoolParams*>(params), operands, pixels);
}

void max_pool(const void* params, const Operands& operands, Range pixels) {
  pool<Avx2UInt8, Maximum>(*static_cast<const PoolParams*>(params), operands, pixels);
}

}  // namespace qrun::kernels::avxvnni
