// Addition, multiplication and PReLU, with numpy broadcasting as strides of 0; so are constants that all samples share.

#include "runtime/plan/images.h"
#include "runtime/plan/linear_add.h"
#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

// Strides in elements of an input whose shape is broadcast to `output`, aligned at the last dimension.
std::vector<std::int32_t> broadcast_strides(Shape input, Shape output) {
  std::vector<std::int32_t> strides = row_major_strides(input, 1);
  for (std::size_t d = 0; d < input.size(); ++d) {
    if (input[d] == 1) strides[d] = 0;
  }
  strides.insert(strides.begin(), output.size() - input.size(), 0);
  return strides;
}

bool is_of_output_shape(const Lowering& lowering, std::uint32_t input) {
  return elements(lowering.shape(lowering.input(input))) == elements(lowering.shape(lowering.output()));
}

// Whether there is one sample of the input for all samples of the output.
bool is_shared(Lowering& lowering, std::uint32_t input) {
  return lowering.batch() > 1 && lowering.is_constant(lowering.input(input));
}

// The image rows of a step without broadcasting.
std::optional<RowWindow> image_rows(Lowering& lowering) {
  for (const std::uint32_t k : {0U, 1U}) {
    if (!is_of_output_shape(lowering, k) || is_shared(lowering, k)) return std::nullopt;
  }
  return elementwise_rows(lowering);
}

// What the step walks over: image rows, or else as long rows as there are.
std::vector<Dimension> dimensions_of(Lowering& lowering, const std::optional<RowWindow>& rows) {
  if (rows) {
    const auto length = static_cast<std::int32_t>(rows->output_row_bytes);
    return {{rows->images * rows->output_rows, {length, length}}, {length, {1, 1}}};
  }
  const Shape output = lowering.shape(lowering.output());
  std::vector<std::int32_t> strides[2];
  Dimension samples = {lowering.batch(), {0, 0}};
  for (const std::uint32_t k : {0U, 1U}) {
    const Shape input = lowering.shape(lowering.input(k));
    strides[k] = broadcast_strides(input, output);
    if (!is_shared(lowering, k)) samples.stride[k] = static_cast<std::int32_t>(elements(input));
  }
  std::vector<Dimension> dimensions = {samples};
  for (std::size_t d = 0; d < output.size(); ++d) dimensions.push_back({output[d], {strides[0][d], strides[1][d]}});
  return merge_into_rows(dimensions);
}

// A step on both of the operator's inputs. The parameters' broadcast is filled in here.
template <class Params>
void emit_binary(Lowering& lowering, kernels::KernelFunction kernels::Row::*kernel, const char* name, Params params) {
  const std::optional<RowWindow> rows = image_rows(lowering);
  const std::vector<Dimension> dimensions = dimensions_of(lowering, rows);
  kernels::Broadcast& broadcast = params.broadcast;
  broadcast.dims = static_cast<std::int32_t>(dimensions.size());
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    broadcast.extent[d] = dimensions[d].extent;
    broadcast.stride1[d] = dimensions[d].stride[0];
    broadcast.stride2[d] = dimensions[d].stride[1];
  }

  DraftStep step = lowering.step(kernel, name);
  step.units = row_count(dimensions);
  for (const std::uint32_t k : {0U, 1U}) {
    step.input[k] = lowering.read_shared(lowering.input(k));
    step.in_place[k] = is_of_output_shape(lowering, k);
  }
  step.rows = rows;
  step.output = lowering.write(lowering.output());
  step.params = params;
  lowering.emit(std::move(step));
}

}  // namespace

void lower(Lowering& lowering, const qfb::Add& op) {
  kernels::AddParams params{};
  params.sign = op.kind() == qfb::AddKind::sub ? -1 : 1;
  params.input1_zero_point = op.input1_zero_point() + lowering.stored_zero(lowering.input(0));
  params.input2_zero_point = op.input2_zero_point() + lowering.stored_zero(lowering.input(1));
  params.output_zero_point = op.output_zero_point() + lowering.stored_zero(lowering.output());
  params.input1_rescale = native(*op.input1_rescale());
  params.input2_rescale = native(*op.input2_rescale());
  params.output_rescale = native(*op.output_rescale());
  params.clamp = lowering.stored_clamp(lowering.output(), *op.clamp());
  if (std::optional<kernels::LinearAddParams> linear = linear_form(lowering.row(), params)) {
    emit_binary(lowering, &kernels::Row::linear_add, "linear_add", *linear);
  } else {
    emit_binary(lowering, &kernels::Row::add, "add", params);
  }
}

void lower(Lowering& lowering, const qfb::Mul& op) {
  kernels::MulParams params{};
  params.input1_zero_point = op.input1_zero_point() + lowering.stored_zero(lowering.input(0));
  params.input2_zero_point = op.input2_zero_point() + lowering.stored_zero(lowering.input(1));
  params.output_zero_point = op.output_zero_point() + lowering.stored_zero(lowering.output());
  params.rescale = native(*op.rescale());
  params.clamp = lowering.stored_clamp(lowering.output(), *op.clamp());
  emit_binary(lowering, &kernels::Row::mul, "mul", params);
}

void lower(Lowering& lowering, const qfb::PRelu& op) {
  kernels::PReluParams params{};
  params.input_zero_point = op.input_zero_point() + lowering.stored_zero(lowering.input(0));
  params.alpha_zero_point = op.alpha_zero_point() + lowering.stored_zero(lowering.input(1));
  params.output_zero_point = op.output_zero_point() + lowering.stored_zero(lowering.output());
  params.rescale = native(*op.rescale());
  params.alpha_rescale = native(*op.alpha_rescale());
  emit_binary(lowering, &kernels::Row::prelu, "prelu", params);
}

}  // namespace qrun::runtime
