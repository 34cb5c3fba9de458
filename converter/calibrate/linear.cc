// Convolution and fully connected: both are products with a matrix of weights.

#include <algorithm>
#include <memory>

#include "converter/calibrate/gemm.h"
#include "converter/calibrate/operators.h"
#include "converter/calibrate/window.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

struct Group {
  std::size_t first_channel, first_output;
  PackedMatrix weights;
};

// Constant and shared by all copies of the function that computes.
struct Convolution {
  ImageTaps taps;
  std::size_t channels, group_channels, outputs;
  std::vector<Group> groups;
  std::vector<float> bias;
  Activation activation;

  std::size_t pixels() const { return static_cast<std::size_t>(taps.rows.output * taps.columns.output); }
  std::size_t input_pixels() const { return static_cast<std::size_t>(taps.rows.input * taps.columns.input); }

  void compute(const float* x, float* y) const;
  void gather(const float* image, std::size_t pixel, float* patch) const;
};

// The taps of one output pixel, [KH, KW, group_channels]; `image` is at the group's first channel.
void Convolution::gather(const float* image, std::size_t pixel, float* patch) const {
  const Taps &rows = taps.rows, &columns = taps.columns;
  const auto i = static_cast<std::int64_t>(pixel) / columns.output;
  const auto j = static_cast<std::int64_t>(pixel) % columns.output;
  for (std::int64_t r = 0; r < rows.kernel; ++r) {
    const std::int64_t row = rows.at(i, r);
    const bool is_inside = row >= 0 && row < rows.input;
    for (std::int64_t c = 0; c < columns.kernel; ++c, patch += group_channels) {
      const std::int64_t column = columns.at(j, c);
      if (is_inside && column >= 0 && column < columns.input) {
        const auto at = static_cast<std::size_t>(row * columns.input + column);
        std::copy_n(image + at * channels, group_channels, patch);
      } else {
        std::fill_n(patch, group_channels, 0.0F);
      }
    }
  }
}

// One image. Patches are written for as many pixels as the product takes at a time, so that they stay in the cache.
void Convolution::compute(const float* x, float* y) const {
  const std::size_t depth = groups[0].weights.depth();
  std::vector<float> patches(taps.is_plain() ? 0 : kGemmBlock * depth);
  for (std::size_t first = 0; first < pixels(); first += kGemmBlock) {
    const std::size_t count = std::min(kGemmBlock, pixels() - first);
    float* rows = y + first * outputs;
    for (const Group& group : groups) {
      const float* image = x + group.first_channel;
      if (taps.is_plain()) {
        gemm(image + first * channels, count, channels, group.weights, rows + group.first_output, outputs);
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) gather(image, first + i, patches.data() + i * depth);
      gemm(patches.data(), count, depth, group.weights, rows + group.first_output, outputs);
    }
    finish_rows(rows, count, outputs, bias, activation);
  }
}

std::size_t group_count(const Tensor& x, const Tensor& weights) {
  if (x.rank() == 4 && weights.rank() == 4 && x.shape[3] % weights.shape[3] == 0 &&
      weights.shape[0] % (x.shape[3] / weights.shape[3]) == 0) {
    return static_cast<std::size_t>(x.shape[3] / weights.shape[3]);
  }
  refuse("its weights '{}' have the shape {}, which an input of shape {} does not allow", weights.name,
         shape_text(weights.shape), shape_text(x.shape));
}

}  // namespace

Kernel prepare(const Conv2D& params, const Operands& operands) {
  const Tensor& x = operands.x();
  const Tensor& weights = operands.input(1);
  const std::size_t groups = group_count(x, weights), outputs = extent(weights, 0);
  const std::size_t group_outputs = outputs / groups, depth = elements(weights) / outputs;
  auto convolution = std::make_shared<Convolution>(
      Convolution{resolve_taps(params.window, operands, weights.shape[1], weights.shape[2], weights.shape[0]),
                  extent(x, 3),
                  extent(weights, 3),
                  outputs,
                  {},
                  operands.bias(2, outputs),
                  params.activation});
  const Reals values = operands.constant(1);
  for (std::size_t g = 0; g < groups; ++g) {
    const Reals part = values.subspan(g * group_outputs * depth, group_outputs * depth);
    convolution->groups.push_back(
        {g * convolution->group_channels, g * group_outputs, PackedMatrix(part, group_outputs, depth)});
  }
  const auto compute = [convolution, batch = extent(x, 0)](std::span<const Reals> inputs, std::span<float> y) {
    const std::size_t step = convolution->input_pixels() * convolution->channels;
    for (std::size_t n = 0; n < batch; ++n) {
      convolution->compute(inputs[0].data() + n * step, y.data() + n * convolution->pixels() * convolution->outputs);
    }
  };
  return {compute, 1};
}

Kernel prepare(const FullyConnected& params, const Operands& operands) {
  const Tensor& weights = operands.input(1);
  if (weights.rank() != 2 || elements(operands.x()) % extent(weights, 1) != 0) {
    refuse("its weights '{}' have the shape {}, which an input of shape {} does not allow", weights.name,
           shape_text(weights.shape), shape_text(operands.x().shape));
  }
  const std::size_t outputs = extent(weights, 0), depth = extent(weights, 1), rows = elements(operands.x()) / depth;
  operands.check_output_elements(rows * outputs);
  const auto packed = std::make_shared<PackedMatrix>(operands.constant(1), outputs, depth);
  const auto compute = [packed, rows, bias = operands.bias(2, outputs), activation = params.activation](
                           std::span<const Reals> inputs, std::span<float> y) {
    gemm(inputs[0].data(), rows, packed->depth(), *packed, y.data(), packed->outputs());
    finish_rows(y.data(), rows, packed->outputs(), bias, activation);
  };
  return {compute, 1};
}

}  // namespace qrun::converter::calibrate
