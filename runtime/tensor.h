// How the tables of a file read as plain values: shapes, sizes, rescales. For checking, describing and planning alike.

#pragma once

#include <cstdint>
#include <span>

#include "kernels/kernels.h"
#include "qfb_generated.h"

namespace qrun::runtime {

// Outermost extent first; empty for a scalar.
using Shape = std::span<const std::int32_t>;

inline Shape shape_of(const qfb::Tensor& tensor) {
  return tensor.shape() == nullptr ? Shape{} : Shape{tensor.shape()->data(), tensor.shape()->size()};
}

// Of one element.
inline std::int32_t dtype_bytes(qfb::DType dtype) {
  switch (dtype) {
    case qfb::DType::int32:
      return 4;
    case qfb::DType::int64:
      return 8;
    default:
      return 1;
  }
}

inline kernels::Rescale native(const qfb::Rescale& rescale) { return {rescale.multiplier(), rescale.shift()}; }
inline kernels::Rounding rounding(const qfb::Accumulation& accumulation) {
  return accumulation.rounds_once() ? kernels::Rounding::kOnce : kernels::Rounding::kTwice;
}

}  // namespace qrun::runtime
