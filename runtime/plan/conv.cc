// Convolution, depthwise convolution, and fully connected, which is a 1x1 convolution whose batch is its rows.

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/conv/flatten.h"
#include "runtime/plan/images.h"
#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

static_assert(sizeof(kernels::Rescale) == sizeof(qfb::Rescale) &&
                  offsetof(kernels::Rescale, shift) == sizeof(std::int32_t),
              "rescales are read in place");

const std::uint8_t* constant_data(const Lowering& lowering, std::int32_t tensor) {
  return lowering.tensor(tensor).data()->data();
}

kernels::ConvConstants constants_of(const Lowering& lowering, const qfb::Accumulation& accumulation) {
  const std::int32_t weights = lowering.input(1);
  kernels::ConvConstants constants{};
  constants.weights = constant_data(lowering, weights);
  constants.weights_flip = lowering.tensor(weights).dtype() == qfb::DType::uint8 ? 0x80 : 0;
  if (lowering.has_input(2)) {
    constants.bias = reinterpret_cast<const std::int32_t*>(constant_data(lowering, lowering.input(2)));
  }
  constants.rescale = reinterpret_cast<const kernels::Rescale*>(accumulation.rescale()->data());
  constants.rescale_count = static_cast<std::int32_t>(accumulation.rescale()->size());
  constants.accumulator_bound = accumulation.accumulator_bound()->data();
  return constants;
}

void set_accumulation(kernels::ConvParams& params, const Lowering& lowering, const qfb::Accumulation& accumulation) {
  const bool unsigned_weights = lowering.tensor(lowering.input(1)).dtype() == qfb::DType::uint8;
  params.input_zero_point = accumulation.input_zero_point() + lowering.stored_zero(lowering.input(0));
  params.weight_zero_point = accumulation.weight_zero_point() - (unsigned_weights ? 128 : 0);
  params.output_zero_point = accumulation.output_zero_point() + lowering.stored_zero(lowering.output());
  params.clamp = lowering.stored_clamp(lowering.output(), *accumulation.clamp());
  params.rounding = rounding(accumulation);
}

void set_window(kernels::ConvParams& params, const qfb::Window& window) {
  params.stride_height = window.stride_height();
  params.stride_width = window.stride_width();
  params.dilation_height = window.dilation_height();
  params.dilation_width = window.dilation_width();
  params.pad_top = window.pad_top();
  params.pad_left = window.pad_left();
}

// Of an operator whose weights have the window's extents in dimensions 1 and 2.
template <class Op>
kernels::ConvParams windowed_params(const Lowering& lowering, const Op& op, std::int32_t groups) {
  const Shape weights = lowering.shape(lowering.input(1));
  kernels::ConvParams params{};
  set_image_extents(params, lowering);
  params.input_channels = lowering.shape(lowering.input(0))[3];
  params.output_channels = lowering.shape(lowering.output())[3];
  set_window(params, *op.window());
  set_accumulation(params, lowering, *op.accumulation());
  params.kernel_height = weights[1];
  params.kernel_width = weights[2];
  params.groups = groups;
  return params;
}

// What a kernel's packing depends on besides the constants of the file.
std::string form_of(const kernels::ConvKernel& kernel, const kernels::ConvParams& params) {
  static_assert(std::has_unique_object_representations_v<kernels::ConvParams>, "its bytes are its values");
  return std::string(kernel.name).append(reinterpret_cast<const char*>(&params), sizeof(params));
}

// Where a single row became many pixels, or signals were laid along the width, units are no ranges of image rows.
std::optional<RowWindow> image_rows(const kernels::ConvParams& params) {
  if (params.output_height == 1 || (params.output_width == 1 && !kernels::is_pointwise(params))) return std::nullopt;
  return row_window(params, params.dilation_height, params.input_channels, params.output_channels);
}

// `owned` keeps constants.weights alive until they are packed, where they are not the file's.
void emit(Lowering& lowering, const kernels::ConvKernel& kernel, const kernels::ConvParams& params,
          const kernels::ConvConstants& constants, std::int64_t macs_per_output, std::optional<RowWindow> rows,
          std::vector<std::uint8_t> owned = {}) {
  DraftStep step = lowering.step(kernel.run, kernel.name);
  step.params = params;
  const auto [units, grain] = kernel.units(params);
  step.units = units;
  step.grain = grain;
  step.input[0] = lowering.read(lowering.input(0));
  step.output = lowering.write(lowering.output());
  step.constant = lowering.add_constant(
      kernel.packed_bytes(params, constants),
      [&kernel, params, constants, owned = std::move(owned)](std::uint8_t* packed) {
        kernel.pack(params, constants, packed);
      },
      form_of(kernel, params));
  step.scratch_bytes = kernel.scratch_bytes(params);
  step.rows = rows;
  step.cycles = kernel.cost(params);
  step.macs = std::int64_t{kernels::pixel_count(params)} * params.output_channels * macs_per_output;
  lowering.emit(std::move(step));
}

// Of one input channel, [height, width, outputs] in: every output channel reads it, as in a convolution of one channel.
std::vector<std::uint8_t> transposed(const std::uint8_t* weights, std::size_t taps, std::size_t outputs) {
  std::vector<std::uint8_t> result(taps * outputs);
  for (std::size_t tap = 0; tap < taps; ++tap) {
    for (std::size_t o = 0; o < outputs; ++o) result[o * taps + tap] = weights[tap * outputs + o];
  }
  return result;
}

}  // namespace

void lower(Lowering& lowering, const qfb::Conv2D& op) {
  const Shape weights = lowering.shape(lowering.input(1));
  const kernels::ConvParams image = windowed_params(lowering, op, op.groups()), params = kernels::flatten(image);
  const kernels::ConvConstants constants = constants_of(lowering, *op.accumulation());
  emit(lowering, kernels::choose(lowering.row().conv, params, constants), params, constants, elements(weights, 1, 4),
       image_rows(image));
}

void lower(Lowering& lowering, const qfb::DepthwiseConv2D& op) {
  const Shape weights = lowering.shape(lowering.input(1));
  kernels::ConvParams params = windowed_params(lowering, op, 1);
  const std::optional<RowWindow> rows = image_rows(params);
  if (params.output_height > 1) params = kernels::flatten(params);  // a single output has no rows to save
  kernels::ConvConstants constants = constants_of(lowering, *op.accumulation());
  if (params.input_channels > 1) {
    emit(lowering, kernels::choose(lowering.row().depthwise, params, constants), params, constants,
         elements(weights, 1, 3), rows);
    return;
  }
  std::vector<std::uint8_t> weights_of_conv =
      transposed(constants.weights, static_cast<std::size_t>(elements(weights, 1, 3)),
                 static_cast<std::size_t>(params.output_channels));
  constants.weights = weights_of_conv.data();
  emit(lowering, kernels::choose(lowering.row().conv, params, constants), params, constants, elements(weights, 1, 3),
       rows, std::move(weights_of_conv));
}

void lower(Lowering& lowering, const qfb::FullyConnected& op) {
  const Shape weights = lowering.shape(lowering.input(1));
  kernels::ConvParams params{};
  params.batch = static_cast<std::int32_t>(elements(lowering.shape(lowering.input(0))) / weights[1]) * lowering.batch();
  params.input_height = params.input_width = params.output_height = params.output_width = 1;
  params.input_channels = weights[1];
  params.output_channels = weights[0];
  params.kernel_height = params.kernel_width = 1;
  params.stride_height = params.stride_width = params.dilation_height = params.dilation_width = 1;
  params.groups = 1;
  set_accumulation(params, lowering, *op.accumulation());
  params = kernels::flatten(params);
  const kernels::ConvConstants constants = constants_of(lowering, *op.accumulation());
  emit(lowering, kernels::choose(lowering.row().conv, params, constants), params, constants, weights[1], std::nullopt);
}

}  // namespace qrun::runtime
