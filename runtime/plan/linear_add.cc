#include "runtime/plan/linear_add.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <numeric>

namespace qrun::runtime {
namespace {

using kernels::AddParams;
using kernels::LinearAddParams;
using kernels::Rescale;

constexpr std::int32_t kGreatestShift = 30, kLeastShift = 25;

// What one step of an input moves the output by, in units of 2^-shift: the product of both real multipliers and 2^20,
// rounded; more than any weight may be where it does not fit.
std::int64_t weight(Rescale input, Rescale output, std::int32_t shift) {
  const std::int64_t product = std::int64_t{input.multiplier} * output.multiplier;  // below 2^62
  const std::int32_t right = 62 - 20 - shift - input.shift - output.shift;
  if (right < 1) return product == 0 ? 0 : std::int64_t{1} << 30;
  return right > 62 ? 0 : (product + (std::int64_t{1} << (right - 1))) >> right;
}

// The line nearest to the add with this shift and weights that end with `zeros` bits of 0, if its numbers fit.
std::optional<LinearAddParams> nearest_line(const AddParams& add, std::int32_t shift, std::int32_t zeros) {
  const std::int64_t unit = std::int64_t{1} << zeros;
  const std::int64_t weight1 = weight(add.input1_rescale, add.output_rescale, shift - zeros) * unit;
  const std::int64_t weight2 = weight(add.input2_rescale, add.output_rescale, shift - zeros) * unit * add.sign;
  constexpr std::int64_t kWeightLimit = (1 << 30) - (1 << 14);
  if (weight1 >= kWeightLimit || std::abs(weight2) >= kWeightLimit) return std::nullopt;
  // The output's first rounding adds half of what its second one shifts out.
  const std::int32_t first_half = shift - 1 + add.output_rescale.shift;
  const bool rounds_twice = add.output_rescale.shift < 0 && first_half >= 0;
  const std::int64_t half = (std::int64_t{1} << (shift - 1)) + (rounds_twice ? std::int64_t{1} << first_half : 0);
  const std::int64_t offset = add.output_zero_point * (std::int64_t{1} << shift) + half -
                              weight1 * add.input1_zero_point - weight2 * add.input2_zero_point;
  if (std::abs(offset) >= std::int64_t{1} << (shift + 14)) return std::nullopt;
  return LinearAddParams{
      {}, static_cast<std::int32_t>(weight1), static_cast<std::int32_t>(weight2), offset, shift, add.clamp};
}

// Every pair of input bytes is compared, some first inputs at a time: what they give stays in the first-level cache.
constexpr std::int32_t kFirstInputs = 16;
using Outputs = std::array<std::uint8_t, kFirstInputs * 256>;

// The output bytes of kFirstInputs values of the first input from `inputs` on, each with all of the second's 256.
// Params: AddParams or LinearAddParams.
template <class Params>
Outputs of_pairs(kernels::KernelFunction kernel, Params params, const std::uint8_t* inputs,
                 const std::uint8_t* all_inputs) {
  params.broadcast = {2, {kFirstInputs, 256}, {1, 0}, {0, 1}};
  Outputs outputs;
  kernel(&params, {{inputs, all_inputs}, outputs.data(), nullptr, nullptr}, {0, kFirstInputs});
  return outputs;
}

bool equal_on_all_pairs(const kernels::Row& row, const LinearAddParams& line, const AddParams& add) {
  std::uint8_t inputs[256];
  std::iota(std::begin(inputs), std::end(inputs), std::uint8_t{0});
  for (std::int32_t first = 0; first < 256; first += kFirstInputs) {
    if (of_pairs(row.linear_add, line, inputs + first, inputs) != of_pairs(row.add, add, inputs + first, inputs)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<LinearAddParams> linear_form(const kernels::Row& row, const AddParams& add) {
  if (row.linear_add == nullptr) return std::nullopt;
  for (std::int32_t shift = kGreatestShift; shift >= kLeastShift; --shift) {
    if (!nearest_line(add, shift, 0)) continue;
    // 23 bits of the weights suffice for most adds, and kernels that multiply bytes need less time for them.
    for (const std::int32_t zeros : {7, 0}) {
      const std::optional<LinearAddParams> line = nearest_line(add, shift, zeros);
      if (line && equal_on_all_pairs(row, *line, add)) return line;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace qrun::runtime
