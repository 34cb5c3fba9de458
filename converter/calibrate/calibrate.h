// From a graph of real numbers to one with Quantize and Dequantize in it, of which integers can be made
// (integers/integers.h): activations by the ranges that samples show, weights by their own.

#pragma once

#include <functional>
#include <map>

#include "converter/calibrate/bias.h"
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
  bool correct_bias = false;
};

// Told how many samples of how many have run.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

// What the samples showed.
struct Observations {
  std::map<TensorId, Observer> tensors;     // those to quantize
  std::map<TensorId, InputMeans> products;  // by the outputs of linear operators
};

// The three stages. What is observed serves any options that prepare() alike, also in a second reading of the source.
//
// Drops what nothing needs, and equalizes.
void prepare(Graph& graph, const Options& options);
// Runs all samples through the graph. Refuses operators that cannot be computed in real numbers and samples that are
// not the inputs'.
Observations observe(const Graph& graph, Samples& samples, const Progress& progress);
// Refuses ranges that cannot be quantized. Adds notes to the graph.
void quantize(Graph& graph, const Observations& seen, const Options& options);

// All three.
void calibrate(Graph& graph, Samples& samples, const Options& options, const Progress& progress);

}  // namespace qrun::converter::calibrate
