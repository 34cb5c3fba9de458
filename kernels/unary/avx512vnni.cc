// Table lookup with AVX-512 (BW; a permutation of 128 bytes at once would be VBMI, which Cascade Lake lacks). The
// algorithm: lookup.inl.

#include "kernels/bytes_avx512.inl"
#include "kernels/row_kernels.h"
#include "kernels/unary/lookup.inl"

namespace qrun::kernels::avx512vnni {
void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  kernels::lookup<Bytes512>(operands, elements);
}

}  // namespace qrun::kernels::avx512vnni
