// Add, mul and PRelu with NEON. The algorithms: elementwise.inl, linear_add_neon.inl.

#include "kernels/elementwise/elementwise.inl"
#include "kernels/elementwise/linear_add_neon.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_neon.inl"

namespace qrun::kernels::neon {

void add(const void* params, const Operands& operands, Range rows) {
  kernels::add<Neon>(*static_cast<const AddParams*>(params), operands, rows);
}

void linear_add(const void* params, const Operands& operands, Range rows) {
  kernels::linear_add(*static_cast<const LinearAddParams*>(params), operands, rows);
}

void mul(const void* params, const Operands& operands, Range rows) {
  kernels::mul<Neon>(*static_cast<const MulParams*>(params), operands, rows);
}

void prelu(const void* params, const Operands& operands, Range rows) {
  kernels::prelu<Neon>(*static_cast<const PReluParams*>(params), operands, rows);
}

}  // namespace qrun::kernels::neon
