// Bilinear resize with AVX2 on uint8 storage, for the AVX-VNNI row. The algorithm: resize.inl.

#include "kernels/resize/resize.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avxvnni {

void resize_bilinear(const void* params, const Operands& operands, Range pixels) {
  kernels::resize_bilinear<Avx2UInt8>(*static_cast<const ResizeBilinearParams*>(params), operands, pixels);
}

}  // namespace qrun::kernels::avxvnni
