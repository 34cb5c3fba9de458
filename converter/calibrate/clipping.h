// Ranges that cut off some of a histogram's tails, because a finer step is worth more than what they hold.
//
// Both search all pairs of ends on the bins' edges with zero between them, so that a long tail on one side costs the
// other nothing.

#pragma once

#include "converter/calibrate/histogram.h"
#include "converter/calibrate/range.h"

namespace qrun::converter::calibrate {

// The range of least expected squared error with 256 levels: a step^2 / 12 for each value inside that is not zero, the
// squared distance from the range for each outside.
Range least_squares_range(const Histogram& histogram);

// The range whose 256 levels tell the most of the distribution: of least Kullback-Leibler divergence between the
// clipped histogram and what the levels leave of it.
Range least_divergence_range(const Histogram& histogram);

}  // namespace qrun::converter::calibrate
