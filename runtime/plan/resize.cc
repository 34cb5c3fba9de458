// Resizing: which input rows and columns each output pixel reads, and with what weights, as tables made here.

#include <algorithm>

#include "runtime/plan/images.h"
#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

template <class Params>
Params resize_params(const Lowering& lowering) {
  Params params{};
  set_image_extents(params, lowering);
  params.channels = lowering.shape(lowering.input(0))[3];
  return params;
}

template <class Params>
void emit(Lowering& lowering, DraftStep step, const Params& params) {
  lowering.emit(std::move(step), params, elements(lowering.shape(lowering.output()), 0, 3));
}

// Positions in 1/1024ths of an input pixel, as docs/arithmetic.md (Data movement and resize) defines them; divisions
// truncate. One axis of `in` input and `out` output pixels.
void fill_taps(std::int64_t in, std::int64_t out, const qfb::ResizeBilinear& op, kernels::ResizeTap* taps) {
  constexpr std::int64_t kOne = 1024;
  const std::int64_t scale =
      op.align_corners() && out > 1 ? (kOne * (in - 1) + (out - 1) / 2) / (out - 1) : (kOne * in + out / 2) / out;
  for (std::int64_t i = 0; i < out; ++i) {
    const std::int64_t position = i * scale + (op.half_pixel_centers() ? scale / 2 - kOne / 2 : 0);
    // A rounded-up scale can leave a large image at its far end.
    const std::int64_t low = std::clamp<std::int64_t>(position / kOne, 0, in - 1);
    const std::int64_t high = std::min((position + kOne - 1) / kOne, in - 1);
    const auto weight = static_cast<std::int32_t>(position - kOne * low);
    taps[i] = {static_cast<std::int32_t>(low), static_cast<std::int32_t>(high),
               static_cast<std::int32_t>(kOne) - weight, weight};
  }
}

}  // namespace

void lower(Lowering& lowering, const qfb::ResizeBilinear& op) {
  auto params = resize_params<kernels::ResizeBilinearParams>(lowering);
  params.origin = lowering.row().domain == kernels::Domain::kUInt8 ? 128 : 0;
  DraftStep step = lowering.step(&kernels::Row::resize_bilinear, "resize_bilinear");
  step.scratch_bytes = kernels::resize_scratch_bytes(params);
  const std::int64_t taps = std::int64_t{params.output_height} + params.output_width;
  step.constant = lowering.add_constant(
      static_cast<std::uint64_t>(taps) * sizeof(kernels::ResizeTap), [params, &op](std::uint8_t* table) {
        auto* taps_of_rows = reinterpret_cast<kernels::ResizeTap*>(table);
        fill_taps(params.input_height, params.output_height, op, taps_of_rows);
        fill_taps(params.input_width, params.output_width, op, taps_of_rows + params.output_height);
      });
  emit(lowering, std::move(step), params);
}

void lower(Lowering& lowering, const qfb::ResizeNearest& op) {
  const auto params = resize_params<kernels::ResizeNearestParams>(lowering);
  DraftStep step = lowering.step(&kernels::Row::resize_nearest, "resize_nearest");
  step.constant = lowering.add_constant(
      (op.rows()->size() + op.columns()->size()) * sizeof(std::int32_t), [&op](std::uint8_t* table) {
        auto* columns = std::copy(op.rows()->begin(), op.rows()->end(), reinterpret_cast<std::int32_t*>(table));
        std::copy(op.columns()->begin(), op.columns()->end(), columns);
      });
  emit(lowering, std::move(step), params);
}

}  // namespace qrun::runtime
