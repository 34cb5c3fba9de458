// Pools and reductions: windows, whole axes, rows.

#include <algorithm>
#include <utility>

#include "runtime/plan/images.h"
#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

// Appends the dimensions whose membership in `axes` is `reduced`, and merges; strides in elements of the input.
std::vector<Dimension> split_axes(Shape shape, const flatbuffers::Vector<std::int32_t>& axes, bool reduced,
                                  std::vector<Dimension> dimensions = {}) {
  const std::vector<std::int32_t> strides = row_major_strides(shape, 1);
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const bool is_reduced = std::find(axes.begin(), axes.end(), static_cast<std::int32_t>(d)) != axes.end();
    if (is_reduced == reduced) dimensions.push_back({shape[d], {strides[d], strides[d]}});
  }
  return merge_dimensions(dimensions);
}

std::int32_t copy_dimensions(const std::vector<Dimension>& dimensions, std::int32_t* extent, std::int32_t* stride) {
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    extent[d] = dimensions[d].extent;
    stride[d] = dimensions[d].stride[0];
  }
  return static_cast<std::int32_t>(dimensions.size());
}

}  // namespace

void lower(Lowering& lowering, const qfb::Pool2D& op) {
  kernels::PoolParams params{};
  set_image_extents(params, lowering);
  params.channels = lowering.shape(lowering.input(0))[3];
  params.kernel_height = op.kernel_height();
  params.kernel_width = op.kernel_width();
  params.stride_height = op.window()->stride_height();
  params.stride_width = op.window()->stride_width();
  params.pad_top = op.window()->pad_top();
  params.pad_left = op.window()->pad_left();
  params.origin = lowering.stored_zero(lowering.input(0));
  params.clamp = lowering.stored_clamp(lowering.output(), *op.clamp());
  const bool is_max = op.kind() == qfb::PoolKind::max;
  DraftStep step = is_max ? lowering.step(&kernels::Row::max_pool, "max_pool")
                          : lowering.step(&kernels::Row::average_pool, "average_pool");
  step.rows = row_window(params, 1, params.channels, params.channels);
  lowering.emit(std::move(step), params, elements(lowering.shape(lowering.output()), 0, 3));
}

void lower(Lowering& lowering, const qfb::Reduce& op) {
  const Shape x = lowering.shape(lowering.input(0));
  const auto sample = static_cast<std::int32_t>(elements(x));
  const std::vector<Dimension> kept = split_axes(x, *op.axes(), false, {{lowering.batch(), {sample, sample}}});
  const std::vector<Dimension> reduced = split_axes(x, *op.axes(), true);
  kernels::ReduceParams params{};
  params.kept_dims = copy_dimensions(kept, params.kept_extent, params.kept_stride);
  params.reduced_dims = copy_dimensions(reduced, params.reduced_extent, params.reduced_stride);
  params.count = 1;
  for (const Dimension& dimension : reduced) params.count *= dimension.extent;
  params.input_zero_point = op.input_zero_point() + lowering.stored_zero(lowering.input(0));
  params.output_zero_point = op.output_zero_point() + lowering.stored_zero(lowering.output());
  params.rescale = native(*op.rescale());
  lowering.emit(lowering.step(&kernels::Row::reduce, "reduce"), params, elements(lowering.shape(lowering.output())));
}

void lower(Lowering& lowering, const qfb::Softmax& op) {
  const Shape x = lowering.shape(lowering.input(0));
  kernels::SoftmaxParams params{.depth = x.empty() ? 1 : x.back()};
  if (op.output_rescale() != nullptr) {
    params.any_scale = true;
    params.output_rescale = native(*op.output_rescale());
    params.output_zero_point = op.output_zero_point() + lowering.stored_zero(lowering.output());
  }
  DraftStep step = lowering.step(&kernels::Row::softmax, "softmax");
  step.in_place[0] = true;
  step.constant = lowering.add_constant(256 * sizeof(std::int32_t), [&op](std::uint8_t* destination) {
    auto* exponential = reinterpret_cast<std::int32_t*>(destination);
    for (std::int32_t d = 0; d < 256; ++d) {
      exponential[d] = kernels::softmax_exponential(native(*op.rescale()), op.diff_min(), -d);
    }
  });
  lowering.emit(std::move(step), params, elements(x) / params.depth);
}

void lower(Lowering& lowering, const qfb::ArgMax& op) {
  const Shape x = lowering.shape(lowering.input(0));
  const auto axis = static_cast<std::size_t>(op.axis());
  const std::int64_t outer = elements(x, 0, axis);
  const std::int64_t inner = elements(x, axis + 1, x.size());
  lowering.emit(lowering.step(&kernels::Row::arg_max, "arg_max"),
                kernels::ArgMaxParams{static_cast<std::int32_t>(outer * lowering.batch()), x[axis],
                                      static_cast<std::int32_t>(inner), lowering.element_bytes(lowering.output())},
                outer * inner);
}

}  // namespace qrun::runtime
