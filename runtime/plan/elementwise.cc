// Addition, multiplication and PReLU, with numpy broadcasting as strides of 0; so are constants that all samples share.

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

// A step on both of the operator's inputs. The parameters' broadcast is filled in here.
template <class Params>
void emit_binary(Lowering& lowering, kernels::KernelFunction kernels::Row::*kernel, const char* name, Params params) {
  const Shape output = lowering.shape(lowering.output());
  DraftStep step = lowering.step(kernel, name);
  std::vector<std::int32_t> strides[2];
  std::vector<Dimension> dimensions = {{lowering.batch(), {0, 0}}};
  for (const std::uint32_t k : {0U, 1U}) {
    const Shape shape = lowering.shape(lowering.input(k));
    strides[k] = broadcast_strides(shape, output);
    step.input[k] = lowering.read_constant(lowering.input(k));
    if (step.input[k] != kNoValue) continue;
    step.input[k] = lowering.read(lowering.input(k));
    step.in_place[k] = elements(shape) == elements(output);
    dimensions[0].stride[k] = static_cast<std::int32_t>(elements(shape));
  }
  for (std::size_t d = 0; d < output.size(); ++d) dimensions.push_back({output[d], {strides[0][d], strides[1][d]}});
  dimensions = merge_into_rows(dimensions);
  kernels::Broadcast& broadcast = params.broadcast;
  broadcast.dims = static_cast<std::int32_t>(dimensions.size());
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    broadcast.extent[d] = dimensions[d].extent;
    broadcast.stride1[d] = dimensions[d].stride[0];
    broadcast.stride2[d] = dimensions[d].stride[1];
  }
  step.units = row_count(dimensions);
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
