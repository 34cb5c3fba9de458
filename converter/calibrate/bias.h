// Bias correction: rounding a layer's weights shifts the mean of each of its output channels, and a bias can shift it
// back (Nagel et al. 2019, section 4.2).

#pragma once

#include <span>
#include <vector>

namespace qrun::converter::calibrate {

// bias[c] + real_means[c] - quantized_means[c], where both means are of channel c of the layer's output before its
// activation function, over the same samples: of the real network and of the one with quantized weights. An empty bias
// is one of zeros. Correct layers in order of execution, with the means taken anew behind each corrected one. Refuses
// other lengths and results that are not finite.
std::vector<float> corrected_bias(std::span<const float> bias, std::span<const double> real_means,
                                  std::span<const double> quantized_means);

}  // namespace qrun::converter::calibrate
