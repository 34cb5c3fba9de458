// Bias correction: rounding a layer's weights shifts the mean of each of its output channels, and a bias can shift it
// back (Nagel et al. 2019, section 4.2).

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// bias[c] + real_means[c] - quantized_means[c], where both means are of channel c of the layer's output before its
// activation function, over the same samples: of the real network and of the one with quantized weights. An empty bias
// is one of zeros. Refuses other lengths and results that are not finite.
std::vector<float> corrected_bias(std::span<const float> bias, std::span<const double> real_means,
                                  std::span<const double> quantized_means);

// The means of a linear operator's inputs over samples: of each channel, or of each of the numbers that FullyConnected
// multiplies with a row of weights.
class InputMeans {
 public:
  explicit InputMeans(std::size_t count) : sums_(count) {}
  void add(std::span<const float> values);
  std::vector<double> means() const;

 private:
  std::vector<double> sums_;
  std::uint64_t rows_ = 0;
};

// By the output of the operator: none where its weights are no real constants.
std::map<TensorId, InputMeans> input_means(const Graph& graph);

// The means of a linear operator's output channels, its bias aside, where its inputs have those means everywhere:
// padding at an image's edges counts as image. `weights` is of that shape.
std::vector<double> output_means(const Parameters& linear, const Shape& shape, std::span<const float> weights,
                                 std::span<const double> means);

}  // namespace qrun::converter::calibrate
