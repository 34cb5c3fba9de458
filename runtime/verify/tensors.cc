#include "runtime/verify/tensors.h"

#include <cstdint>

namespace qrun::runtime::verify {
namespace {

// Kernels' strides and offsets are 32 bits. Where addresses are too, tensors are so small that what packing, scratch
// and a band's windows make of one, less than sixteen times as much, still fits a size_t.
constexpr std::int64_t kMaxBytes = sizeof(std::size_t) > 4 ? kernels::kInt32Max : 1 << 28;

Status check_shape(TensorView& view) {
  if (view.table->dtype() > qfb::DType::MAX) {
    return refuse("its dtype, number ", static_cast<std::int64_t>(view.table->dtype()), ", is unknown");
  }
  view.dtype = view.table->dtype();
  view.shape = shape_of(*view.table);
  if (view.rank() > kernels::kMaxRank) {
    return refuse("its rank is ", static_cast<std::int64_t>(view.rank()), "; at most ", kernels::kMaxRank,
                  " is supported");
  }
  view.elements = 1;
  for (const std::int32_t extent : view.shape) {
    if (extent < 1) return refuse("its shape ", view.shape, " has an extent below 1");
    view.elements *= extent;
    if (view.elements * dtype_bytes(view.dtype) > kMaxBytes) {
      return refuse("its shape ", view.shape, " takes more than the ", kMaxBytes, " bytes that a tensor may");
    }
  }
  return {};
}

Status check_data(TensorView& view, const std::byte* file) {
  const auto* data = view.table->data();
  if (data == nullptr) return {};
  const std::int64_t bytes = view.elements * dtype_bytes(view.dtype);
  if (data->size() != bytes) {
    return refuse("its data has ", std::int64_t{data->size()}, " bytes; shape ", view.shape, " of ", view.dtype,
                  " takes ", bytes);
  }
  view.data = data->data();
  const std::ptrdiff_t position = reinterpret_cast<const std::byte*>(view.data) - file;
  if (position % dtype_bytes(view.dtype) == 0) return {};
  return refuse("its data begins at byte ", std::int64_t{position}, ", which is not aligned for ", view.dtype);
}

Status check_quantization(const TensorView& view, WorkBudget& budget) {
  const qfb::Quantization* quantization = view.table->quantization();
  if (quantization == nullptr) return {};
  const auto* scales = quantization->scale_bits();
  const std::size_t count = scales == nullptr ? 0 : scales->size();
  if (count > 1) {
    QRUN_RETURN_IF_ERROR(
        check_in("quantization.dimension", quantization->dimension(), {0, static_cast<std::int64_t>(view.rank()) - 1}));
    const std::int32_t extent = view.shape[static_cast<std::size_t>(quantization->dimension())];
    QRUN_RETURN_IF_ERROR(check_count("quantization.scale_bits", scales, static_cast<std::size_t>(extent)));
  }
  QRUN_RETURN_IF_ERROR(budget.spend(static_cast<std::int64_t>(count)));
  for (flatbuffers::uoffset_t i = 0; i < count; ++i) {
    // As integers, the bits of positive finite numbers are those below infinity's.
    QRUN_RETURN_IF_ERROR(check_in("quantization.scale_bits", scales->Get(i), {1, 0x7F7FFFFF}));
  }
  const auto* zero_points = quantization->zero_point();
  if (zero_points == nullptr || zero_points->size() == 0) return {};
  QRUN_RETURN_IF_ERROR(check_count("quantization.zero_point", zero_points, count));
  if (!is_8_bit(view.dtype)) return {};
  for (const std::int32_t zero_point : *zero_points) {
    QRUN_RETURN_IF_ERROR(check_zero_point("quantization.zero_point", zero_point, view.dtype));
  }
  return {};
}

Status check_tensor(TensorView& view, const std::byte* file, WorkBudget& budget) {
  QRUN_RETURN_IF_ERROR(check_shape(view));
  QRUN_RETURN_IF_ERROR(check_data(view, file));
  return check_quantization(view, budget);
}

}  // namespace

Status check_tensors(const qfb::Model& model, std::span<const std::byte> bytes, WorkBudget& budget,
                     std::vector<TensorView>& views) {
  if (model.tensors() == nullptr) return refuse("the file has no tensors");
  views.reserve(model.tensors()->size());
  for (const qfb::Tensor* table : *model.tensors()) {
    TensorView& view = views.emplace_back();
    view.table = table;
    view.index = views.size() - 1;
    if (Status status = check_tensor(view, bytes.data(), budget); !status.ok()) {
      // With its number too: names may repeat.
      return refuse("tensor ", static_cast<std::int64_t>(view.index), " (", quoted(table->name()),
                    "): ", status.message);
    }
  }
  return {};
}

}  // namespace qrun::runtime::verify
