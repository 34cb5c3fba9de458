// Calibration reports of made-up but plausible figures, the same on every machine.

#pragma once

#include <cstddef>

#include "converter/calibrate/report.h"

namespace qrun::converter::calibrate {

// A chain of convolutions as in MobileNet: a few layers with a fault that some remedy mends, the rest fair. Every layer
// has a quantized output with a histogram of 128 bins, and weights of up to 256 channels.
Report example_report(std::size_t layers);

}  // namespace qrun::converter::calibrate
