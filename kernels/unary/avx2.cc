// Table lookup with AVX2. The algorithm: lookup.inl.

#include "kernels/bytes_avx2.inl"
#include "kernels/row_kernels.h"
#include "kernels/unary/lookup.inl"

namespace qrun::kernels::avx2 {
void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  kernels::lookup<Bytes256>(operands, elements);
}

}  // namespace qrun::kernels::avx2
