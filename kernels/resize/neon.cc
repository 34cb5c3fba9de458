// Bilinear resize with NEON. The algorithm: resize.inl.

#include "kernels/resize/resize.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_neon.inl"

namespace qrun::kernels::neon {

void resize_bilinear(const void* params, const Operands& operands, Range pixels) {
  kernels::resize_bilinear<Neon>(*static_cast<const ResizeBilinearParams*>(params), operands, pixels);
}

}  // namespace qrun::kernels::neon
