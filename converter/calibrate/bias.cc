#include "converter/calibrate/bias.h"

#include <cmath>

#include "converter/refusal.h"

namespace qrun::converter::calibrate {

std::vector<float> corrected_bias(std::span<const float> bias, std::span<const double> real_means,
                                  std::span<const double> quantized_means) {
  const std::size_t channels = real_means.size();
  if (quantized_means.size() != channels || (!bias.empty() && bias.size() != channels)) {
    refuse("its bias has {} channels, its real means have {} and its quantized ones {}; they must be the same",
           bias.size(), channels, quantized_means.size());
  }
  std::vector<float> corrected;
  for (std::size_t c = 0; c < channels; ++c) {
    const double before = bias.empty() ? 0 : static_cast<double>(bias[c]);
    corrected.push_back(static_cast<float>(before + real_means[c] - quantized_means[c]));
    if (!std::isfinite(corrected[c])) {
      refuse("the corrected bias of channel {} is {}; look for an overflow in the network", c, corrected[c]);
    }
  }
  return corrected;
}

}  // namespace qrun::converter::calibrate
