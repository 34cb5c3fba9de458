// The kernels besides convolutions that rows hold in place of the reference's: those of an instruction set in a
// namespace of its row's name, those that are faster on any CPU in `portable`.
//
// Parameters and operands: kernels.h. Algorithms: each family's .inl.

#pragma once

#include "kernels/kernels.h"

namespace qrun::kernels {

using Kernel = void(const void* params, const Operands& operands, Range range);

namespace portable {
template <class T>
void softmax(const SoftmaxParams& params, const Operands& operands, Range rows);
template <class T>
void arg_max(const ArgMaxParams& params, const Operands& operands, Range elements);
}  // namespace portable

namespace avx2 {
Kernel add, linear_add, mul, prelu;
Kernel lookup;
Kernel average_pool, max_pool;
Kernel reduce;
Kernel resize_bilinear;
Kernel copy, flip;
}  // namespace avx2

// uint8 storage with AVX2's instructions. What works on bytes alone, as flip does, is avx2's.
namespace avxvnni {
Kernel add, linear_add, mul, prelu;
Kernel average_pool, max_pool;
Kernel reduce;
Kernel resize_bilinear;
}  // namespace avxvnni

namespace avx512vnni {
Kernel add, linear_add, mul, prelu;
Kernel lookup;
Kernel average_pool, max_pool;
Kernel reduce;
Kernel resize_bilinear;
Kernel flip;
}  // namespace avx512vnni

namespace avx512vbmi {
Kernel lookup;
}  // namespace avx512vbmi

namespace neon {
Kernel add, linear_add, mul, prelu;
Kernel lookup;
Kernel average_pool, max_pool;
Kernel reduce;
Kernel resize_bilinear;
Kernel copy, flip;
}  // namespace neon

}  // namespace qrun::kernels
