// Vectors of any number of lanes, in plain C++: the gemm and tile templates run on them with any layout, on any CPU.
//
// Why here: these are not the reference kernels but the very templates, constants and forms of the SIMD rows, with each
// instruction replaced by a loop.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

template <int kLanes>
struct ScalarVector {
  std::int32_t lane[kLanes];
  const void* operand;  // in place of sums: the weights or activations of a dot product
};

// requantize.inl's forms, lane by lane.
template <Form kForm, int kLanes>
class ScalarRequantize {
 public:
  explicit ScalarRequantize(const VectorConstants<kLanes>& constants) : constants_(constants) {}

  ScalarVector<kLanes> operator()(ScalarVector<kLanes> x) const {
    for (int i = 0; i < kLanes; ++i) x.lane[i] = unshifted(i, x.lane[i]) >> shift(i);
    return x;
  }
  ScalarVector<kLanes> unshifted(ScalarVector<kLanes> x) const {
    for (int i = 0; i < kLanes; ++i) x.lane[i] = unshifted(i, x.lane[i]);
    return x;
  }

 private:
  static constexpr bool kShifts = kForm != Form::kAny && kForm != Form::kOnceWithTies;
  std::int32_t shift(int i) const { return kShifts ? constants_.shift[i] : 0; }
  std::int32_t unshifted(int i, std::int32_t x) const {
    // Not an array chosen first: GCC 12 with its sanitizers copies that before it is indexed.
    const std::int64_t addend = i % 2 == 0 ? constants_.even_addend[i / 2] : constants_.odd_addend[i / 2];
    const std::int32_t m = constants_.multiplier[i];
    if constexpr (kForm == Form::kAny) {
      return apply({m, constants_.shift[i]}, x) + static_cast<std::int32_t>(addend);
    } else if constexpr (kForm == Form::kOnceWithTies) {
      const std::int64_t sum = std::int64_t{x} * m + addend, one = std::int64_t{1} << (32 + constants_.shift[i]);
      const std::int64_t y = sum >> (32 + constants_.shift[i]), zero_point = addend >> (32 + constants_.shift[i]);
      const bool tie = (sum & (one - 1)) == 0;
      return static_cast<std::int32_t>(tie && (y - zero_point) % 2 != 0 ? y - 1 : y);
    } else if constexpr (kForm == Form::kRightShiftClamped) {
      return static_cast<std::int32_t>((std::int64_t{x} * m + addend) >> 32);
    } else {
      const std::uint64_t u = static_cast<std::uint32_t>(x);
      const std::uint64_t sum = u * static_cast<std::uint32_t>(m) + static_cast<std::uint64_t>(addend);
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum >> 32) + static_cast<std::uint32_t>(u >> 31));
    }
  }

  const VectorConstants<kLanes>& constants_;
};

template <int kLanes>
ScalarVector<kLanes> scalar_load(const std::int32_t* lanes) {
  ScalarVector<kLanes> x = {};
  for (int i = 0; i < kLanes; ++i) x.lane[i] = lanes[i];
  return x;
}

template <int kLanes>
ScalarVector<kLanes> scalar_add(ScalarVector<kLanes> x, std::int32_t value) {
  for (std::int32_t& lane : x.lane) lane = wrapping_add(lane, static_cast<std::uint32_t>(value));
  return x;
}

// The first `columns` of the vectors' lanes.
template <int kLanes>
void scalar_store(std::uint8_t* output, const ScalarVector<kLanes>* y, Clamp range, int columns) {
  for (int i = 0; i < columns; ++i) output[i] = static_cast<std::uint8_t>(clamp(y[i / kLanes].lane[i % kLanes], range));
}

// Likewise of unshifted lanes that a word shift (requantize.inl) is left to.
template <int kLanes>
void scalar_store_word_shifted(std::uint8_t* output, const ScalarVector<kLanes>* x,
                               const VectorConstants<kLanes>* constants, int columns) {
  for (int i = 0; i < columns; ++i) {
    const std::int32_t word = clamp(x[i / kLanes].lane[i % kLanes], {0, 65535});
    output[i] = static_cast<std::uint8_t>(clamp(word >> constants[i / kLanes].shift[i % kLanes], {0, 255}));
  }
}

}  // namespace
}  // namespace qrun::kernels
