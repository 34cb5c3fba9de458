// Float inputs and outputs of models whose converted form starts and ends with integers.

#pragma once

#include <vector>

#include "tests/golden/golden.h"

#define SKIP_IF_MISSING(folder) \
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << (folder) << " is not here; set QRUN_SHARED_DATA"

namespace qrun::golden {

enum class Halves { kAwayFromZero, kToEven };  // TensorFlow Lite's rounding, ONNX's

std::vector<float> floats(const Bytes& bytes);
Bytes quantize(const Bytes& real, const TensorInfo& info, Halves halves);
Bytes dequantize(const Bytes& quantized, const TensorInfo& info);

}  // namespace qrun::golden
