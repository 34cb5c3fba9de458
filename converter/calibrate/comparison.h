// How near the tensors of written files are to those of the real network, on samples.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "converter/calibrate/accuracy.h"
#include "converter/calibrate/calibrate.h"
#include "converter/graph.h"

namespace qrun::converter::calibrate {

struct TensorComparison {
  explicit TensorComparison(std::size_t channels) : by_channel(channels) {}
  SignalToNoise all;
  ChannelSignalToNoise by_channel;
  double max_difference = 0;                // in steps of the integers
  std::uint64_t values = 0, saturated = 0;  // real ones, and those more than half a step beyond the integers
};

struct OutputComparison {
  bool measured = false;
  SignalToNoise noise;
  CosineSimilarity cosine;  // of all samples as one vector
  TopAgreement top;
};

struct Comparison {
  std::map<std::string, TensorComparison> tensors;  // activations of both, by name
  std::vector<OutputComparison> outputs;            // integers without a scale are not measured

  double decibels() const;  // of the worst output
};

// One pass over the samples. The files were written from the graph, so that tensors of one name are the same. A label
// of each sample (TopAgreement) is looked for where an output has more than one number in its last dimension alone.
std::vector<Comparison> compare(const Graph& graph, Samples& samples, std::span<const std::vector<std::byte>> files,
                                const Progress& progress);

}  // namespace qrun::converter::calibrate
