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

// Reads both inputs; constants are shared by all samples.
void read_inputs(Lowering& lowering, DraftStep& step) {
  for (const std::uint32_t k : {0U, 1U}) {
    const std::int32_t tensor = lowering.input(k);
    step.input[k] = lowering.read_constant(tensor);
    if (step.input[k] != kNoValue) continue;
    step.input[k] = lowering.read(tensor);
    step.in_place[k] = elements(lowering.shape(tensor)) == elements(lowering.shape(lowering.output()));
  }
}

// Of an input, in elements; 0 where a constant is read again.
std::int32_t stride_of_samples(const Lowering& lowering, const DraftStep& step, std::uint32_t k) {
  return lowering.is_constant(step.input[k]) ? 0
                                             : static_cast<std::int32_t>(elements(lowering.shape(lowering.input(k))));
}

// The image rows of a step without broadcasting.
std::optional<RowWindow> image_rows(const Lowering& lowering, const DraftStep& step) {
  const Shape output = lowering.shape(lowering.output());
  for (const std::uint32_t k : {0U, 1U}) {
    if (elements(lowering.shape(lowering.input(k))) != elements(output)) return std::nullopt;
    if (lowering.batch() > 1 && lowering.is_constant(step.input[k])) return std::nullopt;
  }
  return elementwise_rows(lowering, output);
}

// What the step walks over: image rows, or else as long rows as there are.
std::vector<Dimension> dimensions_of(const Lowering& lowering, const DraftStep& step) {
  if (step.rows) {
    const auto length = static_cast<std::int32_t>(step.rows->output_row_bytes);
    return {{step.rows->images * step.rows->output_rows, {length, length}}, {length, {1, 1}}};
  }
  const Shape output = lowering.shape(lowering.output());
  const std::vector<std::int32_t> strides[2] = {broadcast_strides(lowering.shape(lowering.input(0)), output),
                                                broadcast_strides(lowering.shape(lowering.input(1)), output)};
  std::vector<Dimension> dimensions = {
      {lowering.batch(), {stride_of_samples(lowering, step, 0), stride_of_samples(lowering, step, 1)}}};
  for (std::size_t d = 0; d < output.size(); ++d) dimensions.push_back({output[d], {strides[0][d], strides[1][d]}});
  return merge_into_rows(dimensions);
}

// A step on both of the operator's inputs. The parameters' broadcast is filled in here.
template <class Params>
void emit_binary(Lowering& lowering, kernels::KernelFunction kernels::Row::*kernel, const char* name, Params params) {
  DraftStep step = lowering.step(kernel, name);
  read_inputs(lowering, step);
  step.rows = image_rows(lowering, step);
  const std::vector<Dimension> dimensions = dimensions_of(lowering, step);
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
