// The bias of a linear operator: read as the source has it, written in steps of the accumulator.

#pragma once

#include <vector>

#include "converter/integers/epilogue.h"
#include "converter/integers/weights.h"

namespace qrun::converter::integral {

// Real numbers, and where these are dequantized, the integers and their scales.
struct Bias {
  std::vector<double> reals;           // one for each channel
  std::vector<std::int64_t> integers;  // less their zero point
  std::vector<float> scales;
};

// Zeros where the operator has none. Refuses what is no constant, and integers without scales.
Bias read_bias(Context& context, const Operator& op, std::size_t channels);

// The int32 bias of weights that have taken over the epilogue's scales, which its offsets are part of; kAbsent where it
// is 0. Integers in the accumulator's own unit are kept. Refuses a bias that leaves 32 bits.
TensorId integer_bias(Context& context, const Operator& op, const Bias& bias, const ChannelWeights& weights,
                      const Quantization& x, const Epilogue& epilogue, TensorId output);

}  // namespace qrun::converter::integral
