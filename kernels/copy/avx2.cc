// The strided copy and the flip between storage types with AVX2. The algorithms: copy.inl, flip.inl.

#include "kernels/copy/copy.inl"
#include "kernels/copy/flip.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avx2 {

void copy(const void* params, const Operands& operands, Range range) {
  kernels::copy(*static_cast<const CopyParams*>(params), operands, range);
}

void flip(const void* /*params*/, const Operands& operands, Range bytes) { kernels::flip<Avx2>(operands, bytes); }

}  // namespace qrun::kernels::avx2
