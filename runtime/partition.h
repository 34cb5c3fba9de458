// How a step's units are shared among threads.

#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/kernels.h"
#include "kernels/rounding.h"

namespace qrun::runtime {

// Part number `part` of `parts`, cut at multiples of `grain`: as even as these allow.
inline kernels::Range part_of(kernels::Units units, std::int32_t parts, std::int32_t part) {
  const auto blocks = kernels::divide_up<std::int64_t>(units.count, units.grain);
  const auto cut = [&](std::int64_t p) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(blocks * p / parts * units.grain, units.count));
  };
  return {cut(part), cut(part + 1)};
}

}  // namespace qrun::runtime
