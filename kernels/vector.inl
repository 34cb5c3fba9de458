// What the vectorized kernels besides convolutions share. One algorithm serves every instruction set: it is written for
// a traits struct `Isa` (vector_avx2.inl, vector_avx512.inl, vector_neon.inl) with
//   Stored     int8_t or uint8_t: the storage domain's type
//   Int32      a vector of kLanes int32, whose operators work lane by lane (a GNU vector extension); UInt32 likewise
//   kBlock     vectors that one pass of a loop takes, as many as a store narrows together
//   Bytes      a block as a vector of Stored
//   widen      loads stored numbers into lanes: kLanes, or the first `count` of them
//   Differences, Sums  LaneDifferences and LaneSums, or what is faster
//   store      narrows lanes to stored numbers, saturated and clamped: of several vectors, or the first `count` of one
//   Constants (of kLanes channels: requantize.inl), Requantize<Form>, requantize
//   kMultipliesHigh    whether that takes few instructions; if not, multiply_pairs: sums of two products of 16 bits
// A comparison of vectors gives -1 where it is true and 0 where not.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/indexing.h"
#include "kernels/kernels.h"
#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

template <class Isa>
constexpr std::ptrdiff_t kBlockLanes = std::ptrdiff_t{Isa::kBlock} * Isa::kLanes;

template <class Isa>
const typename Isa::Stored* stored_input(const Operands& operands, int index) {
  return reinterpret_cast<const typename Isa::Stored*>(operands.input[index]);
}

template <class Isa>
typename Isa::Stored* stored_output(const Operands& operands) {
  return reinterpret_cast<typename Isa::Stored*>(operands.output);
}

// A block of stored numbers less their zero point, or the first `count` lanes of one vector.
template <class Isa>
class LaneDifferences {
 public:
  using Stored = typename Isa::Stored;
  using Int32 = typename Isa::Int32;

  LaneDifferences(const Stored* x, std::int32_t zero_point) {
#pragma GCC unroll 4
    for (int v = 0; v < Isa::kBlock; ++v) lanes_[v] = Isa::widen(x + v * Isa::kLanes) - zero_point;
  }
  LaneDifferences(const Stored* x, std::int32_t zero_point, int count) {
    lanes_[0] = Isa::widen(x, count) - zero_point;
  }
  Int32 operator[](int v) const { return lanes_[v]; }
  Int32 times(const LaneDifferences& other, int v) const { return lanes_[v] * other.lanes_[v]; }

 private:
  Int32 lanes_[Isa::kBlock];
};

// The sums of many stored numbers in each lane of kBlocks blocks.
template <class Isa, int kBlocks>
class LaneSums {
 public:
  using Int32 = typename Isa::Int32;

  explicit LaneSums(std::int32_t start) {
    for (Int32& lane : lanes_) lane = Int32{} + start;
  }
  void add(const typename Isa::Stored* x) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) lanes_[v] += Isa::widen(x + v * Isa::kLanes);
  }
  const Int32* lanes() const { return lanes_; }

 private:
  static constexpr int kVectors = kBlocks * Isa::kBlock;
  Int32 lanes_[kVectors];
};

// As many of kLanes as are left of `count` after `done`.
template <class Isa>
int lanes_left(std::ptrdiff_t count, std::ptrdiff_t done) {
  return count - done < Isa::kLanes ? static_cast<int>(count - done) : Isa::kLanes;
}

// y = apply(rescale, x) + zero point, of one rescale for all lanes; the store clamps it.
template <class Isa, Form kForm>
class Requantizer {
 public:
  Requantizer(Rescale rescale, std::int32_t zero_point) : requantize_(constants(rescale, zero_point)) {}

  typename Isa::Int32 operator()(typename Isa::Int32 x) const {
    constexpr std::int32_t kOffset = Isa::Constants::kRightShiftOffset;
    static_assert(kOffset == 0 || kOffset == kInt32Min);
    if constexpr (kForm == Form::kRightShift && kOffset != 0) x ^= kOffset;  // + 2^31
    return Isa::requantize(requantize_, x);
  }

 private:
  static typename Isa::Constants constants(Rescale rescale, std::int32_t zero_point) {
    typename Isa::Constants result;
    for (int lane = 0; lane < Isa::kLanes; ++lane) set_lane(result, lane, kForm, rescale, zero_point, Rounding::kTwice);
    return result;
  }

  typename Isa::template Requantize<kForm> requantize_;
};

// Calls body(requantizer) with the cheapest Requantizer for |x| <= bound.
template <class Isa, class Body>
void with_requantizer(Rescale rescale, std::uint32_t bound, std::int32_t zero_point, Clamp clamp, Body body) {
  switch (form_of<typename Isa::Constants>(rescale, bound, zero_point, clamp, Rounding::kTwice)) {
    case Form::kOnce:
    case Form::kOnceWithTies:
    case Form::kRightShiftClamped:
      return body(Requantizer<Isa, Form::kRightShiftClamped>(rescale, zero_point));
    case Form::kRightShift:
      return body(Requantizer<Isa, Form::kRightShift>(rescale, zero_point));
    case Form::kAny:
      return body(Requantizer<Isa, Form::kAny>(rescale, zero_point));
  }
}

}  // namespace
}  // namespace qrun::kernels
