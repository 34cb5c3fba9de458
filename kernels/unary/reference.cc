// Functions of one element: requantize with the RELU family, leaky RELU, hard-swish, and any other by its table.
//
// Source: docs/arithmetic.md, Linear operators and Softmax and tables. Faster rows run these over the 256 inputs once
// and look the answers up.

#include "kernels/reference.h"

#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

template <class T, class Function>
void for_each_element(const Operands& operands, Range elements, Function function) {
  const T* x = input<T>(operands, 0);
  T* y = output<T>(operands);
  for (std::int32_t i = elements.begin; i < elements.end; ++i) y[i] = function(x[i]);
}

constexpr std::int16_t saturate16(std::int32_t x) {
  return static_cast<std::int16_t>(
      clamp(x, {std::numeric_limits<std::int16_t>::min(), std::numeric_limits<std::int16_t>::max()}));
}

// relu6(x + 3) / 6 in Q0.15, for v = x on the 128 times finer scale of the input. The left shift is split, its last bit
// after the multiplication, because a 16-bit product of a saturated value would lose it.
std::int32_t reluish(std::int16_t v, std::int16_t multiplier, std::int32_t exponent) {
  if (exponent > 0) v = saturate16(v * (1 << (exponent - 1)));
  v = saturating_rounding_doubling_high_mul16(v, multiplier);
  if (exponent > 0) v = saturate16(v * 2);
  const std::int32_t shifted = exponent < 0 ? rounding_divide_by_pot(v, -exponent) : v;
  return (shifted + (1 << 15)) >> 1;
}

}  // namespace

template <class T>
void requantize(const RequantizeParams& p, const Operands& operands, Range elements) {
  for_each_element<T>(operands, elements, [&p](std::int32_t x) {
    return static_cast<T>(clamp(apply(p.rescale, x - p.input_zero_point) + p.output_zero_point, p.clamp));
  });
}

template <class T>
void leaky_relu(const LeakyReluParams& p, const Operands& operands, Range elements) {
  for_each_element<T>(operands, elements, [&p](std::int32_t x) {
    const std::int32_t v = x - p.input_zero_point;
    const std::int32_t y = v >= 0 ? apply(p.rescale, v) : p.alpha_sign * apply(p.alpha_rescale, v);
    return saturate<T>(y + p.output_zero_point);
  });
}

template <class T>
void hard_swish(const HardSwishParams& p, const Operands& operands, Range elements) {
  for_each_element<T>(operands, elements, [&p](std::int32_t x) {
    const auto v = static_cast<std::int16_t>((x - p.input_zero_point) * 128);  // |v| <= 255 * 128
    const std::int16_t scaled = saturating_rounding_doubling_high_mul16(v, p.output_multiplier);
    const std::int32_t product = reluish(v, p.reluish_multiplier, p.reluish_exponent) * scaled / (1 << 15);
    return saturate<T>(rounding_divide_by_pot(product, -p.output_exponent) + p.output_zero_point);
  });
}

void lookup(const void* /*params*/, const Operands& operands, Range elements) {
  for_each_element<std::uint8_t>(operands, elements, [&operands](std::uint8_t x) { return operands.constant[x]; });
}

template void requantize<std::int8_t>(const RequantizeParams&, const Operands&, Range);
template void requantize<std::uint8_t>(const RequantizeParams&, const Operands&, Range);
template void leaky_relu<std::int8_t>(const LeakyReluParams&, const Operands&, Range);
template void leaky_relu<std::uint8_t>(const LeakyReluParams&, const Operands&, Range);
template void hard_swish<std::int8_t>(const HardSwishParams&, const Operands&, Range);
template void hard_swish<std::uint8_t>(const HardSwishParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
