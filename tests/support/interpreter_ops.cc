// Elementwise and unary operators, pools and reductions.

#include "tests/support/interpreter_ops.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace qrun::test {
namespace {

// y[index] = function(x1[index], x2[index]) with broadcasting.
template <class Function>
void binary(Operation& op, Function function) {
  for_each_index(op.y.shape, [&](const Index& index) {
    op.y.values[position(op.y.shape, index)] = function(at(op.x(0), index), at(op.x(1), index));
  });
}

template <class Function>
void unary(Operation& op, Function function) {
  std::transform(op.x().values.begin(), op.x().values.end(), op.y.values.begin(), function);
}

void compute(const qfb::AddT& p, Operation& op) {
  binary(op, [&](std::int64_t x1, std::int64_t x2) {
    const std::int64_t a = rescaled(*p.input1_rescale, (x1 - p.input1_zero_point) << 20);
    const std::int64_t b = rescaled(*p.input2_rescale, (x2 - p.input2_zero_point) << 20);
    const std::int64_t sum = p.kind == qfb::AddKind::sub ? a - b : a + b;
    return clamped(rescaled(*p.output_rescale, sum) + p.output_zero_point, *p.clamp);
  });
}

void compute(const qfb::MulT& p, Operation& op) {
  binary(op, [&](std::int64_t x1, std::int64_t x2) {
    const std::int64_t product = (x1 - p.input1_zero_point) * (x2 - p.input2_zero_point);
    return clamped(rescaled(*p.rescale, product) + p.output_zero_point, *p.clamp);
  });
}

void compute(const qfb::PReluT& p, Operation& op) {
  binary(op, [&](std::int64_t x, std::int64_t alpha) {
    const std::int64_t v = x - p.input_zero_point;
    const std::int64_t y =
        v >= 0 ? rescaled(*p.rescale, v) : rescaled(*p.alpha_rescale, v * (alpha - p.alpha_zero_point));
    return saturated(y + p.output_zero_point, op.output.dtype);
  });
}

void compute(const qfb::RequantizeT& p, Operation& op) {
  unary(op, [&](std::int64_t x) {
    return clamped(rescaled(*p.rescale, x - p.input_zero_point) + p.output_zero_point, *p.clamp);
  });
}

void compute(const qfb::LeakyReluT& p, Operation& op) {
  unary(op, [&](std::int64_t x) {
    const std::int64_t v = x - p.input_zero_point;
    const std::int64_t negative = rescaled(*p.alpha_rescale, v) * (p.negate_alpha ? -1 : 1);
    return saturated((v >= 0 ? rescaled(*p.rescale, v) : negative) + p.output_zero_point, op.output.dtype);
  });
}

void compute(const qfb::HardSwishT& p, Operation& op) {
  const auto saturate16 = [](std::int64_t v) {
    return static_cast<std::int16_t>(std::clamp<std::int64_t>(v, -32768, 32767));
  };
  unary(op, [&](std::int64_t x) {
    using kernels::saturating_rounding_doubling_high_mul16;
    const auto v = static_cast<std::int16_t>((x - p.input_zero_point) * 128);
    const std::int64_t pre = saturating_rounding_doubling_high_mul16(v, p.output_multiplier);
    const std::int32_t e = p.reluish_exponent;
    std::int64_t r = v;
    if (e > 0) r = saturate16(r * (std::int64_t{1} << (e - 1)));
    r = saturating_rounding_doubling_high_mul16(static_cast<std::int16_t>(r), p.reluish_multiplier);
    if (e > 0) r = saturate16(2 * r);
    if (e < 0) r = kernels::rounding_divide_by_pot(static_cast<std::int32_t>(r), -e);
    const std::int64_t product = ((r + 32768) >> 1) * pre / (1 << 15);
    const std::int64_t y = kernels::rounding_divide_by_pot(static_cast<std::int32_t>(product), -p.output_exponent);
    return saturated(y + p.output_zero_point, op.output.dtype);
  });
}

void compute(const qfb::LookupT& p, Operation& op) {
  unary(op, [&](std::int64_t x) -> std::int64_t {
    const std::uint8_t byte = p.table[static_cast<std::uint8_t>(x)];
    return op.output.dtype == qfb::DType::int8 ? std::int64_t{static_cast<std::int8_t>(byte)} : std::int64_t{byte};
  });
}

void compute(const qfb::Pool2DT& p, Operation& op) {
  const Array& x = op.x();
  for_each_index(op.y.shape, [&](const Index& i) {
    std::int64_t sum = 0, count = 0, greatest = -128;
    for (std::int64_t row = i[1] * p.window->stride_height() - p.window->pad_top(), ky = 0; ky < p.kernel_height;
         ++ky, ++row) {
      for (std::int64_t column = i[2] * p.window->stride_width() - p.window->pad_left(), kx = 0; kx < p.kernel_width;
           ++kx, ++column) {
        if (row < 0 || row >= x.shape[1] || column < 0 || column >= x.shape[2]) continue;
        const std::int64_t q = at(x, {i[0], row, column, i[3]});
        sum += q;
        greatest = std::max(greatest, q);
        ++count;
      }
    }
    const std::int64_t average = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
    op.y.values[position(op.y.shape, i)] = clamped(p.kind == qfb::PoolKind::max ? greatest : average, *p.clamp);
  });
}

void compute(const qfb::ReduceT& p, Operation& op) {
  std::vector<std::int32_t> kept = op.x().shape;
  for (const std::int32_t axis : p.axes) kept[static_cast<std::size_t>(axis)] = 1;
  std::fill(op.y.values.begin(), op.y.values.end(), 0);
  for_each_index(op.x().shape,
                 [&](const Index& i) { op.y.values[position(kept, i)] += at(op.x(), i) - p.input_zero_point; });
  for (std::int64_t& y : op.y.values) {
    y = saturated(rescaled(*p.rescale, y) + p.output_zero_point, op.output.dtype);
  }
}

// One row of any scale. Everything but the primitives is in 64 bits.
void softmax_of_any_scale(const qfb::SoftmaxT& p, const std::vector<std::int64_t>& x, qfb::DType dtype,
                          std::int64_t* y) {
  constexpr std::int64_t kOne = std::int64_t{1} << 31;
  const std::int64_t greatest = *std::max_element(x.begin(), x.end());
  std::vector<std::int64_t> exponentials;
  std::int64_t sum = 1;
  for (const std::int64_t value : x) {
    const std::int64_t d = value - greatest;
    const std::int64_t scaled =
        d < p.diff_min ? 0 : (d * (p.rescale->multiplier() * (1LL << p.rescale->shift())) + kOne / 2) >> 31;
    exponentials.push_back(d < p.diff_min ? 0 : kernels::exp_on_negative_values(static_cast<std::int32_t>(scaled)));
    sum += exponentials.back();
  }
  std::int32_t halvings = 0;
  while (sum >> halvings >= 2 * kOne) ++halvings;
  const std::int64_t reciprocal = kernels::one_over_one_plus_x(static_cast<std::int32_t>((sum >> halvings) - kOne));
  const std::int32_t shift = p.output_rescale->shift() - halvings - 31;
  for (const std::int64_t e : exponentials) {
    const std::int64_t quotient = (reciprocal * e + kOne / 2) >> 31;
    const std::int64_t scaled = shift < -31 ? 0 : rescaled({p.output_rescale->multiplier(), shift}, quotient);
    *y++ = saturated(scaled + p.output_zero_point, dtype);
  }
}

void compute(const qfb::SoftmaxT& p, Operation& op) {
  const auto depth = static_cast<std::size_t>(op.x().shape.back());
  const std::int64_t q_min = op.output.dtype == qfb::DType::int8 ? -128 : 0;
  for (std::size_t row = 0; row < op.y.values.size(); row += depth) {
    const auto x = op.x().values.begin() + static_cast<std::ptrdiff_t>(row);
    if (p.output_rescale != nullptr) {
      softmax_of_any_scale(p, {x, x + static_cast<std::ptrdiff_t>(depth)}, op.output.dtype, &op.y.values[row]);
      continue;
    }
    const std::int64_t greatest = *std::max_element(x, x + static_cast<std::ptrdiff_t>(depth));
    const auto exponential = [&](std::size_t i) {
      const std::int64_t d = x[static_cast<std::ptrdiff_t>(i)] - greatest;
      return d < p.diff_min ? -1 : kernels::exp_on_negative_values(static_cast<std::int32_t>(rescaled(*p.rescale, d)));
    };
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < depth; ++i) {
      if (exponential(i) >= 0) sum += kernels::rounding_divide_by_pot(exponential(i), 12);
    }
    const int headroom = std::countl_zero(static_cast<std::uint32_t>(sum));
    const auto fraction = static_cast<std::int32_t>((static_cast<std::uint32_t>(sum) << headroom) - 0x80000000U);
    const std::int32_t reciprocal = kernels::one_over_one_plus_x(fraction);
    const int exponent = 12 - headroom + 31 - 8;
    for (std::size_t i = 0; i < depth; ++i) {
      if (exponential(i) < 0 || exponent > 31) {
        op.y.values[row + i] = q_min;
        continue;
      }
      const std::int32_t quotient = kernels::saturating_rounding_doubling_high_mul(reciprocal, exponential(i));
      op.y.values[row + i] = saturated(kernels::rounding_divide_by_pot(quotient, exponent) + q_min, op.output.dtype);
    }
  }
}

void compute(const qfb::ArgMaxT& p, Operation& op) {
  const auto axis = static_cast<std::size_t>(p.axis);
  for_each_index(op.y.shape, [&](Index index) {
    const std::size_t y = position(op.y.shape, index);
    index.insert(index.begin() + p.axis, 0);
    Index best = index;
    for (; index[axis] < op.x().shape[axis]; ++index[axis]) {
      if (at(op.x(), index) > at(op.x(), best)) best = index;
    }
    op.y.values[y] = best[axis];
  });
}

template <class Params>
bool compute_as(const qfb::ParametersUnion& parameters, Operation& op) {
  if (parameters.type != qfb::ParametersUnionTraits<Params>::enum_value) return false;
  compute(*static_cast<const Params*>(parameters.value), op);
  return true;
}

template <class... Params>
void compute_any(const qfb::ParametersUnion& parameters, Operation& op) {
  if (!(compute_as<Params>(parameters, op) || ...)) std::abort();  // a test's own mistake
}

}  // namespace

std::size_t position(const std::vector<std::int32_t>& shape, const Index& index) {
  std::int64_t result = 0;
  const std::size_t skipped = index.size() - shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    result = result * shape[d] + (shape[d] == 1 ? 0 : index[skipped + d]);
  }
  return static_cast<std::size_t>(result);
}

std::int64_t at(const Array& array, const Index& index) { return array.values[position(array.shape, index)]; }

std::int64_t rescaled(const qfb::Rescale& rescale, std::int64_t value) {
  return kernels::apply({rescale.multiplier(), rescale.shift()}, static_cast<std::int32_t>(value));
}

std::int64_t clamped(std::int64_t value, const qfb::Clamp& clamp) {
  return std::min<std::int64_t>(std::max<std::int64_t>(value, clamp.min()), clamp.max());
}

std::int64_t saturated(std::int64_t value, qfb::DType dtype) {
  return dtype == qfb::DType::uint8 ? std::clamp<std::int64_t>(value, 0, 255)
                                    : std::clamp<std::int64_t>(value, -128, 127);
}

void compute(const qfb::ParametersUnion& parameters, Operation& op) {
  compute_any<qfb::Conv2DT, qfb::DepthwiseConv2DT, qfb::FullyConnectedT, qfb::AddT, qfb::MulT, qfb::PReluT,
              qfb::RequantizeT, qfb::LeakyReluT, qfb::HardSwishT, qfb::LookupT, qfb::Pool2DT, qfb::ReduceT,
              qfb::SoftmaxT, qfb::ArgMaxT, qfb::ReshapeT, qfb::TransposeT, qfb::SliceT, qfb::ConcatenationT, qfb::PadT,
              qfb::TileT, qfb::GatherT, qfb::ResizeBilinearT, qfb::ResizeNearestT>(parameters, op);
}

}  // namespace qrun::test
