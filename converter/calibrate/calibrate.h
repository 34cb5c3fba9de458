// From a graph of real numbers to one with Quantize and Dequantize in it, of which integers can be made
// (integers/integers.h): activations by the ranges that samples show, weights by their own.

#pragma once

#include <functional>

#include "converter/calibrate/range.h"
#include "converter/calibrate/samples.h"
#include "converter/calibrate/weights.h"
#include "converter/graph.h"

namespace qrun::converter::calibrate {

struct Options {
  RangeMethod range = RangeMethod::kMinMax;
  RangeOptions range_options;
  bool symmetric_activations = false;
  bool per_channel = true;
  WeightRange weight_range = WeightRange::kNarrow;
  bool equalize = false;
};

// Told how many samples of how many have run.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

// Runs all samples through the graph. Refuses operators that cannot be computed in real numbers, samples that are not
// the inputs', and ranges that cannot be quantized. Adds notes to the graph.
void calibrate(Graph& graph, Samples& samples, const Options& options, const Progress& progress);

}  // namespace qrun::converter::calibrate
