// Add as one line through both inputs, in vectors of pairs of 16 bits. Traits: bytes_avx2.inl.
//
// All is computed as uint8; int8 numbers are 128 less, which the offset takes in. With each weight = high * 2^15 + low,
// |low| <= 2^14, nested floors give
//   (w1 x1 + w2 x2 + offset) >> shift = ((h1 x1 + h2 x2 + ((l1 x1 + l2 x2 + fraction) >> 15)) >> (shift - 15)) + whole
// where offset = whole * 2^shift + fraction, 0 <= fraction < 2^shift <= 2^30. |l1 x1 + l2 x2| <= 2^23, and high fits 16
// bits as |weight| < 2^30 - 2^14: everything fits int32. What the last shift leaves is at most 255 * 2 * 2^(30 - shift)
// + 1 in magnitude and fits 16 bits as shift >= 25; so does `whole`, and their sum may saturate.

#pragma once

#include "kernels/elementwise/input_row.inl"
#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

template <class Isa, bool kSigned>
class LinearAdd {
 public:
  using Bytes = typename Isa::Bytes;
  using Int32 = typename Isa::Int32;

  explicit LinearAdd(const LinearAddParams& p) : shift_(p.shift - 15) {
    const std::int64_t offset =
        p.offset + kFlip * ((std::int64_t{1} << p.shift) - std::int64_t{p.weight1} - std::int64_t{p.weight2});
    whole_ = static_cast<std::int16_t>(offset >> p.shift);
    fraction_ = static_cast<std::int32_t>(offset & ((std::int64_t{1} << p.shift) - 1));
    const std::int32_t high1 = (p.weight1 + (1 << 14)) >> 15, high2 = (p.weight2 + (1 << 14)) >> 15;
    high_ = pair(high1, high2);
    low_ = pair(p.weight1 - high1 * (1 << 15), p.weight2 - high2 * (1 << 15));
    min_ = static_cast<std::uint8_t>(p.clamp.min + kFlip);
    max_ = static_cast<std::uint8_t>(p.clamp.max + kFlip);
  }

  void operator()(const std::uint8_t* x1, const std::uint8_t* x2, std::uint8_t* y) const {
    Int32 lanes[4];
    Isa::pairs(Isa::load(x1) ^ kFlip, Isa::load(x2) ^ kFlip, lanes);
#pragma GCC unroll 4
    for (Int32& lane : lanes) {
      const Int32 fine = Isa::dot(Int32{} + fraction_, lane, low_) >> 15;
      lane = Isa::dot(fine, lane, high_) >> shift_;
    }
    Bytes bytes = Isa::pack(lanes, whole_);
    bytes = bytes > min_ ? bytes : Bytes{} + min_;
    bytes = bytes < max_ ? bytes : Bytes{} + max_;
    Isa::store(y, bytes ^ kFlip);
  }

 private:
  static constexpr std::uint8_t kFlip = kSigned ? 0x80 : 0;

  static Int32 pair(std::int32_t low, std::int32_t high) {
    return Int32{} + (high * (1 << 16) + static_cast<std::uint16_t>(low));
  }

  Int32 high_, low_;
  std::int32_t fraction_, shift_;
  std::int16_t whole_;
  std::uint8_t min_, max_;
};

template <class Isa, bool kSigned>
void linear_add(const LinearAddParams& p, const Operands& operands, Range rows) {
  for_each_byte_block<sizeof(typename Isa::Bytes)>(p.broadcast, operands, rows, LinearAdd<Isa, kSigned>(p));
}

}  // namespace
}  // namespace qrun::kernels
