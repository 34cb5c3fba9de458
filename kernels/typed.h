// The one place where a kernel's types are erased, and what every typed kernel says about its operands.
//
// Kernels are written as `void add(const AddParams&, const Operands&, Range)`, templates on the storage type T (int8_t
// or uint8_t); `erase<&add<T>>` is the KernelFunction that a row holds. All is static: see quantize.h.

#pragma once

#include <cstdint>
#include <limits>

#include "kernels/kernels.h"

namespace qrun::kernels {

template <class Params>
Params params_of(void (*kernel)(const Params&, const Operands&, Range));  // never defined: names the type

// The KernelFunction of a typed kernel.
template <auto kKernel>
static void erase(const void* params, const Operands& operands, Range range) {
  kKernel(*static_cast<const decltype(params_of(kKernel))*>(params), operands, range);
}

template <class T>
static const T* input(const Operands& operands, int index) {
  return reinterpret_cast<const T*>(operands.input[index]);
}

template <class T>
static T* output(const Operands& operands) {
  return reinterpret_cast<T*>(operands.output);
}

// The whole range of a storage type.
template <class T>
inline constexpr Clamp kStorageRange = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};

template <class T>
static constexpr T saturate(std::int32_t x) {
  return static_cast<T>(clamp(x, kStorageRange<T>));
}

}  // namespace qrun::kernels
