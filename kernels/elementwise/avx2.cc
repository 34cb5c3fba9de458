// Add, mul and PRelu with AVX2. The algorithms: elementwise.inl, linear_add.inl.

#include "kernels/bytes_avx2.inl"
#include "kernels/elementwise/elementwise.inl"
#include "kernels/elementwise/linear_add.inl"
#include "kernels/row_kernels.h"
#include "kernels/vector_avx2.inl"

namespace qrun::kernels::avx2 {

void add(const void* params, const Operands& operands, Range rows) {
  kernels::add<Avx2>(*static_cast<const AddParams*>(params), operands, rows);
}

void linear_add(const void* params, const Operands& operands, Range rows) {
  kernels::linear_add<Bytes256, true>(*static_cast<const LinearAddParams*>(params), operands, rows);
}

void mul(const void* params, const Operands& operands, Range rows) {
  kernels::mul<Avx2>(*static_cast<const MulParams*>(params), operands, rows);
}

void prelu(const void* params, const Operands& operands, Range rows) {
  kernels::prelu<Avx2>(*static_cast<const PReluParams*>(params), operands, rows);
}

}  // namespace qrun::kernels::avx2
