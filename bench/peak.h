// The most multiply-accumulates a core can do with a row's instructions: what kernels' speeds are shares of.
//
// Measured by independent dot products on registers alone, in the same run as the kernels, as clocks vary.

#pragma once

#include <string_view>

namespace qrun::bench {

// MACs a second of the row's widest dot product, or 0 where it is not known. Takes a few milliseconds the first time.
double peak_macs_per_second(std::string_view row);

}  // namespace qrun::bench
