// Average and maximum pooling with NEON. The algorithm: pool.inl.

#include "kernels/pool/pool.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_neon.inl"

namespace qrun::kernels::neon {

void average_pool(const void* params, const Operands& operands, Range pixels) {
  pool<Neon, Average>(*static_cast<const PoolParams*>(params), operands, pixels);
}

void max_pool(const void* params, const Operands& operands, Range pixels) {
  pool<Neon, Maximum>(*static_cast<const PoolParams*>(params), operands, pixels);
}

}  // namespace qrun::kernels::neon
