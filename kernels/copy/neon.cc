// The strided copy and the flip between storage types with NEON. The algorithms: copy.inl, flip.inl.

#include "kernels/copy/copy.inl"
#include "kernels/copy/flip.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_neon.inl"

namespace qrun::kernels::neon {

void copy(const void* params, const Operands& operands, Range range) {
  kernels::copy(*static_cast<const CopyParams*>(params), operands, range);
}

void flip(const void* /*params*/, const Operands& operands, Range bytes) { kernels::flip<Neon>(operands, bytes); }

}  // namespace qrun::kernels::neon
