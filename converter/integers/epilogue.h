// What stands between an operator that has integer kernels and the quantization of its result: scales and offsets per
// channel (batch normalization, alpha and beta of a Gemm), and clamps. All of it goes into the kernel's own
// multipliers, bias and clamp.

#pragma once

#include <vector>

#include "converter/integers/context.h"

namespace qrun::converter::integral {

// y = clamp(scale[c] * x + offset[c]), each of one entry or of one for each channel, the last axis.
struct Epilogue {
  std::vector<double> scale{1}, offset{0};
  Activation clamp = Activation::kNone;

  bool is_affine() const { return scale != std::vector<double>{1} || offset != std::vector<double>{0}; }
  bool is_per_channel() const { return scale.size() > 1 || offset.size() > 1; }
  // For channels that stand `times` in a row of all of them.
  void repeat(std::size_t times);
  bool is_identity() const { return !is_affine() && clamp == Activation::kNone; }
};

// A clamp before all that the epilogue has; false, and nothing, where it does not go in.
bool prepend_clamp(Epilogue& epilogue, Activation range);

// The activation that is fused into an operator; null where none can be.
const Activation* activation_of(const Parameters& parameters);

// Refuses an epilogue that scales or moves the result of `op`.
[[noreturn]] void refuse_affine(const Operator& op);

// Takes operators off the end as long as the epilogue can stand for them: `result` becomes the tensor before them.
// With `uniform` only those that treat all elements alike.
void peel(Context& context, TensorId& result, Epilogue& epilogue, bool uniform = false);

}  // namespace qrun::converter::integral
