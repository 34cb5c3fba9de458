// The flip between storage types with AVX-512. The algorithm: flip.inl.

#include "kernels/copy/flip.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx512.inl"

namespace qrun::kernels::avx512vnni {

void flip(const void* /*params*/, const Operands& operands, Range bytes) { kernels::flip<Avx512>(operands, bytes); }

}  // namespace qrun::kernels::avx512vnni
