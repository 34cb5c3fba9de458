// The real multiplier of a rescale as integers: docs/arithmetic.md, Primitives, QM.

#pragma once

#include "kernels/quantize.h"

namespace qrun::converter {

// real = multiplier * 2^(shift - 31), the mantissa rounded half away from zero. Requires: real finite and >= 0. The
// multiplier is 0 or in [2^30, 2^31); the shift is at least -31, and beyond 30 where real >= 2^30, which no file holds.
kernels::Rescale quantize_multiplier(double real);

}  // namespace qrun::converter
