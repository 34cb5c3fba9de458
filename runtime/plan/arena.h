// The arena's layout: an offset for each buffer, so that buffers alive at the same time never overlap.
//
// Greedy: each buffer goes into the smallest gap that those placed before leave it, the largest first. Known from
// TensorFlow Lite's planners to come within a few percent of the optimum on real networks; where it is above the lower
// bound, other orders are tried, too.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/kernels.h"

namespace qrun::runtime {

inline std::uint64_t align_up(std::uint64_t bytes) {
  return (bytes + kernels::kArenaAlignment - 1) / kernels::kArenaAlignment * kernels::kArenaAlignment;
}

// Alive from step `first` to step `last`, both included. The caller fills inputs before step 0 and reads outputs after
// the last step, possibly while it fills the inputs of the next run.
struct ArenaBuffer {
  std::uint64_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
  bool is_input = false;
  bool is_output = false;
  std::uint64_t offset = 0;  // what lay_out_arena finds; a multiple of 64
};

// Whether the two may not share memory.
bool conflict(const ArenaBuffer& a, const ArenaBuffer& b);

// What no layout can do with less than: the buffers alive at the step that needs most, or all inputs and outputs.
std::uint64_t arena_lower_bound(std::span<const ArenaBuffer> buffers);

// Sets every offset and returns the bytes that all need together, a multiple of 64.
std::uint64_t lay_out_arena(std::span<ArenaBuffer> buffers);

}  // namespace qrun::runtime
