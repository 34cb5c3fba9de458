// The flip between storage types with AVX2. The algorithm: flip.inl.

#include "kernels/copy/flip.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avx2 {

void flip(const void* /*params*/, const Operands& operands, Range bytes) { kernels::flip<Avx2>(operands, bytes); }

}  // namespace qrun::kernels::avx2
