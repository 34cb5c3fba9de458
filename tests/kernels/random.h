// Random shapes, bytes and rescales for kernel tests, the same for a seed on every machine.
//
// Uniform choice finds few bugs in arithmetic: extremes, constant tensors and multipliers that make exact halves are
// drawn often.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "kernels/quantize.h"

namespace qrun::kernels::testing {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::int32_t between(std::int32_t low, std::int32_t high) {
    const std::uint64_t count = static_cast<std::uint64_t>(std::int64_t{high} - low + 1);
    return static_cast<std::int32_t>(low + static_cast<std::int64_t>(engine_() % count));
  }

  bool one_in(std::int32_t n) { return between(1, n) == 1; }

  // An int8 zero point: often an end of the range.
  std::int32_t zero_point() { return one_in(3) ? (one_in(2) ? -128 : 127) : between(-128, 127); }

  // Uniform bytes, or extremes only, or all the same.
  std::vector<std::int8_t> values(std::size_t count) {
    const std::int32_t kind = between(0, 5);
    const std::int32_t constant = one_in(2) ? -128 : 127;
    std::vector<std::int8_t> result(count);
    for (std::int8_t& value : result) {
      const std::int32_t extreme = one_in(2) ? -128 : 127;
      value = static_cast<std::int8_t>(kind == 0 ? constant : kind == 1 ? extreme : between(-128, 127));
    }
    return result;
  }

  // A rescale that brings values up to `reach` to somewhere between +-64 and +-1024.
  Rescale rescale(std::int64_t reach) {
    std::int32_t bits = 0;
    while (reach >> bits != 0) ++bits;
    const std::int32_t shift = between(7, 10) - bits;
    switch (between(0, 9)) {
      case 0:
        return {0, shift};
      case 1:
        return {1 << 30, shift};  // exact halves
      case 2:
        return {3 << 29, shift};
      case 3:
        return {between(1, 1 << 30), shift};  // unnormalized
      default:
        return {between(1 << 30, std::numeric_limits<std::int32_t>::max()), shift};
    }
  }

  // The whole int8 range, or an activation's.
  Clamp clamp() {
    if (one_in(2)) return {-128, 127};
    const std::int32_t low = between(-128, 127);
    return {low, between(low, 127)};
  }

 private:
  std::mt19937 engine_;
};

}  // namespace qrun::kernels::testing
