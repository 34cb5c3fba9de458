// The reference kernels: the arithmetic of docs/arithmetic.md in plain C++, the definition that every other kernel must
// equal byte by byte. Each is a template on the storage type, instantiated for int8_t and uint8_t in its family's
// reference.cc. What each computes, its units and whether it works in place stand with its parameters in kernels.h.
//
// Rows take from here whatever their instruction set does not do better.

#pragma once

#include "kernels/kernels.h"

namespace qrun::kernels::reference {

// conv/, dwconv/: named by the domain of their activations.
extern const ConvKernel kConvInt8, kConvUInt8;
extern const ConvKernel kDepthwiseInt8, kDepthwiseUInt8;

// elementwise/
template <class T>
void add(const AddParams& params, const Operands& operands, Range rows);
template <class T>
void mul(const MulParams& params, const Operands& operands, Range rows);
template <class T>
void prelu(const PReluParams& params, const Operands& operands, Range rows);

// unary/
template <class T>
void requantize(const RequantizeParams& params, const Operands& operands, Range elements);
template <class T>
void leaky_relu(const LeakyReluParams& params, const Operands& operands, Range elements);
template <class T>
void hard_swish(const HardSwishParams& params, const Operands& operands, Range elements);
void lookup(const void* params, const Operands& operands, Range elements);

// pool/, reduce/, softmax/, arg_max/
template <class T>
void average_pool(const PoolParams& params, const Operands& operands, Range pixels);
template <class T>
void max_pool(const PoolParams& params, const Operands& operands, Range pixels);
template <class T>
void reduce(const ReduceParams& params, const Operands& operands, Range elements);
template <class T>
void softmax(const SoftmaxParams& params, const Operands& operands, Range rows);
template <class T>
void arg_max(const ArgMaxParams& params, const Operands& operands, Range elements);

// copy/: bytes of either domain.
void copy(const CopyParams& params, const Operands& operands, Range rows);
void fill(const FillParams& params, const Operands& operands, Range bytes);
void flip(const void* params, const Operands& operands, Range bytes);
void gather(const GatherParams& params, const Operands& operands, Range blocks);

// resize/
template <class T>
void resize_bilinear(const ResizeBilinearParams& params, const Operands& operands, Range pixels);
void resize_nearest(const ResizeNearestParams& params, const Operands& operands, Range pixels);

}  // namespace qrun::kernels::reference
