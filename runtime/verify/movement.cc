// Operators that copy elements without changing them: that every element they read exists.

#include "runtime/verify/operators.h"

namespace qrun::runtime::verify {
namespace {

Status check_copy(const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 1));
  return check_same_dtype(op.x(), op.y());
}

// That begin, begin + step ... to the last of `count` elements lie in [0, extent).
Status check_slice_axis(std::size_t axis, std::int64_t extent, std::int64_t begin, std::int64_t step,
                        std::int64_t count) {
  const Interval inside{0, extent - 1};
  const std::int64_t last = begin + (count - 1) * step;
  if (step != 0 && inside.contains(begin) && inside.contains(last)) return {};
  return refuse("axis ", static_cast<std::int64_t>(axis), ": ", count, " elements from ", begin, " with step ", step,
                " do not lie in the input's ", extent, step == 0 ? "; a step must not be 0" : "");
}

}  // namespace

Status check(const qfb::Reshape&, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_copy(op));
  if (op.x().elements == op.y().elements) return {};
  return refuse("the output's shape is ", op.y().shape, " with ", op.y().elements, " elements; the input's is ",
                op.x().shape, " with ", op.x().elements);
}

Status check(const qfb::Transpose& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_copy(op));
  const std::size_t rank = op.x().rank();
  QRUN_RETURN_IF_ERROR(check_count("permutation", params.permutation(), rank));
  Extents implied;
  std::uint32_t seen = 0;
  for (const std::int32_t axis : *params.permutation()) {
    QRUN_RETURN_IF_ERROR(check_in("permutation", axis, {0, static_cast<std::int64_t>(rank) - 1}));
    if (seen >> axis & 1) return refuse("permutation names axis ", axis, " twice");
    seen |= std::uint32_t{1} << axis;
    implied.push_back(op.x().shape[static_cast<std::size_t>(axis)]);
  }
  return check_output_shape(op.y(), implied);
}

Status check(const qfb::Slice& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_copy(op));
  const std::size_t rank = op.x().rank();
  QRUN_RETURN_IF_ERROR(check_rank(op.y(), rank));
  QRUN_RETURN_IF_ERROR(check_count("begin", params.begin(), rank));
  QRUN_RETURN_IF_ERROR(check_count("step", params.step(), rank));
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<flatbuffers::uoffset_t>(i);
    QRUN_RETURN_IF_ERROR(
        check_slice_axis(i, op.x().shape[i], params.begin()->Get(axis), params.step()->Get(axis), op.y().shape[i]));
  }
  return {};
}

Status check(const qfb::Concatenation& params, const OperatorView& op) {
  if (op.inputs.empty()) return refuse("it has no inputs; it must have at least 1");
  QRUN_RETURN_IF_ERROR(check_inputs(op, op.inputs.size()));
  QRUN_RETURN_IF_ERROR(check_axis(params.axis(), op.x().rank()));
  const auto axis = static_cast<std::size_t>(params.axis());
  Extents implied = extents_of(op.x());
  implied[axis] = 0;
  for (const TensorView* input : op.inputs) {
    QRUN_RETURN_IF_ERROR(check_same_dtype(*input, op.y()));
    QRUN_RETURN_IF_ERROR(check_rank(*input, implied.size()));
    for (std::size_t i = 0; i < implied.size(); ++i) {
      if (i != axis && input->shape[i] != implied[i]) {
        return refuse("inputs ", op.x().label(), " and ", input->label(), " have shapes ", op.x().shape, " and ",
                      input->shape, "; they may differ along axis ", params.axis(), " only");
      }
    }
    implied[axis] += input->shape[axis];
  }
  return check_output_shape(op.y(), implied);
}

Status check(const qfb::Pad& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_copy(op));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  Extents implied = extents_of(op.x());
  QRUN_RETURN_IF_ERROR(check_count("before", params.before(), implied.size()));
  QRUN_RETURN_IF_ERROR(check_count("after", params.after(), implied.size()));
  for (std::size_t i = 0; i < implied.size(); ++i) {
    const auto axis = static_cast<flatbuffers::uoffset_t>(i);
    const std::int32_t before = params.before()->Get(axis), after = params.after()->Get(axis);
    QRUN_RETURN_IF_ERROR(check_in("before", before, {0, kernels::kInt32Max}));
    QRUN_RETURN_IF_ERROR(check_in("after", after, {0, kernels::kInt32Max}));
    implied[i] += std::int64_t{before} + after;
  }
  QRUN_RETURN_IF_ERROR(check_in("value", params.value(), range_of(op.x().dtype)));
  return check_output_shape(op.y(), implied);
}

Status check(const qfb::Tile& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_copy(op));
  Extents implied = extents_of(op.x());
  QRUN_RETURN_IF_ERROR(check_count("repeats", params.repeats(), implied.size()));
  for (std::size_t i = 0; i < implied.size(); ++i) {
    const std::int32_t repeats = params.repeats()->Get(static_cast<flatbuffers::uoffset_t>(i));
    QRUN_RETURN_IF_ERROR(check_in("repeats", repeats, {1, kernels::kInt32Max}));
    implied[i] *= repeats;
  }
  return check_output_shape(op.y(), implied);
}

Status check(const qfb::Gather& params, const OperatorView& op) {
  QRUN_RETURN_IF_ERROR(check_copy(op));
  QRUN_RETURN_IF_ERROR(check_axis(params.axis(), op.x().rank()));
  if (params.indices() == nullptr) return refuse("indices are missing");
  Extents implied = extents_of(op.x());
  std::int64_t& extent = implied[static_cast<std::size_t>(params.axis())];
  QRUN_RETURN_IF_ERROR(op.budget->spend(params.indices()->size()));
  for (const std::int32_t index : *params.indices()) {
    QRUN_RETURN_IF_ERROR(check_in("index", index, {0, extent - 1}));
  }
  extent = params.indices()->size();
  return check_output_shape(op.y(), implied);
}

}  // namespace qrun::runtime::verify
