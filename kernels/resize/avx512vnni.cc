// Bilinear resize with AVX-512. The algorithm: resize.inl.

#include "kernels/resize/resize.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx512.inl"

namespace qrun::kernels::avx512vnni {

void resize_bilinear(const void* params, const Operands& operands, Range pixels) {
  kernels::resize_bilinear<Avx512>(*static_cast<const ResizeBilinearParams*>(params), operands, pixels);
}

}  // namespace qrun::kernels::avx512vnni
