// Add, mul and PRelu of two broadcast inputs in vectors of int32 lanes. Traits: vector.inl.

#pragma once

#include "kernels/elementwise/input_row.inl"
#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

// y = combine(x1 - zero_point1, x2 - zero_point2, v), clamped, for every element of the rows, v vectors of a block.
template <class Isa, class Combine>
void for_each_pair(const Broadcast& shape, const Operands& operands, Range rows, std::int32_t zero_point1,
                   std::int32_t zero_point2, Clamp clamp, Combine combine) {
  const std::int32_t last = shape.dims - 1;
  const std::ptrdiff_t count = shape.extent[last];
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const InputRow<typename Isa::Stored, kBlockLanes<Isa>> row1(
        stored_input<Isa>(operands, 0) + strided_offset(row, last, shape.extent, shape.stride1), shape.stride1[last]);
    const InputRow<typename Isa::Stored, kBlockLanes<Isa>> row2(
        stored_input<Isa>(operands, 1) + strided_offset(row, last, shape.extent, shape.stride2), shape.stride2[last]);
    const auto x1 = row1.blocks(), x2 = row2.blocks();
    typename Isa::Stored* y = stored_output<Isa>(operands) + row * count;
    std::ptrdiff_t i = 0;
    for (; i + kBlockLanes<Isa> <= count; i += kBlockLanes<Isa>) {
      const typename Isa::Differences d1(x1[i], zero_point1), d2(x2[i], zero_point2);
      typename Isa::Int32 lanes[Isa::kBlock];
#pragma GCC unroll 4
      for (int v = 0; v < Isa::kBlock; ++v) lanes[v] = combine(d1, d2, v);
      Isa::store(y + i, lanes, clamp);
    }
    for (; i < count; i += Isa::kLanes) {
      const int left = lanes_left<Isa>(count, i);
      const typename Isa::Differences d1(x1[i], zero_point1, left), d2(x2[i], zero_point2, left);
      Isa::store(y + i, combine(d1, d2, 0), clamp, left);
    }
  }
}

// The greatest |apply(rescale, (x - zero_point) << 20)| of a stored number x.
template <class Isa>
std::uint32_t add_input_bound(Rescale rescale, std::int32_t zero_point) {
  std::uint32_t bound = 0;
  for (const std::int32_t x : {Isa::kRange.min, Isa::kRange.max}) {
    const std::int32_t y = apply(rescale, (x - zero_point) * (1 << 20));
    const std::uint32_t magnitude = y < 0 ? 0U - static_cast<std::uint32_t>(y) : static_cast<std::uint32_t>(y);
    bound = magnitude > bound ? magnitude : bound;
  }
  return bound;
}

// An input of add: apply(rescale, d << 20) for |d| <= 255, in 32 bits.
//
// Let e = -shift in [0, 19], r = [e >= 1]. As in requantize.inl the two roundings are one floor,
//   floor((d m + 2^10 + r (2^(10+e) - [d < 0] 2^11)) / 2^(11+e)).
// With 11 + e = s + t, s <= 16, and m = high * 2^s + low, -2^(s-1) <= low < 2^(s-1), nested floors make it
//   (d high + ((d low - r [d < 0] 2^11 + 2^10 + r 2^(10+e)) >> s)) >> t.
// |d low| < 2^23 and 2^(10+e) <= 2^29: the inner sum fits. high <= 2^20, so d high does too. d's upper 16 bits are
// -[d < 0], so that one multiplication of pairs gives the inner sum's variable part. A left shift of at most 3 only
// makes m longer: high <= 2^23 and |d| <= 255 still fit, as does the result, (255 << 23) m / 2^31 at most.
template <class Isa>
class AddInput {
 public:
  using Int32 = typename Isa::Int32;

  static bool takes(Rescale rescale) { return rescale.shift >= -19 && rescale.shift <= 3; }

  explicit AddInput(Rescale rescale) {
    const std::int32_t e = rescale.shift < 0 ? -rescale.shift : 0;
    const std::int32_t left = rescale.shift > 0 ? rescale.shift : 0;
    inner_shift_ = 11 + e < 16 ? 11 + e : 16;
    outer_shift_ = 11 + e - inner_shift_;
    const std::int64_t m = std::int64_t{rescale.multiplier} << left;
    high_ = static_cast<std::int32_t>((m + (std::int64_t{1} << (inner_shift_ - 1))) >> inner_shift_);
    low_ = static_cast<std::int16_t>(m - (std::int64_t{high_} << inner_shift_));
    negative_ = e > 0 ? 1 << 11 : 0;
    rounding_ = (1 << 10) + (e > 0 ? 1 << (10 + e) : 0);
  }

  Int32 operator()(Int32 d) const {
    return (d * high_ + ((Isa::multiply_pairs(d, low_, negative_) + rounding_) >> inner_shift_)) >> outer_shift_;
  }

 private:
  std::int32_t inner_shift_, outer_shift_, high_, rounding_;
  std::int16_t low_, negative_;
};

// The same for any rescale.
template <class Isa>
class AnyAddInput {
 public:
  explicit AnyAddInput(Rescale rescale) : requantize_(rescale, 0) {}
  typename Isa::Int32 operator()(typename Isa::Int32 d) const { return requantize_(d << 20); }

 private:
  Requantizer<Isa, Form::kAny> requantize_;
};

template <class Isa, class Input>
void add_inputs(const AddParams& p, const Operands& operands, Range rows) {
  const Input input1(p.input1_rescale), input2(p.input2_rescale);
  const bool subtract = p.sign < 0;
  const std::uint32_t bound = add_input_bound<Isa>(p.input1_rescale, p.input1_zero_point) +
                              add_input_bound<Isa>(p.input2_rescale, p.input2_zero_point);
  with_requantizer<Isa>(p.output_rescale, bound, p.output_zero_point, p.clamp, [&](const auto& requantize) {
    for_each_pair<Isa>(p.broadcast, operands, rows, p.input1_zero_point, p.input2_zero_point, p.clamp,
                       [&](const auto& d1, const auto& d2, int v) {
                         const typename Isa::Int32 a = input1(d1[v]), b = input2(d2[v]);
                         return requantize(subtract ? a - b : a + b);
                       });
  });
}

template <class Isa>
void add(const AddParams& p, const Operands& operands, Range rows) {
  if constexpr (!Isa::kMultipliesHigh) {
    if (AddInput<Isa>::takes(p.input1_rescale) && AddInput<Isa>::takes(p.input2_rescale)) {
      return add_inputs<Isa, AddInput<Isa>>(p, operands, rows);
    }
  }
  add_inputs<Isa, AnyAddInput<Isa>>(p, operands, rows);
}

constexpr std::uint32_t kMaxDifference = 255;  // of two stored numbers

template <class Isa>
void mul(const MulParams& p, const Operands& operands, Range rows) {
  constexpr std::uint32_t kBound = kMaxDifference * kMaxDifference;
  with_requantizer<Isa>(p.rescale, kBound, p.output_zero_point, p.clamp, [&](const auto& requantize) {
    for_each_pair<Isa>(p.broadcast, operands, rows, p.input1_zero_point, p.input2_zero_point, p.clamp,
                       [&](const auto& d1, const auto& d2, int v) { return requantize(d1.times(d2, v)); });
  });
}

template <class Isa, Form kForm>
void prelu_of_form(const PReluParams& p, const Operands& operands, Range rows) {
  const Requantizer<Isa, kForm> identity(p.rescale, p.output_zero_point);
  const Requantizer<Isa, kForm> scaled(p.alpha_rescale, p.output_zero_point);
  for_each_pair<Isa>(
      p.broadcast, operands, rows, p.input_zero_point, p.alpha_zero_point, Isa::kRange,
      [&](const auto& d, const auto& alpha, int v) { return d[v] >= 0 ? identity(d[v]) : scaled(d.times(alpha, v)); });
}

template <class Isa>
void prelu(const PReluParams& p, const Operands& operands, Range rows) {
  const auto form = [&](Rescale rescale, std::uint32_t bound) {
    return form_of<typename Isa::Constants>(rescale, bound, p.output_zero_point, Isa::kRange, Rounding::kTwice);
  };
  const Form both = form(p.rescale, kMaxDifference);
  if (both != form(p.alpha_rescale, kMaxDifference * kMaxDifference)) {
    return prelu_of_form<Isa, Form::kAny>(p, operands, rows);
  }
  switch (both) {
    case Form::kOnce:
    case Form::kOnceWithTies:
    case Form::kRightShiftClamped:
      return prelu_of_form<Isa, Form::kRightShiftClamped>(p, operands, rows);
    case Form::kRightShift:
      return prelu_of_form<Isa, Form::kRightShift>(p, operands, rows);
    case Form::kAny:
      return prelu_of_form<Isa, Form::kAny>(p, operands, rows);
  }
}

}  // namespace
}  // namespace qrun::kernels
