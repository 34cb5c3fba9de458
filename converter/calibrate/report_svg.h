// The report's drawings: inline SVG that stretches to its box, colours by class (report_style.h).

#pragma once

#include <cstddef>
#include <vector>

#include "converter/calibrate/html.h"
#include "converter/calibrate/report.h"

namespace qrun::converter::calibrate {

inline constexpr Decibel kDecibelScale = 60;  // the length of every bar: more would not show in 8 bits

// A bar of that many dB, coloured by its grade.
Html decibel_bar(Decibel sqnr);

// From one SQNR to another: what was, and what is gained or lost.
Html change_bar(Decibel before, Decibel after);

// SQNR of all layers in execution order, one bar each, linked to the layers' rows.
Html profile(const std::vector<LayerReport>& layers);

struct Size {
  int width, height;
  std::size_t bins;  // drawn at most
};
inline constexpr Size kThumbnail{120, 24, 40}, kFull{640, 96, 128};

// Where the drawn axis of a tensor begins and ends: its histogram and its chosen range.
Interval axis(const TensorReport& tensor);

// The histogram, heights by the logarithm of the count; what lies outside the chosen range in another colour. Empty
// where there is none to draw.
Html histogram(const TensorReport& tensor, Size size);

// The range of every channel's weights, side by side.
Html channel_ranges(const std::vector<Interval>& weights);

}  // namespace qrun::converter::calibrate
