// From real weights to int8 ones and their scales. All round to the nearest, halves to the even neighbour, and all zero
// points are 0.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// Where the channels of a row-major tensor are, as in Quantization.dimension: element i is of channel
// (i / stride) % count.
struct Channels {
  std::size_t count, stride, dimension;

  std::size_t of(std::size_t element) const { return element / stride % count; }
};
Channels channels_along(const Shape& shape, std::size_t dimension);

enum class WeightRange {
  kNarrow,  // [-127, 127]: negating a weight is exact
  kFull,    // [-128, 127]
};

struct QuantizedWeights {
  std::vector<std::int8_t> values;
  Quantization quantization;  // one scale, or one for each channel
};

// The least scale that holds the greatest weight of each channel, or of all where `per_channel` is not set:
// max|w| / 127; in the full range max(max(w) / 127, -min(w) / 128).
//
// A channel of zeros is zeros with any scale; it gets the greatest scale of the others, in which its bias is no coarser
// than theirs, or 1 where all are zero. No scale is below `least_scales`, one or one for each channel where there are
// any: what an int32 bias in units of input scale times weight scale needs so as not to overflow.
//
// Refuses weights that are not finite.
struct WeightScheme {
  bool per_channel = true;
  WeightRange range = WeightRange::kNarrow;
  std::span<const float> least_scales = {};
};
QuantizedWeights quantize_weights(std::span<const float> weights, const Channels& channels, const WeightScheme& scheme);

// round(w / scale), saturated. The scale must be positive and finite.
QuantizedWeights quantize_with_scale(std::span<const float> weights, float scale,
                                     WeightRange range = WeightRange::kNarrow);

// Row by row: round(w * factor) with factor = 127 / max|w|, in float32; 1 for a row of zeros. The quantization's scales
// are 1 / factor. It differs from the first by the rounding of the factors alone.
struct ScaledRows {
  QuantizedWeights weights;
  std::vector<float> factors;
};
ScaledRows quantize_by_factors(std::span<const float> weights, const Channels& rows);

// scale * q.
std::vector<float> real_weights(const QuantizedWeights& weights, const Channels& channels);

}  // namespace qrun::converter::calibrate
