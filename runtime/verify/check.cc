#include "runtime/verify/check.h"

#include <algorithm>

#include "kernels/bounds.h"

namespace qrun::runtime::verify {

std::string TensorView::label() const {
  const flatbuffers::String* name = table->name();
  if (name == nullptr || name->size() == 0) return text("tensor ", static_cast<std::int64_t>(index));
  return quoted(name);
}

Status WorkBudget::spend(std::int64_t amount) {
  left_ -= amount;
  if (left_ >= 0) return {};
  return refuse("shared data makes checking the file ", kFactor,
                " times as much work as reading it; store fewer references to the same data");
}

void append(std::string& out, const Extents& extents) {
  out += '[';
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(extents[i]);
  }
  out += ']';
}

void append(std::string& out, Shape shape) { append(out, Extents(shape.begin(), shape.end())); }

void append(std::string& out, qfb::DType dtype) { out += qrun_dtype_name(static_cast<std::int32_t>(dtype)); }

std::string quoted(const flatbuffers::String* name) {
  constexpr std::size_t kLongest = 100;
  const std::string_view whole = name == nullptr ? std::string_view() : name->string_view();
  if (whole.size() <= kLongest) return text("'", whole, "'");
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0) == 0x80) --end;  // not inside a UTF-8 sequence
  return text("'", whole.substr(0, end), "...'");
}

std::int64_t Interval::reach(std::int64_t zero_point) const {
  return std::max(std::abs(min - zero_point), std::abs(max - zero_point));
}

bool is_8_bit(qfb::DType dtype) { return dtype == qfb::DType::int8 || dtype == qfb::DType::uint8; }

Interval range_of(qfb::DType dtype) { return dtype == qfb::DType::uint8 ? Interval{0, 255} : Interval{-128, 127}; }

Status out_of_range(std::string_view field, std::int64_t value, Interval allowed) {
  return refuse(field, " is ", value, "; it must be in [", allowed.min, ", ", allowed.max, "]");
}

Status check_zero_point(std::string_view field, std::int32_t value, qfb::DType dtype) {
  return check_in(field, value, range_of(dtype));
}

Status check_clamp(const qfb::Clamp* clamp, qfb::DType dtype) {
  if (clamp == nullptr) return refuse("clamp is missing");
  QRUN_RETURN_IF_ERROR(check_in("clamp.min", clamp->min(), range_of(dtype)));
  return check_in("clamp.max", clamp->max(), {clamp->min(), range_of(dtype).max});
}

Status check_rescale(std::string_view field, const qfb::Rescale* rescale) {
  if (rescale == nullptr) return refuse(field, " is missing");
  constexpr Interval kMultipliers{0, kernels::kInt32Max}, kShifts{-31, 30};
  if (!kMultipliers.contains(rescale->multiplier())) {
    return out_of_range(text(field, ".multiplier"), rescale->multiplier(), kMultipliers);
  }
  if (kShifts.contains(rescale->shift())) return {};
  return out_of_range(text(field, ".shift"), rescale->shift(), kShifts);
}

Status check_version_of(std::string_view field, const OperatorView& op, std::uint32_t since) {
  if (op.format_version >= since) return {};
  return refuse(field, " is of format version ", since, ", and the file states ", op.format_version,
                "; convert the model again");
}

Status check_fits(std::string_view field, const qfb::Rescale& rescale, std::int64_t bound, std::int64_t offset) {
  if (kernels::fits_int32(native(rescale), bound, offset)) return {};
  return refuse(field, " overflows 32 bits: values reach ", bound, " before it (multiplier ", rescale.multiplier(),
                ", shift ", rescale.shift(), ", zero point ", offset, ")");
}

Status check_inputs(const OperatorView& op, std::size_t required, std::size_t optional) {
  const std::size_t count = op.inputs.size();
  if (count < required || count > required + optional) {
    return refuse("it has ", static_cast<std::int64_t>(count), " inputs; it must have ",
                  static_cast<std::int64_t>(required), optional > 0 ? " or one more" : "");
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (op.inputs[i] == nullptr) return refuse("input ", static_cast<std::int64_t>(i), " is absent; it is required");
  }
  return {};
}

Status check_8_bit(const TensorView& tensor) {
  if (is_8_bit(tensor.dtype)) return {};
  return refuse(tensor.label(), " is ", tensor.dtype, "; it must be int8 or uint8");
}

Status check_same_dtype(const TensorView& a, const TensorView& b) {
  if (a.dtype == b.dtype) return {};
  return refuse(a.label(), " is ", a.dtype, " and ", b.label(), " is ", b.dtype, "; they must be the same");
}

Status check_rank(const TensorView& tensor, std::size_t rank) {
  if (tensor.rank() == rank) return {};
  return refuse(tensor.label(), " has shape ", tensor.shape, "; it must have rank ", static_cast<std::int64_t>(rank));
}

Status check_axis(std::int32_t axis, std::size_t rank) {
  return check_in("axis", axis, {0, static_cast<std::int64_t>(rank) - 1});
}

Status check_output_shape(const TensorView& output, const Extents& implied) {
  if (std::equal(output.shape.begin(), output.shape.end(), implied.begin(), implied.end())) return {};
  return refuse("the output's shape is ", output.shape, "; its inputs and parameters imply ", implied);
}

Extents extents_of(const TensorView& tensor) { return {tensor.shape.begin(), tensor.shape.end()}; }

Status check_unary(const OperatorView& op, bool same_dtype) {
  QRUN_RETURN_IF_ERROR(check_inputs(op, 1));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.x()));
  QRUN_RETURN_IF_ERROR(check_8_bit(op.y()));
  if (same_dtype) QRUN_RETURN_IF_ERROR(check_same_dtype(op.x(), op.y()));
  return check_output_shape(op.y(), extents_of(op.x()));
}

}  // namespace qrun::runtime::verify
