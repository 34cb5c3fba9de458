// What steps and bands of steps cost, as far as the plan must know: which steps to run as bands, and on how many
// threads. Cycles of a current CPU; only ratios matter.

#pragma once

#include <cstdint>
#include <span>

#include "runtime/plan/draft.h"

namespace qrun::runtime {

struct Estimate {
  std::int32_t parts = 1;   // ranges to run at once, the cheapest number of 1 and as many as there are threads
  std::int64_t cycles = 0;  // until the last of them is done
};

// A step by itself, on up to `threads` threads.
Estimate estimate_step(const Draft& draft, const DraftStep& step, int threads);

// Steps that follow each other as the members of a band `height` rows high.
Estimate estimate_band(const Draft& draft, std::span<const DraftStep> members, std::int32_t height, int threads);

}  // namespace qrun::runtime
