// Add, mul and PRelu of two broadcast inputs, one element at a time.
//
// Source: docs/arithmetic.md, Linear operators. Differences are at most 255, so add's 20-bit shift and the products fit
// easily; loading proves that the rescaled sums do too.

#include "kernels/reference.h"

#include "kernels/indexing.h"
#include "kernels/typed.h"

namespace qrun::kernels::reference {
namespace {

// y = combine(x1, x2) for every element of the rows.
template <class T, class Combine>
void for_each_pair(const Broadcast& shape, const Operands& operands, Range rows, Combine combine) {
  const std::int32_t last = shape.dims - 1;
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const T* x1 = input<T>(operands, 0) + strided_offset(row, last, shape.extent, shape.stride1);
    const T* x2 = input<T>(operands, 1) + strided_offset(row, last, shape.extent, shape.stride2);
    T* y = output<T>(operands) + std::ptrdiff_t{row} * shape.extent[last];
    for (std::ptrdiff_t i = 0; i < shape.extent[last]; ++i) {
      y[i] = combine(x1[i * shape.stride1[last]], x2[i * shape.stride2[last]]);
    }
  }
}

}  // namespace

template <class T>
void add(const AddParams& p, const Operands& operands, Range rows) {
  for_each_pair<T>(p.broadcast, operands, rows, [&p](std::int32_t x1, std::int32_t x2) {
    constexpr std::int32_t kOne = 1 << 20;
    const std::int32_t a = apply(p.input1_rescale, (x1 - p.input1_zero_point) * kOne);
    const std::int32_t b = apply(p.input2_rescale, (x2 - p.input2_zero_point) * kOne);
    return static_cast<T>(clamp(apply(p.output_rescale, a + p.sign * b) + p.output_zero_point, p.clamp));
  });
}

template <class T>
void mul(const MulParams& p, const Operands& operands, Range rows) {
  for_each_pair<T>(p.broadcast, operands, rows, [&p](std::int32_t x1, std::int32_t x2) {
    const std::int32_t product = (x1 - p.input1_zero_point) * (x2 - p.input2_zero_point);
    return static_cast<T>(clamp(apply(p.rescale, product) + p.output_zero_point, p.clamp));
  });
}

template <class T>
void prelu(const PReluParams& p, const Operands& operands, Range rows) {
  for_each_pair<T>(p.broadcast, operands, rows, [&p](std::int32_t x, std::int32_t alpha) {
    const std::int32_t v = x - p.input_zero_point;
    const std::int32_t y = v >= 0 ? apply(p.rescale, v) : apply(p.alpha_rescale, v * (alpha - p.alpha_zero_point));
    return saturate<T>(y + p.output_zero_point);
  });
}

template void add<std::int8_t>(const AddParams&, const Operands&, Range);
template void add<std::uint8_t>(const AddParams&, const Operands&, Range);
template void mul<std::int8_t>(const MulParams&, const Operands&, Range);
template void mul<std::uint8_t>(const MulParams&, const Operands&, Range);
template void prelu<std::int8_t>(const PReluParams&, const Operands&, Range);
template void prelu<std::uint8_t>(const PReluParams&, const Operands&, Range);

}  // namespace qrun::kernels::reference
